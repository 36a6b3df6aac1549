"""How far to trust the answers: pairs, rates with their intervals, all-impostor thresholds.

This room computes numbers from scores and vectors; it never opens a photo. Whoever has a
pipeline injects it as ``encode``.
"""

from mien.evaluation.calibrating import (
    CalibrationOptions,
    CalibrationReport,
    HeldOut,
    Method,
    calibrate,
)
from mien.evaluation.calibration_findings import calibration_findings, calibration_notes
from mien.evaluation.findings import (
    Chart,
    Example,
    Findings,
    Line,
    Number,
    Table,
    Trials,
    Unit,
    thinned,
)
from mien.evaluation.impostors import MeasuredThreshold, impostor_thresholds, threshold_range
from mien.evaluation.intervals import Rate, bootstrap_tar_at_far, rate_of, wilson
from mien.evaluation.pairs import Pair, read_csv_pairs, read_lfw_pairs, read_pairs
from mien.evaluation.rates import OperatingPoint, Roc, roc
from mien.evaluation.reliability import Reliability, ReliabilityBin, reliability
from mien.evaluation.scoring import score_pairs
from mien.evaluation.searches import SearchRate, search_false_positives
from mien.evaluation.support import check_supported
from mien.evaluation.verification import (
    FoldResult,
    TarAtFar,
    VerificationReport,
    evaluate_verification,
)

__all__ = [
    "CalibrationOptions",
    "CalibrationReport",
    "Chart",
    "Example",
    "Findings",
    "FoldResult",
    "HeldOut",
    "Line",
    "MeasuredThreshold",
    "Method",
    "Number",
    "OperatingPoint",
    "Pair",
    "Rate",
    "Reliability",
    "ReliabilityBin",
    "Roc",
    "SearchRate",
    "Table",
    "TarAtFar",
    "Trials",
    "Unit",
    "VerificationReport",
    "bootstrap_tar_at_far",
    "calibrate",
    "calibration_findings",
    "calibration_notes",
    "check_supported",
    "evaluate_verification",
    "impostor_thresholds",
    "rate_of",
    "read_csv_pairs",
    "read_lfw_pairs",
    "read_pairs",
    "reliability",
    "roc",
    "score_pairs",
    "search_false_positives",
    "thinned",
    "threshold_range",
    "wilson",
]

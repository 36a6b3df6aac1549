"""How far to trust the answers: pairs, rates with their intervals, all-impostor thresholds.

This room computes numbers from scores and vectors; it never opens a photo. Whoever has a
pipeline injects it as ``encode``.
"""

from mien.evaluation.all_pairs import evaluate_all_pairs
from mien.evaluation.all_pairs_photos import check_people
from mien.evaluation.all_pairs_report import AllPairsReport, AllPairsTar, PersonErrors
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
from mien.evaluation.impostors import MeasuredThreshold, impostor_thresholds
from mien.evaluation.intervals import Rate, bootstrap_tar_at_far, rate_of, wilson
from mien.evaluation.pairs import Pair, read_csv_pairs, read_lfw_pairs, read_pairs
from mien.evaluation.rates import OperatingPoint, Roc, roc
from mien.evaluation.scoring import score_pairs
from mien.evaluation.searches import SearchRate, search_false_positives
from mien.evaluation.verification import (
    FoldResult,
    TarAtFar,
    VerificationReport,
    evaluate_verification,
)

__all__ = [
    "AllPairsReport",
    "AllPairsTar",
    "Chart",
    "Example",
    "Findings",
    "FoldResult",
    "Line",
    "MeasuredThreshold",
    "Number",
    "OperatingPoint",
    "Pair",
    "PersonErrors",
    "Rate",
    "Roc",
    "SearchRate",
    "Table",
    "TarAtFar",
    "Trials",
    "Unit",
    "VerificationReport",
    "bootstrap_tar_at_far",
    "check_people",
    "evaluate_all_pairs",
    "evaluate_verification",
    "impostor_thresholds",
    "rate_of",
    "read_csv_pairs",
    "read_lfw_pairs",
    "read_pairs",
    "roc",
    "score_pairs",
    "search_false_positives",
    "thinned",
    "wilson",
]

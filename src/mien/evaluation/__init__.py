"""How far to trust the answers: pairs, rates with their intervals, all-impostor thresholds.

This room computes numbers from scores and vectors; it never opens a photo. Whoever has a
pipeline injects it as ``encode``.
"""

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
from mien.evaluation.pairs_part import part_of_pairs
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
    "Chart",
    "Example",
    "Findings",
    "FoldResult",
    "Line",
    "MeasuredThreshold",
    "Number",
    "OperatingPoint",
    "Pair",
    "Rate",
    "Roc",
    "SearchRate",
    "Table",
    "TarAtFar",
    "Trials",
    "Unit",
    "VerificationReport",
    "bootstrap_tar_at_far",
    "evaluate_verification",
    "impostor_thresholds",
    "part_of_pairs",
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

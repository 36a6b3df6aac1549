"""How far to trust the answers: pairs, rates with their intervals, all-impostor thresholds.

This room computes numbers from scores and vectors; it never opens a photo. Whoever has a
pipeline injects it as ``encode``.
"""

from mien.evaluation.cohort_labels import Labels, read_labels
from mien.evaluation.cohorts import Cohort, CohortColumn, CohortReport, Ratio, evaluate_cohorts
from mien.evaluation.cross_validation import FoldResult
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
from mien.evaluation.intervals import Rate, rate_of, wilson
from mien.evaluation.pairs import Pair, read_csv_pairs, read_lfw_pairs, read_pairs
from mien.evaluation.rates import OperatingPoint, Roc, roc
from mien.evaluation.scoring import score_pairs
from mien.evaluation.searches import SearchRate, search_false_positives
from mien.evaluation.subject_bootstrap import (
    SubjectIntervals,
    bootstrap_tar_at_far,
    subject_intervals,
)
from mien.evaluation.subjects import subjects_of
from mien.evaluation.verification import (
    AcquiredOnly,
    TarAtFar,
    VerificationReport,
    evaluate_verification,
)
from mien.evaluation.verification_findings import ratio_text, verification_findings

__all__ = [
    "AcquiredOnly",
    "Chart",
    "Cohort",
    "CohortColumn",
    "CohortReport",
    "Example",
    "Findings",
    "FoldResult",
    "Labels",
    "Line",
    "MeasuredThreshold",
    "Number",
    "OperatingPoint",
    "Pair",
    "Rate",
    "Ratio",
    "Roc",
    "SearchRate",
    "SubjectIntervals",
    "Table",
    "TarAtFar",
    "Trials",
    "Unit",
    "VerificationReport",
    "bootstrap_tar_at_far",
    "evaluate_cohorts",
    "evaluate_verification",
    "impostor_thresholds",
    "rate_of",
    "ratio_text",
    "read_csv_pairs",
    "read_labels",
    "read_lfw_pairs",
    "read_pairs",
    "roc",
    "score_pairs",
    "search_false_positives",
    "subject_intervals",
    "subjects_of",
    "thinned",
    "verification_findings",
    "wilson",
]

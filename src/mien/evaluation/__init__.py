"""How far to trust the answers: pairs, rates with their intervals, all-impostor thresholds.

This room computes numbers from scores and vectors; it never opens a photo. Whoever has a
pipeline injects it as ``encode``.
"""

from mien.evaluation.all_pairs import evaluate_all_pairs
from mien.evaluation.all_pairs_photos import check_people
from mien.evaluation.all_pairs_report import AllPairsReport, AllPairsTar, PersonErrors
from mien.evaluation.calibrating import (
    CalibrationOptions,
    CalibrationReport,
    HeldOut,
    Method,
    calibrate,
)
from mien.evaluation.calibration_findings import calibration_findings, calibration_notes
from mien.evaluation.cohort_labels import Labels, read_labels
from mien.evaluation.cohort_tables import ratio_text
from mien.evaluation.cohorts import (
    Cohort,
    CohortColumn,
    CohortReport,
    Ratio,
    evaluate_cohorts,
    list_has_cohorts,
)
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
from mien.evaluation.folder_cohorts import evaluate_folder_cohorts, labels_of_photos
from mien.evaluation.growth import GrowthPoint, growth
from mien.evaluation.identification import (
    IdentificationReport,
    IdentificationSettings,
    evaluate_identification,
)
from mien.evaluation.identification_findings import identification_findings
from mien.evaluation.impostors import MeasuredThreshold, impostor_thresholds, threshold_range
from mien.evaluation.intervals import Rate, rate_of, wilson
from mien.evaluation.oneshot import OneShotReport, evaluate_oneshot
from mien.evaluation.open_set import OpenSetPoint, point_at, points_at_fpir, rank_rate
from mien.evaluation.pairs import Pair, read_csv_pairs, read_lfw_pairs, read_pairs
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.people_rates import rate_over_people
from mien.evaluation.probing import Probing, probe_gallery, probing_of_scores
from mien.evaluation.rates import OperatingPoint, Roc, roc
from mien.evaluation.reliability import Reliability, ReliabilityBin, reliability
from mien.evaluation.scoring import score_pairs
from mien.evaluation.searches import SearchRate, search_false_positives
from mien.evaluation.splits import Repeat, Split, repeat_splits
from mien.evaluation.subject_bootstrap import (
    SubjectIntervals,
    bootstrap_tar_at_far,
    subject_intervals,
)
from mien.evaluation.subjects import subjects_of
from mien.evaluation.support import check_supported
from mien.evaluation.templates import Templates
from mien.evaluation.verification import (
    AcquiredOnly,
    TarAtFar,
    VerificationReport,
    evaluate_verification,
)
from mien.evaluation.verification_findings import verification_findings

__all__ = [
    "AcquiredOnly",
    "AllPairsReport",
    "AllPairsTar",
    "CalibrationOptions",
    "CalibrationReport",
    "Chart",
    "Cohort",
    "CohortColumn",
    "CohortReport",
    "Example",
    "Findings",
    "FoldResult",
    "GrowthPoint",
    "HeldOut",
    "IdentificationReport",
    "IdentificationSettings",
    "Labels",
    "Line",
    "MeasuredThreshold",
    "Method",
    "Number",
    "OneShotReport",
    "OpenSetPoint",
    "OperatingPoint",
    "Pair",
    "PeoplePhotos",
    "PersonErrors",
    "Probing",
    "Rate",
    "Ratio",
    "Reliability",
    "ReliabilityBin",
    "Repeat",
    "Roc",
    "SearchRate",
    "Split",
    "SubjectIntervals",
    "Table",
    "TarAtFar",
    "Templates",
    "Trials",
    "Unit",
    "VerificationReport",
    "bootstrap_tar_at_far",
    "calibrate",
    "calibration_findings",
    "calibration_notes",
    "check_people",
    "check_supported",
    "evaluate_all_pairs",
    "evaluate_cohorts",
    "evaluate_folder_cohorts",
    "evaluate_identification",
    "evaluate_oneshot",
    "evaluate_verification",
    "growth",
    "identification_findings",
    "impostor_thresholds",
    "labels_of_photos",
    "list_has_cohorts",
    "point_at",
    "points_at_fpir",
    "probe_gallery",
    "probing_of_scores",
    "rank_rate",
    "rate_of",
    "rate_over_people",
    "ratio_text",
    "read_csv_pairs",
    "read_labels",
    "read_lfw_pairs",
    "read_pairs",
    "reliability",
    "repeat_splits",
    "roc",
    "score_pairs",
    "search_false_positives",
    "subject_intervals",
    "subjects_of",
    "thinned",
    "threshold_range",
    "verification_findings",
    "wilson",
]

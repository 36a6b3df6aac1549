"""How far to trust the answers: pairs, rates with their intervals, all-impostor thresholds.

This room computes numbers from scores and vectors; it never opens a photo. Whoever has a
pipeline injects it as ``encode``.
"""

from mien.evaluation.all_pairs import evaluate_all_pairs
from mien.evaluation.all_pairs_photos import check_people
from mien.evaluation.all_pairs_report import AllPairsReport, AllPairsTar, PersonErrors
from mien.evaluation.box_matching import FoundFaces, check_iou, found_faces, match_faces
from mien.evaluation.boxes import LabelledBox, LabelledPhoto, read_boxes
from mien.evaluation.calibrating import (
    CalibrationOptions,
    CalibrationReport,
    HeldOut,
    Method,
    calibrate,
)
from mien.evaluation.calibration_findings import calibration_findings, calibration_notes
from mien.evaluation.classification import (
    ClassifierReport,
    ScoredPhoto,
    evaluate_classification,
)
from mien.evaluation.classification_findings import classification_findings
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
from mien.evaluation.comparison import Agreement, Comparison, compare
from mien.evaluation.cross_validation import FoldResult
from mien.evaluation.detection import DetectionReport, evaluate_detection
from mien.evaluation.detection_findings import detection_findings
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
from mien.evaluation.liveness import AttackKind, BpcerAt, LivenessReport, evaluate_liveness
from mien.evaluation.liveness_findings import liveness_findings
from mien.evaluation.oneshot import OneShotReport, evaluate_oneshot
from mien.evaluation.open_set import OpenSetPoint, point_at, points_at_fpir, rank_rate
from mien.evaluation.paired import mcnemar
from mien.evaluation.paired_rates import PairedRate
from mien.evaluation.pairs import Pair, read_csv_pairs, read_lfw_pairs, read_pairs
from mien.evaluation.pairs_part import part_of_pairs
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.people_rates import rate_over_pairs, rate_over_people
from mien.evaluation.probing import Probing, probe_gallery, probing_of_scores
from mien.evaluation.rates import OperatingPoint, Roc, roc
from mien.evaluation.reliability import Reliability, ReliabilityBin, reliability
from mien.evaluation.reliability_findings import reliability_findings
from mien.evaluation.robustness import (
    Condition,
    DegradedFace,
    RobustnessReport,
    RobustnessRow,
    TriedPhoto,
    evaluate_robustness,
)
from mien.evaluation.robustness_findings import robustness_findings
from mien.evaluation.score_lists import LivenessScores, read_liveness_scores, read_probabilities
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
from mien.evaluation.tracking import KeyTrack, TrackingReport, evaluate_tracks
from mien.evaluation.tracking_findings import tracking_findings
from mien.evaluation.tracks import TrackedFace, TrackedFrame, keyed_frames, read_tracks
from mien.evaluation.verification import (
    AcquiredOnly,
    TarAtFar,
    VerificationReport,
    evaluate_verification,
)
from mien.evaluation.verification_findings import verification_findings

__all__ = [
    "AcquiredOnly",
    "Agreement",
    "AllPairsReport",
    "AllPairsTar",
    "AttackKind",
    "BpcerAt",
    "CalibrationOptions",
    "CalibrationReport",
    "Chart",
    "ClassifierReport",
    "Cohort",
    "CohortColumn",
    "CohortReport",
    "Comparison",
    "Condition",
    "DegradedFace",
    "DetectionReport",
    "Example",
    "Findings",
    "FoldResult",
    "FoundFaces",
    "GrowthPoint",
    "HeldOut",
    "IdentificationReport",
    "IdentificationSettings",
    "KeyTrack",
    "LabelledBox",
    "LabelledPhoto",
    "Labels",
    "Line",
    "LivenessReport",
    "LivenessScores",
    "MeasuredThreshold",
    "Method",
    "Number",
    "OneShotReport",
    "OpenSetPoint",
    "OperatingPoint",
    "Pair",
    "PairedRate",
    "PeoplePhotos",
    "PersonErrors",
    "Probing",
    "Rate",
    "Ratio",
    "Reliability",
    "ReliabilityBin",
    "Repeat",
    "RobustnessReport",
    "RobustnessRow",
    "Roc",
    "ScoredPhoto",
    "SearchRate",
    "Split",
    "SubjectIntervals",
    "Table",
    "TarAtFar",
    "Templates",
    "TrackedFace",
    "TrackedFrame",
    "TrackingReport",
    "Trials",
    "TriedPhoto",
    "Unit",
    "VerificationReport",
    "bootstrap_tar_at_far",
    "calibrate",
    "calibration_findings",
    "calibration_notes",
    "check_iou",
    "check_people",
    "check_supported",
    "classification_findings",
    "compare",
    "detection_findings",
    "evaluate_all_pairs",
    "evaluate_classification",
    "evaluate_cohorts",
    "evaluate_detection",
    "evaluate_folder_cohorts",
    "evaluate_identification",
    "evaluate_liveness",
    "evaluate_oneshot",
    "evaluate_robustness",
    "evaluate_tracks",
    "evaluate_verification",
    "found_faces",
    "growth",
    "identification_findings",
    "impostor_thresholds",
    "keyed_frames",
    "labels_of_photos",
    "list_has_cohorts",
    "liveness_findings",
    "match_faces",
    "mcnemar",
    "part_of_pairs",
    "point_at",
    "points_at_fpir",
    "probe_gallery",
    "probing_of_scores",
    "rank_rate",
    "rate_of",
    "rate_over_pairs",
    "rate_over_people",
    "ratio_text",
    "read_boxes",
    "read_csv_pairs",
    "read_labels",
    "read_lfw_pairs",
    "read_liveness_scores",
    "read_pairs",
    "read_probabilities",
    "read_tracks",
    "reliability",
    "reliability_findings",
    "repeat_splits",
    "robustness_findings",
    "roc",
    "score_pairs",
    "search_false_positives",
    "subject_intervals",
    "subjects_of",
    "thinned",
    "threshold_range",
    "tracking_findings",
    "verification_findings",
    "wilson",
]

"""How far to trust the answers: pairs, rates with their intervals, all-impostor thresholds.

This room computes numbers from scores and vectors; it never opens a photo. Whoever has a
pipeline injects it as ``encode``.
"""

from mien.evaluation.box_matching import FoundFaces, check_iou, found_faces, match_faces
from mien.evaluation.boxes import LabelledBox, LabelledPhoto, read_boxes
from mien.evaluation.clusters import clustered_rate
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
from mien.evaluation.impostors import MeasuredThreshold, impostor_thresholds
from mien.evaluation.intervals import Rate, bootstrap_tar_at_far, rate_of, wilson
from mien.evaluation.liveness import AttackKind, BpcerAt, LivenessReport, evaluate_liveness
from mien.evaluation.liveness_findings import liveness_findings
from mien.evaluation.pairs import Pair, read_csv_pairs, read_lfw_pairs, read_pairs
from mien.evaluation.rates import OperatingPoint, Roc, roc
from mien.evaluation.reliability import Reliability, ReliabilityBin, reliability
from mien.evaluation.reliability_findings import reliability_findings
from mien.evaluation.score_lists import LivenessScores, read_liveness_scores, read_probabilities
from mien.evaluation.scoring import score_pairs
from mien.evaluation.searches import SearchRate, search_false_positives
from mien.evaluation.tracking import KeyTrack, TrackingReport, evaluate_tracks
from mien.evaluation.tracking_findings import tracking_findings
from mien.evaluation.tracks import TrackedFace, TrackedFrame, read_tracks
from mien.evaluation.verification import (
    FoldResult,
    TarAtFar,
    VerificationReport,
    evaluate_verification,
)

__all__ = [
    "AttackKind",
    "BpcerAt",
    "Chart",
    "DetectionReport",
    "Example",
    "Findings",
    "FoldResult",
    "FoundFaces",
    "KeyTrack",
    "LabelledBox",
    "LabelledPhoto",
    "Line",
    "LivenessReport",
    "LivenessScores",
    "MeasuredThreshold",
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
    "TrackedFace",
    "TrackedFrame",
    "TrackingReport",
    "Trials",
    "Unit",
    "VerificationReport",
    "bootstrap_tar_at_far",
    "check_iou",
    "clustered_rate",
    "detection_findings",
    "evaluate_detection",
    "evaluate_liveness",
    "evaluate_tracks",
    "evaluate_verification",
    "found_faces",
    "impostor_thresholds",
    "liveness_findings",
    "match_faces",
    "rate_of",
    "read_boxes",
    "read_csv_pairs",
    "read_lfw_pairs",
    "read_liveness_scores",
    "read_pairs",
    "read_probabilities",
    "read_tracks",
    "reliability",
    "reliability_findings",
    "roc",
    "score_pairs",
    "search_false_positives",
    "thinned",
    "tracking_findings",
    "wilson",
]

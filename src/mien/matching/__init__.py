"""From similarities to decisions: distances, thresholds, names for the faces of a photo."""

from mien.matching.calibration import (
    CALIBRATIONS,
    Calibration,
    calibration_for,
    check_prior,
    fit_calibration,
)
from mien.matching.calibration_text import parse_calibration
from mien.matching.class_scores import (
    ClassSimilarity,
    KnownRule,
    check_temperature,
    class_probabilities,
    class_similarities,
    parse_class_similarity,
)
from mien.matching.decision import (
    USUAL_MARGIN,
    DecisionRule,
    FaceDecision,
    decide,
    margin_for,
    most_similar,
)
from mien.matching.distances import (
    Metric,
    cosine_similarities,
    cosine_similarity_matrix,
    distance_from_similarity,
    distance_matrix,
    distances,
    parse_metric,
    similarity_from_distance,
)
from mien.matching.isotonic import (
    IsotonicCalibration,
    fit_isotonic,
    pool_adjacent_violators,
)
from mien.matching.judging import judge, judge_by_verifier
from mien.matching.naming import identify_faces
from mien.matching.own_calibration import (
    CalibrationData,
    OwnCalibration,
    Share,
    probability_json,
)
from mien.matching.pair_features import pair_features
from mien.matching.pair_verifier import HeldOutRates, PairVerifier, SpaceWeights
from mien.matching.policies import Asked, policy_for
from mien.matching.policy import Policy, pair_distance
from mien.matching.presets import PRESETS, Preset, find_preset
from mien.matching.thresholds import (
    DEFAULT_FMR,
    EUCLIDEAN_THRESHOLDS,
    THRESHOLDS,
    euclidean_threshold_for,
    false_positive_rate_of_search,
    fmr_for_search,
    own_threshold,
    threshold_as_distance,
    threshold_for,
    threshold_from_distance,
)
from mien.matching.verifier_text import parse_verifier

__all__ = [
    "CALIBRATIONS",
    "DEFAULT_FMR",
    "EUCLIDEAN_THRESHOLDS",
    "PRESETS",
    "THRESHOLDS",
    "USUAL_MARGIN",
    "Asked",
    "Calibration",
    "CalibrationData",
    "ClassSimilarity",
    "DecisionRule",
    "FaceDecision",
    "HeldOutRates",
    "IsotonicCalibration",
    "KnownRule",
    "Metric",
    "OwnCalibration",
    "PairVerifier",
    "Policy",
    "Preset",
    "Share",
    "SpaceWeights",
    "calibration_for",
    "check_prior",
    "check_temperature",
    "class_probabilities",
    "class_similarities",
    "cosine_similarities",
    "cosine_similarity_matrix",
    "decide",
    "distance_from_similarity",
    "distance_matrix",
    "distances",
    "euclidean_threshold_for",
    "false_positive_rate_of_search",
    "find_preset",
    "fit_calibration",
    "fit_isotonic",
    "fmr_for_search",
    "identify_faces",
    "judge",
    "judge_by_verifier",
    "margin_for",
    "most_similar",
    "own_threshold",
    "pair_distance",
    "pair_features",
    "parse_calibration",
    "parse_class_similarity",
    "parse_metric",
    "parse_verifier",
    "policy_for",
    "pool_adjacent_violators",
    "probability_json",
    "similarity_from_distance",
    "threshold_as_distance",
    "threshold_for",
    "threshold_from_distance",
]

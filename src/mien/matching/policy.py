"""How similarities become answers: threshold, metric, margin and calibration in one record."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from mien.errors import InvalidOption
from mien.matching.calibration import Calibration
from mien.matching.decision import DecisionRule
from mien.matching.distances import Metric
from mien.matching.isotonic import IsotonicCalibration
from mien.matching.thresholds import threshold_as_distance
from mien.records import Encoding, Threshold
from mien.renamed import warn_renamed


@dataclass(frozen=True, slots=True)
class Policy:
    """What a similarity means.

    Attributes:
        threshold: on cosine similarity, with its origin; with the metric ``euclidean`` it decides
            nothing.
        metric: in which distances are given and, for pairs, decided.
        distance: a limit in that metric which replaces the one on similarity, for pairs.
        rule: margin and number of candidates, for searches.
        calibration: similarity to P(same person); None where there is none.

    Raises:
        InvalidOption: ``euclidean`` without a distance: raw vectors have no fixed relation to the
            cosine.
    """

    threshold: Threshold
    metric: Metric = Metric.COSINE
    distance: float | None = None
    rule: DecisionRule = field(default_factory=DecisionRule)
    calibration: Calibration | IsotonicCalibration | None = None

    def __post_init__(self) -> None:
        if self.metric is Metric.EUCLIDEAN and self.distance is None:
            raise InvalidOption(
                "max_distance: expected one with the metric euclidean, got none; pass "
                "max_distance, or take euclidean_l2, which has a measured one"
            )

    def probability(self, similarity: float | None) -> float | None:
        """P(same person), or None without a calibration or a similarity."""
        if self.calibration is None or similarity is None:
            return None
        return self.calibration.probability(similarity)

    @property
    def min_similarity(self) -> float | None:
        """Faces of at least this cosine similarity are one person; None with ``euclidean``."""
        return None if self.metric is Metric.EUCLIDEAN else self.threshold.similarity

    @property
    def max_distance(self) -> float:
        """Faces at most this far apart, in ``metric``, are one person."""
        if self.distance is not None:
            return self.distance
        return threshold_as_distance(self.threshold, self.metric)

    def distance_threshold(self) -> float:
        """Deprecated: ``max_distance``."""
        warn_renamed("Policy.distance_threshold()", "max_distance")
        return self.max_distance


def pair_distance(first: Encoding, second: Encoding, metric: Metric) -> float:
    """Distance of two encoded faces: on raw vectors for ``euclidean``, else on unit vectors."""
    cosine = min(1.0, max(-1.0, float(first.vector @ second.vector)))
    if metric is Metric.COSINE:
        return 1.0 - cosine
    a, b = (first.norm, second.norm) if metric is Metric.EUCLIDEAN else (1.0, 1.0)
    return math.sqrt(max(0.0, a * a + b * b - 2.0 * a * b * cosine))

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


@dataclass(frozen=True, slots=True)
class Policy:
    """What a similarity means.

    Attributes:
        threshold: on cosine similarity; with the metric ``euclidean`` it decides nothing.
        metric: in which distances are given and, for pairs, decided.
        distance: a threshold in that metric which replaces the one on similarity, for pairs.
        rule: margin and number of candidates, for searches.
        calibration: similarity to P(same person); None where there is none.
    """

    threshold: Threshold
    metric: Metric = Metric.COSINE
    distance: float | None = None
    rule: DecisionRule = field(default_factory=DecisionRule)
    calibration: Calibration | IsotonicCalibration | None = None

    def probability(self, similarity: float | None) -> float | None:
        """P(same person), or None without a calibration or a similarity."""
        if self.calibration is None or similarity is None:
            return None
        return self.calibration.probability(similarity)

    def distance_threshold(self) -> float:
        """Pairs at or below this distance are called the same person.

        Raises:
            InvalidOption: ``euclidean`` without a distance: raw vectors have no fixed relation
                to the cosine.
        """
        if self.distance is not None:
            return self.distance
        if self.metric is Metric.EUCLIDEAN:
            raise InvalidOption(
                "threshold: expected one with the metric euclidean, got none; "
                "pass --threshold, or take euclidean_l2, which has a measured one"
            )
        return threshold_as_distance(self.threshold, self.metric)


def pair_distance(first: Encoding, second: Encoding, metric: Metric) -> float:
    """Distance of two encoded faces: on raw vectors for ``euclidean``, else on unit vectors."""
    cosine = min(1.0, max(-1.0, float(first.vector @ second.vector)))
    if metric is Metric.COSINE:
        return 1.0 - cosine
    a, b = (first.norm, second.norm) if metric is Metric.EUCLIDEAN else (1.0, 1.0)
    return math.sqrt(max(0.0, a * a + b * b - 2.0 * a * b * cosine))

"""Which policy holds: what the user asked for, a calibration of their own, or what was measured."""

from __future__ import annotations

import math

from mien.checks import check_fraction
from mien.matching.calibration import calibration_for
from mien.matching.decision import DecisionRule, margin_for
from mien.matching.distances import Metric, parse_metric
from mien.matching.own_calibration import OwnCalibration
from mien.matching.policy import Policy
from mien.matching.thresholds import (
    DEFAULT_FMR,
    euclidean_threshold_for,
    threshold_for,
    threshold_from_distance,
)
from mien.records import EmbeddingSpace, Threshold


def policy_for(
    space: EmbeddingSpace,
    *,
    fmr: float | None = None,
    threshold: float | None = None,
    metric: Metric | str = Metric.COSINE,
    rule: DecisionRule | None = None,
    calibration: OwnCalibration | None = None,
) -> Policy:
    """How similarities of a space become answers.

    Args:
        space: what the vectors mean.
        fmr: take the threshold that mien measured for this false match rate; without any of
            the three the one for 1e-4.
        threshold: or the user's own, as a distance in ``metric``; goes before the others.
        metric: ``cosine``, ``euclidean`` or ``euclidean_l2``.
        rule: margin and number of candidates; by default the space's own margin.
        calibration: on the user's own photos: its probability is always used, its threshold
            where neither ``threshold`` nor ``fmr`` is given.

    Raises:
        InvalidOption: a value outside its range.
        SpaceMismatch: the calibration is of another space.
        UnknownModel: no threshold was measured for this space, and none is given.
    """
    metric = parse_metric(metric)
    rule = rule or DecisionRule(margin_for(space))
    if calibration is not None:
        calibration.check_fits(space)
        if threshold is None and fmr is None:
            return Policy(calibration.threshold, metric, None, rule, calibration.probability)
    probability = calibration_for(space) if calibration is None else calibration.probability
    if threshold is None:
        rate = DEFAULT_FMR if fmr is None else fmr
        measured = threshold_for(space, rate)
        distance = euclidean_threshold_for(space, rate) if metric is Metric.EUCLIDEAN else None
        return Policy(measured, metric, distance, rule, probability)
    if metric is Metric.EUCLIDEAN:
        threshold = check_fraction(threshold, "threshold", high=math.inf)
    own = (
        Threshold(similarity=1.0)  # no function of the cosine gives it: names nobody
        if metric is Metric.EUCLIDEAN
        else threshold_from_distance(threshold, metric)
    )
    return Policy(own, metric, threshold, rule, probability)

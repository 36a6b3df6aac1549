"""Which policy a space gets: its measured threshold, the user's own, or that of a calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mien.checks import check_fraction
from mien.matching.calibration import calibration_for
from mien.matching.decision import DecisionRule, margin_for
from mien.matching.distances import Metric, parse_metric
from mien.matching.own_calibration import OwnCalibration
from mien.matching.policy import Policy
from mien.matching.thresholds import (
    DEFAULT_FMR,
    euclidean_threshold_for,
    threshold_at,
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
    measured: Sequence[Threshold] = (),
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
        measured: thresholds that come with a model of the user's own, in place of mien's; without
            one for 1e-4 the one for the lowest rate is the usual one.

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
        usual, distance = _measured_threshold(space, fmr, measured), None
        if metric is Metric.EUCLIDEAN:
            distance = euclidean_threshold_for(space, DEFAULT_FMR if fmr is None else fmr)
        return Policy(usual, metric, distance, rule, probability)
    if metric is Metric.EUCLIDEAN:
        threshold = check_fraction(threshold, "threshold", high=math.inf)
    own = (
        Threshold(similarity=1.0)  # no function of the cosine gives it: names nobody
        if metric is Metric.EUCLIDEAN
        else threshold_from_distance(threshold, metric)
    )
    return Policy(own, metric, threshold, rule, probability)


def _measured_threshold(
    space: EmbeddingSpace, fmr: float | None, measured: Sequence[Threshold]
) -> Threshold:
    rates = {one.fmr: one for one in measured if one.fmr is not None}
    if not rates:
        return threshold_for(space, DEFAULT_FMR if fmr is None else fmr)
    if fmr is None:
        fmr = DEFAULT_FMR if DEFAULT_FMR in rates else min(rates)
    return threshold_at(rates, fmr)

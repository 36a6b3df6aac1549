"""Which policy a space gets: its measured threshold, the user's own, or that of a calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from mien.matching.calibration import calibration_for
from mien.matching.decision import DecisionRule, margin_for
from mien.matching.distances import Metric, parse_metric
from mien.matching.own_calibration import OwnCalibration
from mien.matching.policy import Policy
from mien.matching.thresholds import (
    DEFAULT_FMR,
    euclidean_threshold_for,
    own_threshold,
    threshold_at,
    threshold_for,
)
from mien.records import EmbeddingSpace, Threshold
from mien.renamed import renamed_argument


class Asked(TypedDict, total=False):
    """The ways to say where two faces are one person; see :func:`policy_for`."""

    fmr: float | None
    min_similarity: float | None
    max_distance: float | None


@renamed_argument("threshold", "max_distance")
def policy_for(
    space: EmbeddingSpace,
    *,
    fmr: float | None = None,
    min_similarity: float | None = None,
    max_distance: float | None = None,
    metric: Metric | str = Metric.COSINE,
    rule: DecisionRule | None = None,
    calibration: OwnCalibration | None = None,
    measured: Sequence[Threshold] = (),
) -> Policy:
    """How similarities of a space become answers.

    Args:
        space: what the vectors mean.
        fmr: take the threshold that mien measured for this false match rate; if nothing is
            asked for, the one for 1e-4.
        min_similarity, max_distance: or the user's own, as a cosine similarity or as a distance
            in ``metric``; goes before the others.
        metric: ``cosine``, ``euclidean`` or ``euclidean_l2``.
        rule: margin and number of candidates; by default the space's own margin.
        calibration: on the user's own photos: its probability is always used, its threshold
            where nothing else is asked for.
        measured: thresholds that come with a model of the user's own, in place of mien's; without
            one for 1e-4 the one for the lowest rate is the usual one.

    Raises:
        InvalidOption: a value outside its range, both limits at once, or ``euclidean`` where no
            distance was measured and none is given.
        SpaceMismatch: the calibration is of another space.
        UnknownModel: no threshold was measured for this space, and none is given.
    """
    metric = parse_metric(metric)
    rule = rule or DecisionRule(margin_for(space))
    own = own_threshold(min_similarity, max_distance, metric)
    if calibration is not None:
        calibration.check_fits(space)
    probability = calibration_for(space) if calibration is None else calibration.probability
    if own is not None:
        return Policy(own, metric, max_distance, rule, probability)
    if calibration is not None and fmr is None:
        return Policy(calibration.threshold, metric, None, rule, probability)
    usual, distance = _measured_threshold(space, fmr, measured), None
    if metric is Metric.EUCLIDEAN:
        distance = euclidean_threshold_for(space, DEFAULT_FMR if fmr is None else fmr)
    return Policy(usual, metric, distance, rule, probability)


def _measured_threshold(
    space: EmbeddingSpace, fmr: float | None, measured: Sequence[Threshold]
) -> Threshold:
    rates = {one.fmr: one for one in measured if one.fmr is not None}
    if not rates:
        return threshold_for(space, DEFAULT_FMR if fmr is None else fmr)
    if fmr is None:
        fmr = DEFAULT_FMR if DEFAULT_FMR in rates else min(rates)
    return threshold_at(rates, fmr)

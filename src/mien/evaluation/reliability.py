"""Whether a stated probability means what it says: calibration error, Brier score, log loss.

Sources: Murphy, "A new vector partition of the probability score" (1973), for reliability,
resolution and uncertainty; Stephenson, Coelho and Jolliffe, "Two extra components in the Brier
score decomposition" (2008), for what bins leave over; Naeini, Cooper and Hauskrecht, "Obtaining
well calibrated probabilities using Bayesian binning" (2015), for ECE and MCE; Nixon et al.,
"Measuring calibration in deep learning" (2019), for bins of equal mass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.evaluation.findings import Chart, Line
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, share_interval

BINS = 15


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Trials of about the same probability.

    Attributes:
        low, high: the smallest and the largest probability in it.
        probability: the mean of what was said.
        observed: the share of genuine trials; supported if both kinds occur at least 30 times.
        count: trials.
        weight: its share of all weight; ``count`` over all trials where there are no weights.
        by_chance: the mean of \\|observed - said\\| that chance alone would give, were
            ``probability`` right.
    """

    low: float
    high: float
    probability: float
    observed: Rate
    count: int
    weight: float
    by_chance: float

    @property
    def gap(self) -> float:
        """Observed minus said: positive where the probability was too low."""
        return self.observed.value - self.probability

    def to_json(self) -> dict[str, Any]:
        """The bin as plain values."""
        return {
            "low": self.low,
            "high": self.high,
            "probability": self.probability,
            "observed": self.observed.to_json(),
            "count": self.count,
            "weight": self.weight,
        }


@dataclass(frozen=True, slots=True)
class Reliability:
    """What stated probabilities were worth.

    ``brier`` is ``miscalibration - resolution + uncertainty + within_bins``.

    Attributes:
        count, genuine, impostor: trials.
        prior: the genuine share of all weight.
        ece: expected calibration error over bins of equal mass: mean of \\|observed - said\\|.
        ece_by_chance: what ``ece`` would be about, with these bins, were every probability right.
        ece_equal_width: the same over bins of equal width.
        mce: the largest \\|observed - said\\| of a bin of equal mass.
        brier: mean of (probability - truth)^2, in [0, 1].
        miscalibration: Murphy's "reliability", mean of (observed - said)^2 over the bins.
        resolution: mean of (observed - prior)^2 over the bins; more is better.
        uncertainty: prior * (1 - prior), the Brier score of always saying the prior.
        within_bins: what the bins hide: the spread of probabilities inside them.
        log_loss: mean of -ln(probability of the truth); infinite if 0 was said of what was true.
        bins: of equal mass, rising; equal probabilities share one, so some may be missing.
    """

    count: int
    genuine: int
    impostor: int
    prior: float
    ece: float
    ece_by_chance: float
    ece_equal_width: float
    mce: float
    brier: float
    miscalibration: float
    resolution: float
    uncertainty: float
    within_bins: float
    log_loss: float
    bins: tuple[ReliabilityBin, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values; an infinite log loss is None."""
        return {
            "count": self.count,
            "genuine": self.genuine,
            "impostor": self.impostor,
            "prior": self.prior,
            "ece": self.ece,
            "ece_by_chance": self.ece_by_chance,
            "ece_equal_width": self.ece_equal_width,
            "mce": self.mce,
            "brier": self.brier,
            "miscalibration": self.miscalibration,
            "resolution": self.resolution,
            "uncertainty": self.uncertainty,
            "within_bins": self.within_bins,
            "log_loss": self.log_loss if math.isfinite(self.log_loss) else None,
            "bins": [one.to_json() for one in self.bins],
            "notes": list(self.notes),
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader must know of these numbers."""
        return (
            "chance alone makes a calibration error (ece_by_chance), and more bins a larger one",
            "probabilities hold for one share of genuine trials: state it with the prior",
            "intervals take trials for independent; pairs that share a person are not",
        )

    def chart(self, name: str = "observed") -> Chart:
        """The reliability curve with the interval of each bin; ``name`` is the line's."""
        return Chart(
            "reliability",
            "Reliability",
            "probability that was said",
            "share that was genuine",
            (
                Line(
                    name,
                    tuple(one.probability for one in self.bins),
                    tuple(one.observed.value for one in self.bins),
                    tuple(one.observed.low for one in self.bins),
                    tuple(one.observed.high for one in self.bins),
                ),
            ),
            diagonal=True,
            note="on the diagonal a probability means what it says; below it, it says too much",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Per bin: trials, genuine trials, and sums of weight, genuine weight, weight * probability."""

    count: NDArray[np.int64]
    genuine: NDArray[np.int64]
    weight: NDArray[np.float64]
    true: NDArray[np.float64]
    said: NDArray[np.float64]

    def gaps(self) -> NDArray[np.float64]:
        return np.asarray((self.true - self.said) / self.weight)


def reliability(
    probabilities: Any,
    same: Any,
    bins: int = BINS,
    prior: float | None = None,
    weights: Any = None,
) -> Reliability:
    """Compare stated probabilities with what was true.

    Args:
        probabilities: ``(N,)`` P(same) in [0, 1], stated under the prior that is asked for.
        same: ``(N,) bool``, True for genuine trials.
        bins: at most so many.
        prior: weigh genuine and impostor trials so that genuine ones have this share of the
            weight; None leaves them as they are. It changes no probability.
        weights: ``(N,)`` positive; how much each trial counts (before ``prior``); None is 1 each.

    Raises:
        InvalidArray: unequal lengths, a probability outside [0, 1], a weight that is not positive,
            NaN.
        InsufficientData: no trials, or of one kind only.
        InvalidOption: no whole number of bins, or a prior outside (0, 1).
    """
    said, genuine, own = _checked(probabilities, same, weights)
    wanted = check_count(bins, "bins", high=10_000)
    ratio = 1.0 if prior is None else _class_ratio(prior, own, genuine)
    weight = np.where(genuine, own * ratio, own)
    total = float(weight.sum())
    order = np.argsort(said, kind="stable")
    said, genuine, own, weight = said[order], genuine[order], own[order], weight[order]
    groups = _equal_mass(said, weight, wanted)
    widths = np.minimum((said * wanted).astype(np.int64), wanted - 1)
    even, wide = (_sums(said, genuine, weight, place) for place in (groups, widths))
    base = float(weight[genuine].sum()) / total
    share = even.weight / total
    brier = float((weight * (said - genuine) ** 2).sum()) / total
    miscalibration = float((share * even.gaps() ** 2).sum())
    resolution = float((share * (even.true / even.weight - base) ** 2).sum())
    uncertainty = base * (1.0 - base)
    with np.errstate(divide="ignore"):
        losses = -np.log(np.where(genuine, said, 1.0 - said))
    made = _bins(said, groups, even, own, ratio)
    return Reliability(
        count=len(said),
        genuine=int(genuine.sum()),
        impostor=int((~genuine).sum()),
        prior=base,
        ece=float((share * np.abs(even.gaps())).sum()),
        ece_by_chance=sum(one.weight * one.by_chance for one in made),
        ece_equal_width=float((wide.weight * np.abs(wide.gaps())).sum()) / total,
        mce=float(np.abs(even.gaps()).max()),
        brier=brier,
        miscalibration=miscalibration,
        resolution=resolution,
        uncertainty=uncertainty,
        within_bins=brier - (miscalibration - resolution + uncertainty),
        log_loss=float((weight * losses).sum()) / total,
        bins=made,
    )


def _checked(
    probabilities: Any, same: Any, weights: Any
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    try:
        said = np.asarray(probabilities, dtype=np.float64)
        own = np.ones(said.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArray("probabilities, weights: expected numbers, got others") from error
    genuine = np.asarray(same)
    if said.size == 0:
        raise InsufficientData("probabilities: expected genuine and impostor trials, got none")
    if said.ndim != 1 or genuine.shape != said.shape or genuine.dtype != np.bool_:
        raise InvalidArray(
            f"probabilities: expected (N,) numbers and (N,) bool, got {said.shape} and "
            f"{genuine.shape} {genuine.dtype}"
        )
    if not ((said >= 0.0) & (said <= 1.0)).all():
        raise InvalidArray("probabilities: expected numbers in [0, 1], got others or NaN")
    if own.shape != said.shape or not ((own > 0.0) & np.isfinite(own)).all():
        raise InvalidArray(f"weights: expected {said.shape} positive numbers, got others")
    if genuine.all() or not genuine.any():
        kind = "genuine" if genuine[0] else "impostor"
        raise InsufficientData(
            f"probabilities: expected genuine and impostor trials, got {kind} trials only"
        )
    return said, genuine, own


def _class_ratio(prior: float, own: NDArray[np.float64], genuine: NDArray[np.bool_]) -> float:
    """By how much a genuine trial counts more than an impostor trial of the same own weight."""
    wanted = check_fraction(prior, "prior")
    if wanted in (0.0, 1.0):
        raise InvalidOption(f"prior: expected more than 0 and less than 1, got {prior!r}")
    odds = float(own[genuine].sum()) / float(own[~genuine].sum())
    return wanted / (1.0 - wanted) / odds


def _equal_mass(
    said: NDArray[np.float64], weight: NDArray[np.float64], bins: int
) -> NDArray[np.int64]:
    """The bin of each trial, sorted by probability: where the middle of its equals' mass lies."""
    starts = np.flatnonzero(np.append(True, said[1:] != said[:-1]))
    ends = np.cumsum(weight)[np.append(starts[1:], len(said)) - 1]
    twice_middle = ends + np.append(0.0, ends[:-1])
    place = np.minimum((bins * twice_middle / (2.0 * ends[-1])).astype(np.int64), bins - 1)
    return np.repeat(place, np.diff(np.append(starts, len(said))))


def _sums(
    said: NDArray[np.float64],
    genuine: NDArray[np.bool_],
    weight: NDArray[np.float64],
    place: NDArray[np.int64],
) -> _Sums:
    """Sums over the bins that hold something, rising; ``place`` rises."""
    starts = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
    return _Sums(
        count=np.diff(np.append(starts, len(place))),
        genuine=np.add.reduceat(genuine.astype(np.int64), starts),
        weight=np.add.reduceat(weight, starts),
        true=np.add.reduceat(weight * genuine, starts),
        said=np.add.reduceat(weight * said, starts),
    )


def _bins(
    said: NDArray[np.float64],
    place: NDArray[np.int64],
    sums: _Sums,
    own: NDArray[np.float64],
    ratio: float,
) -> tuple[ReliabilityBin, ...]:
    ends = np.cumsum(sums.count)
    made = []
    for index, (count, end) in enumerate(zip(sums.count, ends, strict=True)):
        part = slice(int(end - count), int(end))
        low, high = float(said[part][0]), float(said[part][-1])
        mean = float(sums.said[index] / sums.weight[index])
        value = float(sums.true[index] / sums.weight[index])
        effective = float(own[part].sum()) ** 2 / float((own[part] ** 2).sum())
        rarer = min(int(sums.genuine[index]), int(count - sums.genuine[index]))
        made.append(
            ReliabilityBin(
                low,
                high,
                min(max(mean, low), high),  # a mean may leave its values by its rounding
                _observed(value, effective, ratio, rarer),
                int(count),
                float(sums.weight[index] / sums.weight.sum()),
                _by_chance(mean, effective, ratio),
            )
        )
    return tuple(made)


def _observed(value: float, effective: float, ratio: float, rarer: int) -> Rate:
    """The share under the prior: Wilson's interval before it, both ends moved by the same odds."""
    share = _moved(value, 1.0 / ratio)
    low, high = (_moved(end, ratio) for end in share_interval(share, effective))
    return Rate(value, min(low, value), max(high, value), rarer >= SUPPORTING_ERRORS)


def _by_chance(probability: float, effective: float, ratio: float) -> float:
    """Mean deviation of the observed share around ``probability``, as of a normal distribution."""
    share = min(max(_moved(probability, 1.0 / ratio), 0.0), 1.0)
    slope = ratio / (share * ratio + (1.0 - share)) ** 2  # of ``_moved`` at that share
    return slope * math.sqrt(2.0 / math.pi * share * (1.0 - share) / effective)


def _moved(share: float, ratio: float) -> float:
    """A share after its odds were multiplied."""
    return share * ratio / (share * ratio + (1.0 - share))

"""Thresholds from every impostor pair of a labelled set.

N photos hold about N^2 / 2 pairs. Only those above the threshold of the largest
false match rate asked are kept (with the two people they belong to): memory grows
with N and with that tail, not with N^2. What is kept is exact; nothing is binned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData
from mien.evaluation.intervals import Rate, wilson
from mien.evaluation.labelled import LabelledSet, labelled
from mien.evaluation.pair_blocks import pair_blocks
from mien.evaluation.people_rates import rate_over_pairs, rate_over_people
from mien.evaluation.rates import allowed_errors
from mien.evaluation.resample import drawn
from mien.records import FloatArray, Threshold
from mien.renamed import dropped_arguments

FMRS = (1e-3, 1e-4, 1e-5, 1e-6)


@dataclass(frozen=True, slots=True)
class MeasuredThreshold:
    """A threshold, the false match rate it was set for, and what it does on the same photos.

    Attributes:
        similarity: the lowest impostor similarity whose rate does not exceed ``fmr``; the next
            float above them all where no impostor pair may pass.
        fmr: as asked.
        measured_fmr: as found; its interval is over people.
        fmr_binomial: Wilson's interval of the same rate, as if pairs were independent: too
            narrow, since one person is in many pairs.
        tmr: true match rate over all genuine pairs; its interval is over people.
        false_matches: impostor pairs at or above the threshold; both rates are ``supported`` if
            they are at least 30.
        impostor_pairs, genuine_pairs, photos, people: what stands behind it.
    """

    similarity: float
    fmr: float
    measured_fmr: Rate
    fmr_binomial: tuple[float, float]
    tmr: Rate
    false_matches: int
    impostor_pairs: int
    genuine_pairs: int
    photos: int
    people: int

    def as_threshold(self, origin: str) -> Threshold:
        """The record that decisions are made with; its interval is the one over people."""
        return Threshold(
            similarity=self.similarity,
            fmr=self.fmr,
            fmr_low=self.measured_fmr.low,
            fmr_high=self.measured_fmr.high,
            pairs=self.impostor_pairs,
            origin=origin,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Tail:
    """The highest impostor similarities, falling, and the two people of each."""

    scores: FloatArray
    first: NDArray[np.int32]
    second: NDArray[np.int32]


@dropped_arguments("replicates", "seed")
def impostor_thresholds(
    vectors: Any, labels: Sequence[str], fmrs: Sequence[float] = FMRS
) -> tuple[MeasuredThreshold, ...]:
    """The exact threshold of each false match rate over all impostor pairs.

    Similarities are float32 products of unit vectors. Intervals are over people, at the fixed
    threshold.

    Args:
        vectors: ``(N, D)``, one a photo, of any length but zero.
        labels: N names of people.
        fmrs: false match rates.

    Returns:
        One entry per rate, in the order asked.

    Raises:
        InvalidEmbedding: for a NaN, an infinity, or a vector without direction.
        InvalidArray: labels that do not fit the vectors.
        InsufficientData: no two people, or nobody with two photos.
        InvalidOption: a rate outside [0, 1].
    """
    data = labelled(vectors, labels)
    if data.genuine_pairs == 0:
        raise InsufficientData("labels: expected somebody with two photos, got one photo each")
    rates = [check_fraction(fmr, "fmr") for fmr in fmrs]
    allowed = [allowed_errors(rate, data.impostor_pairs) for rate in rates]
    tail = _impostor_tail(data, min(max(allowed, default=0) + 1, data.impostor_pairs))
    thresholds = [_cut(tail.scores, count) for count in allowed]
    accepted = _genuine_accepted(data, thresholds)
    return tuple(
        _measure(data, tail, threshold, rate, accepted[:, column])
        for column, (threshold, rate) in enumerate(zip(thresholds, rates, strict=True))
    )


def threshold_range(
    vectors: Any, labels: Sequence[str], fmr: float, replicates: int = 200, seed: int = 0
) -> tuple[float, float]:
    """Where the threshold of a false match rate would lie for other people like these.

    The 95 % interval of the threshold itself: each replicate draws people with replacement and
    sets the threshold anew, a pair counted as often as its people were drawn.

    Args:
        vectors, labels, fmr: as for :func:`impostor_thresholds`.
        replicates: draws of people.
        seed: of their generator.

    Raises:
        InvalidEmbedding, InvalidArray, InsufficientData, InvalidOption: as there; also a
            replicate count out of range.

    Returns:
        The lower and the upper similarity.
    """
    data = labelled(vectors, labels)
    rate = check_fraction(fmr, "fmr")
    draws = check_count(replicates, "replicates", low=40, high=100_000)
    # A draw may need more pairs than the whole set does; four times as many are ample.
    size = 4 * allowed_errors(rate, data.impostor_pairs) + 100
    tail = _impostor_tail(data, min(size, data.impostor_pairs))
    found = []
    for times in chain.from_iterable(drawn(len(data.sizes), draws, seed)):
        photos = times * data.sizes
        total = int(photos.sum() ** 2 - (photos**2).sum()) // 2
        passing = np.cumsum(times[tail.first] * times[tail.second])
        count = int(np.searchsorted(passing, allowed_errors(rate, total), side="right"))
        found.append(_cut(tail.scores, count))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _impostor_tail(data: LabelledSet, size: int) -> _Tail:
    """The ``size`` highest impostor similarities. Of equals at the cut, any."""
    scores = np.empty(0, dtype=np.float32)
    first, second = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
    floor = np.float32(-np.inf)
    for block in pair_blocks(data):
        rows, columns = np.nonzero(block.impostor & (block.similarities > floor))
        found = block.similarities[rows, columns]
        if len(found) > size:  # shrink before joining: the first block passes whole
            best = np.argpartition(found, len(found) - size)[-size:]
            rows, columns, found = rows[best], columns[best], found[best]
        scores = np.concatenate([scores, found])
        first = np.concatenate([first, data.codes[block.start + rows]])
        second = np.concatenate([second, data.codes[block.start + columns]])
        if len(scores) > size:
            best = np.argpartition(scores, len(scores) - size)[-size:]
            scores, first, second = scores[best], first[best], second[best]
        if len(scores) == size:
            floor = scores.min()
    order = np.argsort(-scores, kind="stable")
    return _Tail(scores[order], first[order], second[order])


def _cut(scores: FloatArray, allowed: int) -> float:
    """The lowest of the falling scores that at most ``allowed`` reach."""
    if allowed >= len(scores):  # all pairs may pass
        return float(scores[-1])
    # Everything equal to the first score that must not pass is cut off with it.
    passing = int(np.searchsorted(-scores, -scores[allowed], side="left"))
    if passing == 0:
        return float(np.nextafter(scores[0], np.float32(np.inf)))
    return float(scores[passing - 1])


def _genuine_accepted(data: LabelledSet, thresholds: Sequence[float]) -> NDArray[np.int64]:
    """Genuine pairs at or above each threshold, person by person: ``(people, thresholds)``."""
    accepted = np.zeros((len(data.sizes), len(thresholds)), dtype=np.int64)
    order = np.argsort(data.codes, kind="stable")
    for person, photos in enumerate(np.split(order, np.cumsum(data.sizes)[:-1])):
        if len(photos) > 1:
            own = data.vectors[photos]
            scores = (own @ own.T)[np.triu_indices(len(photos), 1)].astype(np.float64)
            accepted[person] = [(scores >= threshold).sum() for threshold in thresholds]
    return accepted


def _measure(
    data: LabelledSet, tail: _Tail, threshold: float, fmr: float, accepted: NDArray[np.int64]
) -> MeasuredThreshold:
    people = len(data.sizes)
    passing = int((tail.scores >= np.float32(threshold)).sum())
    matched = sum(
        np.bincount(side[:passing], minlength=people) for side in (tail.first, tail.second)
    )
    own, others = data.sizes * (data.sizes - 1) // 2, data.sizes * (data.sizes.sum() - data.sizes)
    return MeasuredThreshold(
        similarity=threshold,
        fmr=fmr,
        measured_fmr=rate_over_pairs(matched, others, passing),
        fmr_binomial=wilson(passing, data.impostor_pairs),
        tmr=rate_over_people(accepted, own, passing),
        false_matches=passing,
        impostor_pairs=data.impostor_pairs,
        genuine_pairs=data.genuine_pairs,
        photos=len(data.vectors),
        people=people,
    )

"""How sure a rate over pairs is when people recur in them: the bootstrap over subjects.

Drawing people with replacement (Bolle, Ratha and Pankanti, "Error analysis of pattern
recognition systems: the subsets bootstrap", CVIU 2004) counts an impostor pair as often as the
product of its two people's draws. Two things spoil that interval: the chance part of each
impostor pair is counted three times over, so that sparse lists get intervals far too wide, and
percentiles over few people are too narrow. Here (coverage: tests/evaluation/test_coverage.py)

* each person gets a random weight of mean 1 and variance 1/4 (gamma; a smooth bootstrap in the
  sense of Rubin, "The Bayesian bootstrap", 1981), a genuine pair its person's, an impostor pair
  the product of its two; no draw leaves a person out;
* the variance over impostor pairs weighted one by one is taken off, as it was counted once for
  each of its two people (Cameron, Gelbach and Miller, "Robust inference with multiway
  clustering", 2011); what remains is at least the variance over all pairs one by one;
* the interval is that of all rates over people (``log_odds_interval``), the people being those
  who have a genuine pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InvalidArray
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, log_odds_interval
from mien.evaluation.rates import check_scores, roc

REPLICATES = 300
_SHAPE = 4.0  # of the gamma weights: their variance is 1/4
_SLACK = 1.0 + 1e-9  # weighted counts are sums of fractions
_BLOCK_CELLS = 2_000_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SubjectIntervals:
    """Rates of a list of pairs, their intervals by resampling people.

    Attributes:
        tar: true accept rate at each false accept rate that was asked, in that order.
        eer: equal error rate.
        accuracy: share of right verdicts, where verdicts were given.
    """

    tar: tuple[Rate, ...]
    eer: Rate
    accuracy: Rate | None


def subject_intervals(
    similarities: Any,
    same: Any,
    subjects: Sequence[tuple[str, str]],
    fars: Sequence[float],
    right: Any = None,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> SubjectIntervals:
    """Intervals that allow for people who recur; thresholds at a rate are set anew in each draw.

    Args:
        similarities: ``(N,)`` scores; ``-inf`` is never accepted.
        same: ``(N,) bool``.
        subjects: N pairs of people's names; equal within a genuine pair, and only there.
        fars: false accept rates.
        right: ``(N,) bool``, a verdict on each pair, or None.
        replicates: number of draws.
        seed: of the generator.

    Raises:
        InvalidArray, InsufficientData: as :func:`mien.evaluation.rates.roc`; also for subjects
            that contradict the labels.
        InvalidOption: for a rate outside [0, 1] or a replicate count out of range.
    """
    scores, genuine = check_scores(similarities, same)
    levels = [check_fraction(far, "far") for far in fars]
    draws = check_count(replicates, "replicates", low=40, high=100_000)
    verdicts = None if right is None else np.asarray(right)
    if verdicts is not None and (verdicts.shape != scores.shape or verdicts.dtype != np.bool_):
        raise InvalidArray(f"right: expected ({len(scores)},) bool, got {verdicts.shape}")
    first, second = _codes(subjects, genuine)
    order = np.argsort(-scores, kind="stable")
    sample = _Sample(
        scores=scores[order],
        genuine=genuine[order],
        first=first[order],
        second=second[order],
        fars=tuple(levels),
        right=None if verdicts is None else verdicts[order],
    )
    values = sample.rates(np.ones((1, len(scores))))[0]
    variances = _variances(sample, draws, np.random.default_rng(seed))
    curve = roc(scores, genuine)
    errors = [curve.at_far(level).false_accepts for level in levels]
    errors.append(round(float(values[len(levels)]) * len(scores)))
    errors.append(0 if verdicts is None else int((~verdicts).sum()))
    found = [
        _rate(float(value), float(variance), sample.genuine_people, wrong)
        for value, variance, wrong in zip(values, variances, errors, strict=False)
    ]
    count = len(levels)
    return SubjectIntervals(
        tuple(found[:count]), found[count], None if verdicts is None else found[-1]
    )


def bootstrap_tar_at_far(
    similarities: Any,
    same: Any,
    subjects: Sequence[tuple[str, str]],
    far: float,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Rate:
    """True accept rate at one false accept rate; see :func:`subject_intervals`."""
    found = subject_intervals(similarities, same, subjects, [far], None, replicates, seed)
    return found.tar[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Pairs with scores falling; ``first`` and ``second`` are their people as 0 to P - 1."""

    scores: Floats
    genuine: NDArray[np.bool_]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    fars: tuple[float, ...]
    right: NDArray[np.bool_] | None

    @property
    def people(self) -> int:
        return int(max(self.first.max(), self.second.max())) + 1

    @property
    def genuine_people(self) -> int:
        """How many people have a genuine pair."""
        return len(np.unique(self.first[self.genuine]))

    def rates(self, weights: Floats) -> Floats:
        """Of weights ``(R, N)`` the rates ``(R, S)``: TAR at each FAR, EER, accuracy if asked."""
        ends = np.flatnonzero(np.append(self.scores[1:] != self.scores[:-1], True))
        true = np.cumsum(weights * self.genuine, axis=1)[:, ends]
        false = np.cumsum(weights * ~self.genuine, axis=1)[:, ends]
        true /= true[:, -1:]
        false /= false[:, -1:]
        usable = int(np.isfinite(self.scores[ends]).sum())  # -inf is never accepted
        columns = [_tar(true[:, :usable], false[:, :usable], far) for far in self.fars]
        columns.append(_equal_error_rate(true, false))
        if self.right is not None:
            columns.append((weights @ self.right) / weights.sum(axis=1))
        return np.stack(columns, axis=1)


def _tar(true: Floats, false: Floats, far: float) -> Floats:
    """The share of genuine weight at the last point that keeps the rate."""
    last = (false <= far * _SLACK).sum(axis=1) - 1
    if true.shape[1] == 0:
        return np.zeros(len(true))
    found = np.take_along_axis(true, np.maximum(last, 0)[:, None], axis=1)[:, 0]
    return np.where(last < 0, 0.0, found)


def _equal_error_rate(true: Floats, false: Floats) -> Floats:
    """As :attr:`mien.evaluation.rates.Roc.eer`, row by row."""
    start = np.zeros((len(true), 1))
    far = np.concatenate([start, false], axis=1)
    gap = far - (1.0 - np.concatenate([start, true], axis=1))  # from -1 to 1, rising
    after = np.argmax(gap >= 0, axis=1)[:, None]
    after_far, after_gap = (np.take_along_axis(one, after, axis=1) for one in (far, gap))
    before_far, before_gap = (np.take_along_axis(one, after - 1, axis=1) for one in (far, gap))
    share = -before_gap / (after_gap - before_gap)
    return np.asarray(before_far + share * (after_far - before_far))[:, 0]


def _variances(sample: _Sample, draws: int, generator: np.random.Generator) -> Floats:
    """Of each rate, by weights on people, with what they count twice taken off."""
    by_people, by_impostors, by_pairs = [], [], []
    size = len(sample.scores)
    block = max(1, _BLOCK_CELLS // size)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        weight = generator.standard_gamma(_SHAPE, size=(rows, sample.people)) / _SHAPE
        first, second = weight[:, sample.first], weight[:, sample.second]
        by_people.append(sample.rates(np.where(sample.genuine, first, first * second)))
        single = generator.standard_gamma(_SHAPE, size=(rows, size)) / _SHAPE
        by_impostors.append(sample.rates(np.where(sample.genuine, 1.0, single)))
        by_pairs.append(sample.rates(single))
    people, impostors, pairs = (
        np.concatenate(blocks).var(axis=0, ddof=1) * _SHAPE
        for blocks in (by_people, by_impostors, by_pairs)
    )
    variances: Floats = np.maximum(people - impostors, pairs)
    return variances


def _rate(value: float, variance: float, people: int, errors: int) -> Rate:
    supported = errors >= SUPPORTING_ERRORS
    odd = value * (1.0 - value)
    low, high = log_odds_interval(value, variance / odd**2 if odd > 0.0 else 0.0, people)
    return Rate(value, low, high, supported)


def _codes(
    subjects: Sequence[tuple[str, str]], genuine: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    if len(subjects) != len(genuine):
        raise InvalidArray(f"subjects: expected {len(genuine)} pairs of names, got {len(subjects)}")
    codes: dict[str, int] = {}
    flat = [codes.setdefault(name, len(codes)) for pair in subjects for name in pair]
    array = np.array(flat, dtype=np.intp).reshape(-1, 2)
    if ((array[:, 0] == array[:, 1]) != genuine).any():
        raise InvalidArray("subjects: expected equal names in genuine pairs only, got others")
    return array[:, 0], array[:, 1]

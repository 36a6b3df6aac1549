"""Two systems on the same questions: McNemar's test, and the paired bootstrap.

Both systems are judged on the same draws, so what is hard for both cancels out of their
difference. Sources: McNemar, "Note on the sampling error of the difference between correlated
proportions", Psychometrika 1947 (the exact test is the binomial one on the questions that only
one system answers right); Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), the
percentile interval; for draws of people, Bolle, Ratha and Pankanti, CVIU 2004.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count
from mien.errors import InsufficientData
from mien.evaluation.rates import Roc, check_scores
from mien.evaluation.resample import times_drawn

Weights = NDArray[np.int64]
Draw = Callable[[np.random.Generator], Weights]


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p value of "both are right equally often".

    Args:
        only_a: questions that A answers right and B wrong.
        only_b: questions that B answers right and A wrong.

    Raises:
        InvalidOption: a count below 0.
    """
    trials = check_count(only_a, "only_a", 0, 10**9) + check_count(only_b, "only_b", 0, 10**9)
    fewer = np.arange(min(only_a, only_b) + 1)
    # log C(n, k) - n log 2: the binomial's own terms are below the smallest float from n = 1075.
    steps = np.log(np.maximum(trials - fewer[:-1], 1)) - np.log(fewer[1:])
    logs = np.concatenate([[0.0], np.cumsum(steps)]) - trials * math.log(2.0)
    return min(1.0, 2.0 * float(np.exp(logs).sum()))


class RankedScores:
    """Scores sorted once, whose curve can be had with any weights.

    Args:
        scores: ``(N,)``, larger is more alike; ``-inf`` is never accepted.
        same: ``(N,) bool``, True for genuine pairs.

    Raises:
        InvalidArray, InsufficientData: as :func:`mien.evaluation.rates.roc`.
    """

    def __init__(self, scores: Any, same: Any) -> None:
        values, genuine = check_scores(scores, same)
        self._order = np.argsort(-values, kind="stable")
        ranked = values[self._order]
        self._genuine = genuine[self._order]
        # No threshold lies between equal scores: only the last of each run is a point.
        self._ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
        self._thresholds = np.concatenate([[np.inf], ranked[self._ends]])

    def roc(self, weights: Weights) -> Roc | None:
        """The curve if each trial counts so often; None where a class does not count at all."""
        drawn = weights[self._order]
        true = np.cumsum(drawn * self._genuine)
        false = np.cumsum(drawn) - true
        if not true[-1] or not false[-1]:
            return None
        return Roc(
            thresholds=self._thresholds,
            false_accepts=np.concatenate([[0], false[self._ends]]),
            true_accepts=np.concatenate([[0], true[self._ends]]),
            genuine=int(true[-1]),
            impostor=int(false[-1]),
        )


def draw_trials(same: NDArray[np.bool_]) -> Draw:
    """Draws as many trials as there are, with replacement, from each class by itself."""
    classes = [np.flatnonzero(same), np.flatnonzero(~same)]

    def draw(generator: np.random.Generator) -> Weights:
        weights = np.zeros(len(same), dtype=np.int64)
        for members in classes:
            if len(members):
                weights[members] = times_drawn(generator, len(members))
        return weights

    return draw


def draw_subjects(subjects: Sequence[tuple[str, ...]]) -> Draw:
    """Draws as many people as there are; a trial counts as the product of its people's draws."""
    codes: dict[str, int] = {}
    people = [[codes.setdefault(one, len(codes)) for one in dict.fromkeys(s)] for s in subjects]
    count = len(codes)
    width = max(map(len, people), default=0)
    # Where a trial has fewer people than others, the place after the last one counts once.
    table = np.full((len(people), width), count, dtype=np.intp)
    for row, members in zip(table, people, strict=True):
        row[: len(members)] = members

    def draw(generator: np.random.Generator) -> Weights:
        weights: Weights = np.append(times_drawn(generator, count), 1)[table].prod(
            axis=1, dtype=np.int64
        )
        return weights

    return draw


def paired_intervals(
    statistic: Callable[[Weights], NDArray[np.float64]], draw: Draw, replicates: int, seed: int
) -> NDArray[np.float64]:
    """The 95 % percentile intervals of several statistics, all of the same draws.

    Args:
        statistic: weights of the trials to K numbers; NaN where a draw says nothing.
        draw: makes the weights.
        replicates: number of draws, 40 at least.
        seed: of the generator.

    Returns:
        ``(K, 2) float64``: low and high.

    Raises:
        InvalidOption: a number of replicates out of range.
        InsufficientData: more than half of the draws say nothing.
    """
    generator = np.random.default_rng(seed)
    count = check_count(replicates, "replicates", 40, 100_000)
    values = np.array([statistic(draw(generator)) for _ in range(count)], dtype=np.float64)
    values = values[~np.isnan(values).any(axis=1)]
    if len(values) < count / 2:
        raise InsufficientData(
            "bootstrap: expected enough people to draw questions of both kinds from, got too few; "
            "add people"
        )
    return np.quantile(values, [0.025, 0.975], axis=0).T

"""The rates of two systems on the same questions, and their differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.findings import Trials
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate
from mien.evaluation.paired import Draw, RankedScores, Weights, paired_intervals

FARS = (1e-1, 1e-2, 1e-3, 1e-4)
RIGHT_NAMES = {"pair": ("accuracy", "accuracy"), "search": ("rank_1", "rank-1 rate")}
VERDICT_KEYS = ("accuracy", "rank_1", "right")


@dataclass(frozen=True, slots=True)
class PairedRate:
    """One rate of both, and its difference.

    Attributes:
        key, label: its name in JSON and for people.
        a, b: with intervals of the same draws as the difference.
        difference: B - A; ``supported`` if 30 errors stand behind it.
        more_is_better: False for error rates.
    """

    key: str
    label: str
    a: Rate
    b: Rate
    difference: Rate
    more_is_better: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "a": self.a.to_json(),
            "b": self.b.to_json(),
            "difference": self.difference.to_json(),
        }


class System:
    """One system's rates for any weights of the questions.

    Attributes:
        labels: key, name and whether more is better, of each rate.
        questions: how many there are.

    Args:
        trials: its answers.
        counted: ``(N,) bool``, the questions whose verdicts count.
        other: the other system's answers: only what both give is compared.
    """

    def __init__(self, trials: Trials, counted: NDArray[np.bool_], other: Trials) -> None:
        self.labels: list[tuple[str, str, bool]] = []
        self._verdicts: NDArray[np.bool_] | None = None
        self._ranked: RankedScores | None = None
        self._fars: list[float] = []
        self._counted = counted
        self.questions = len(counted)
        if trials.right and other.right and counted.any():
            self._verdicts = np.array(trials.right, dtype=np.bool_) & counted
            key, label = RIGHT_NAMES.get(trials.kind, ("right", "share of right answers"))
            self.labels.append((key, label, True))
        impostors = len(trials.same) - sum(trials.same)
        if trials.kind == "pair" and 0 < impostors < len(trials.same):
            scores = [-math.inf if one is None else one for one in trials.scores]
            self._ranked = RankedScores(scores, np.array(trials.same, dtype=np.bool_))
            self._fars = [far for far in FARS if far * impostors >= 1]
            self.labels.append(("eer", "equal error rate", False))
            self.labels += [
                (f"tar_at_far_{far:g}", f"TAR at FAR {far:g}", True) for far in self._fars
            ]

    def rates(self, weights: Weights) -> list[float]:
        """The rates in the order of the labels; NaN where these weights say nothing."""
        values = []
        if self._verdicts is not None:
            total = int(weights[self._counted].sum())
            values.append(float(weights[self._verdicts].sum()) / total if total else math.nan)
        if self._ranked is not None:
            curve = self._ranked.roc(weights)
            if curve is None:
                return [*values, *[math.nan] * (1 + len(self._fars))]
            values += [curve.eer, *(curve.at_far(far).tar for far in self._fars)]
        return values

    def errors(self, weights: Weights) -> list[int]:
        """How many errors stand behind each rate."""
        counts = []
        if self._verdicts is not None:
            counts.append(int(weights[self._counted].sum() - weights[self._verdicts].sum()))
        curve = None if self._ranked is None else self._ranked.roc(weights)
        if curve is not None:
            counts.append(round(curve.eer * (curve.genuine + curve.impostor)))
            counts += [curve.at_far(far).false_accepts for far in self._fars]
        return counts

    def disagreeing(self, other: System) -> int:
        """On how many questions exactly one of the two is right; 0 without verdicts."""
        if self._verdicts is None or other._verdicts is None:
            return 0
        return int((self._verdicts != other._verdicts).sum())


def paired_rates(
    a: System, b: System, draw: Draw, replicates: int, seed: int
) -> tuple[PairedRate, ...]:
    """The rates of both systems and their differences, all on the same draws.

    Raises:
        InvalidOption, InsufficientData: as :func:`mien.evaluation.paired.paired_intervals`.
    """

    def statistic(weights: Weights) -> NDArray[np.float64]:
        of_a, of_b = np.array(a.rates(weights)), np.array(b.rates(weights))
        return np.concatenate([of_a, of_b, of_b - of_a])

    count = len(a.labels)
    once = np.ones(a.questions, dtype=np.int64)
    points = statistic(once).reshape(3, count)
    bounds = paired_intervals(statistic, draw, replicates, seed).reshape(3, count, 2)
    errors = a.errors(once), b.errors(once)
    rates = []
    for index, (key, label, more_is_better) in enumerate(a.labels):
        behind = [errors[0][index], errors[1][index]]
        # What both get wrong says nothing of their difference in verdicts.
        told_apart = a.disagreeing(b) if key in VERDICT_KEYS else min(behind)
        supported = [one >= SUPPORTING_ERRORS for one in (*behind, told_apart)]
        of_a, of_b, difference = (
            Rate(float(points[row, index]), low, high, supported[row])
            for row, (low, high) in enumerate(bounds[:, index].tolist())
        )
        rates.append(PairedRate(key, label, of_a, of_b, difference, more_is_better))
    return tuple(rates)

"""Does one threshold serve everybody: rates of cohorts at the threshold of all.

A pair belongs to a cohort if both of its photos have the cohort's label. Source: ISO/IEC
19795-10 (differences between demographic groups), where the threshold is global, too: one that
is set for each cohort hides what a system with one threshold does to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.cohort_labels import Labels
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, rate_of
from mien.evaluation.pairs import Pair
from mien.evaluation.rates import roc
from mien.renamed import limit_json

MOST_LABELS = 100
"""A column of a list of pairs with more tells pairs apart, not groups: it makes no cohorts."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Pairs whose two photos share a label.

    Attributes:
        label: that they share.
        genuine, impostor: how many pairs.
        misses: genuine pairs below the threshold, or without a score.
        false_matches: impostor pairs at or above it.
        tar, fmr: true accept rate and false match rate; None without pairs of that kind.
    """

    label: str
    genuine: int
    impostor: int
    misses: int
    false_matches: int

    @property
    def tar(self) -> Rate | None:
        """Supported if 30 misses stand behind it."""
        hits = self.genuine - self.misses
        return rate_of(hits, self.genuine, self.misses) if self.genuine else None

    @property
    def fmr(self) -> Rate | None:
        """Supported if 30 false matches stand behind it."""
        count = self.false_matches
        return rate_of(count, self.impostor, count) if self.impostor else None

    @property
    def enough(self) -> bool:
        """Whether there are 30 errors of each kind: fewer say little."""
        return min(self.misses, self.false_matches) >= SUPPORTING_ERRORS

    def to_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "genuine": self.genuine,
            "impostor": self.impostor,
            "misses": self.misses,
            "false_matches": self.false_matches,
            "tar": None if self.tar is None else self.tar.to_json(),
            "fmr": None if self.fmr is None else self.fmr.to_json(),
            "enough": self.enough,
        }


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the worst cohort's error rate is the best one's.

    ``value`` is None where the best one made no error. ``supported`` is True where 30 errors
    stand behind both.
    """

    worst: str
    best: str
    value: float | None
    supported: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "worst": self.worst,
            "best": self.best,
            "value": self.value,
            "supported": self.supported,
        }


@dataclass(frozen=True, slots=True)
class CohortColumn:
    """All cohorts of one kind of label.

    Attributes:
        name: of the column.
        cohorts: by label.
        cross_pairs: pairs of two cohorts, left out.
        unlabelled_pairs: pairs of which a photo has no label, left out.
        miss_ratio, fmr_ratio: worst to best of 1 - TAR and of FMR; None with fewer than two.
    """

    name: str
    cohorts: tuple[Cohort, ...]
    cross_pairs: int
    unlabelled_pairs: int

    @property
    def miss_ratio(self) -> Ratio | None:
        return _ratio([(c.label, c.misses, c.genuine) for c in self.cohorts])

    @property
    def fmr_ratio(self) -> Ratio | None:
        return _ratio([(c.label, c.false_matches, c.impostor) for c in self.cohorts])

    def to_json(self) -> dict[str, Any]:
        misses, matches = self.miss_ratio, self.fmr_ratio
        return {
            "column": self.name,
            "cohorts": [cohort.to_json() for cohort in self.cohorts],
            "cross_pairs": self.cross_pairs,
            "unlabelled_pairs": self.unlabelled_pairs,
            "miss_ratio": None if misses is None else misses.to_json(),
            "fmr_ratio": None if matches is None else matches.to_json(),
        }


@dataclass(frozen=True, slots=True)
class CohortReport:
    """Cohorts at the threshold that all pairs together need for the rate ``far``.

    ``false_accepts`` is how many impostor pairs of all pass there: below 30 the threshold itself
    is a guess.
    """

    far: float
    threshold: float
    false_accepts: int
    columns: tuple[CohortColumn, ...]

    @property
    def supported(self) -> bool:
        """Whether 30 false accepts stand behind the threshold."""
        return self.false_accepts >= SUPPORTING_ERRORS

    def to_json(self, limit: str = "min_similarity") -> dict[str, Any]:
        """Plain values, the threshold under the name ``limit``."""
        return {
            "far": self.far,
            **limit_json(self.threshold, limit),
            "false_accepts": self.false_accepts,
            "supported": self.supported,
            "columns": [column.to_json() for column in self.columns],
        }


def evaluate_cohorts(
    pairs: Sequence[Pair], similarities: Any, labels: Labels | None = None, far: float = 1e-3
) -> CohortReport:
    """Rates of each cohort at one threshold.

    Args:
        pairs: what is true.
        similarities: ``(N,)`` in the order of the pairs; NaN is never accepted.
        labels: of the photos or their people, beside those that the list itself has.
        far: all pairs' false accept rate that the threshold keeps.

    Raises:
        InvalidArray: similarities that do not fit the pairs.
        InsufficientData: pairs of one kind only, or none with a label on both photos.
        InvalidOption: a rate outside [0, 1].
    """
    scores = np.asarray(similarities, dtype=np.float64)
    if scores.shape != (len(pairs),):
        raise InvalidArray(f"similarities: expected ({len(pairs)},), got shape {scores.shape}")
    scores = np.where(np.isnan(scores), -np.inf, scores)
    same = np.array([pair.same for pair in pairs], dtype=np.bool_)
    point = roc(scores, same).at_far(far)
    accepted = scores >= point.threshold
    sides = _sides(pairs, labels)
    columns = tuple(_column(name, known, same, accepted) for name, known in sides.items())
    if not any(column.cohorts for column in columns):
        raise InsufficientData(
            "cohorts: expected pairs with a label on both photos, got none; the column path or "
            "person has to name them as the list of pairs does"
        )
    return CohortReport(far, point.threshold, point.false_accepts, columns)


def list_has_cohorts(pairs: Sequence[Pair]) -> bool:
    """Whether further columns of a list put some pair into a cohort."""
    sides = [both for known in _sides(pairs, None).values() for both in known]
    return any(first and first == second for first, second in sides)


def _sides(pairs: Sequence[Pair], labels: Labels | None) -> dict[str, list[tuple[str, str]]]:
    """By column the labels of each pair's photos; a file's column hides the list's of its name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for place, (name, _, _) in enumerate(pairs[0].labels if pairs else ()):
        sides = [pair.labels[place][1:] for pair in pairs]
        if len({label for both in sides for label in both}) <= MOST_LABELS:
            found[name] = [(first, second) for first, second in sides]
    if labels is not None:
        known = [(labels.of(pair.path1), labels.of(pair.path2)) for pair in pairs]
        for place, name in enumerate(labels.columns):
            found[name] = [(first[place], second[place]) for first, second in known]
    return found


def _column(
    name: str,
    known: Sequence[tuple[str, str]],
    same: NDArray[np.bool_],
    accepted: NDArray[np.bool_],
) -> CohortColumn:
    counts: dict[str, list[int]] = {}
    cross = unlabelled = 0
    for (first, second), genuine, passed in zip(known, same, accepted, strict=True):
        if not first or not second:
            unlabelled += 1
        elif first != second:
            cross += 1
        else:
            count = counts.setdefault(first, [0, 0, 0, 0])
            count[0 if genuine else 1] += 1
            count[2] += bool(genuine and not passed)
            count[3] += bool(passed and not genuine)
    cohorts = tuple(Cohort(label, *counts[label]) for label in sorted(counts))
    return CohortColumn(name, cohorts, cross, unlabelled)


def _ratio(rows: Sequence[tuple[str, int, int]]) -> Ratio | None:
    """Of (label, errors, trials); cohorts without trials are no part of it."""
    rates: Mapping[str, float] = {
        label: errors / trials for label, errors, trials in rows if trials
    }
    if len(rates) < 2:
        return None
    worst, best = max(rates, key=rates.__getitem__), min(rates, key=rates.__getitem__)
    enough = {label: errors >= SUPPORTING_ERRORS for label, errors, _ in rows}
    value = rates[worst] / rates[best] if rates[best] > 0 else None
    return Ratio(worst, best, value, enough[worst] and enough[best])

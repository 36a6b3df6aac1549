"""Live faces and attacks counted at or above every score that occurs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count
from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.rates import Roc, allowed_errors

LIVE = "live"


@dataclass(frozen=True, slots=True, eq=False)
class LivenessCounts:
    """Presentations at or above every score that occurs, from "none" on.

    Attributes:
        thresholds: ``(K,) float64``, falling, the first infinite.
        live: ``(K,) int64``, live faces taken for live.
        attacks: ``(A, K) int64``, attacks of each kind taken for live.
        kinds: A names.
    """

    thresholds: NDArray[np.float64]
    live: NDArray[np.int64]
    attacks: NDArray[np.int64]
    kinds: tuple[str, ...]

    @property
    def bpcer(self) -> NDArray[np.float64]:
        """``(K,)``."""
        return np.asarray(1.0 - self.live / self.live[-1])

    @property
    def apcer(self) -> NDArray[np.float64]:
        """``(A, K)``."""
        return np.asarray(self.attacks / self.attacks[:, -1:])

    def roc(self) -> Roc:
        """All attacks together against live faces."""
        together = self.attacks.sum(axis=0)
        return Roc(self.thresholds, together, self.live, int(self.live[-1]), int(together[-1]))

    def place_of(self, apcer: float) -> int:
        """The last point at which no kind's APCER exceeds it; 0 takes none for live."""
        allowed = [allowed_errors(apcer, int(row[-1])) for row in self.attacks]
        kept = (self.attacks <= np.array(allowed)[:, None]).all(axis=0)
        return int(np.flatnonzero(kept)[-1])


def liveness_counts(labels: Sequence[str], scores: Any) -> LivenessCounts:
    """Count; what has no score is left out, and so is a kind of which nothing has one.

    Raises:
        InvalidArray, InsufficientData: as :func:`check_liveness`.
    """
    values, names = check_liveness(labels, scores)
    answered = ~np.isnan(values)
    values, names = values[answered], names[answered]
    levels, place = np.unique(-values, return_inverse=True)

    def at_or_above(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        counts = np.bincount(place[which], minlength=len(levels))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    kinds = tuple(str(kind) for kind in np.unique(names) if kind != LIVE)
    return LivenessCounts(
        np.concatenate([[np.inf], -levels]),
        at_or_above(names == LIVE),
        np.array([at_or_above(names == kind) for kind in kinds]),
        kinds,
    )


def equal_error_threshold(counts: LivenessCounts) -> float:
    """The middle of the gap in which the two error rates of all differ least."""
    gap = np.abs(counts.roc().false_accepts / counts.roc().impostor - counts.bpcer)
    place = 1 + int(np.argmin(gap[1:]))  # not the first, at which nothing is live
    here = float(counts.thresholds[place])
    if place + 1 == len(counts.thresholds):
        return here
    below = float(counts.thresholds[place + 1])
    middle = here / 2.0 + below / 2.0
    return middle if below < middle <= here else here


def drawn_counts(counts: LivenessCounts, replicates: int, seed: int) -> Iterator[LivenessCounts]:
    """As many presentations of each kind as there are, drawn with replacement.

    Raises:
        InvalidOption: a replicate count out of range.
    """
    rounds = check_count(replicates, "replicates", low=40, high=100_000)
    generator = np.random.default_rng(seed)
    rows = np.vstack([counts.live, counts.attacks])
    shares = np.diff(rows, axis=1) / rows[:, -1:]
    for _ in range(rounds):
        times = generator.multinomial(rows[:, -1], shares)
        again = np.hstack([np.zeros((len(rows), 1), np.int64), np.cumsum(times, axis=1)])
        yield LivenessCounts(counts.thresholds, again[0], again[1:], counts.kinds)


def check_liveness(labels: Sequence[str], scores: Any) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Scores and labels that can be judged: ``(N,) float64`` with NaN for no answer, and N words.

    Raises:
        InvalidArray: scores that do not fit the labels, or are infinite.
        InsufficientData: no live face or no attack with a score.
    """
    try:
        values = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArray("scores: expected numbers, got others") from error
    names = np.array(labels, dtype=object)
    if values.ndim != 1 or names.shape != values.shape:
        raise InvalidArray(f"scores: expected ({len(names)},) numbers, got shape {values.shape}")
    if np.isinf(values).any():
        raise InvalidArray("scores: expected finite numbers or NaN, got infinity")
    answered = names[~np.isnan(values)]
    if not (answered == LIVE).any() or (answered == LIVE).all():
        missing = "attack" if (answered == LIVE).any() else "live face"
        raise InsufficientData(f"scores: expected live faces and attacks, got no {missing}")
    return values, names

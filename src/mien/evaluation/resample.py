"""The one resampler: units drawn with replacement, be they people, photos or trials.

It serves where a threshold is set anew in each draw, or where a number is no rate at all. A rate at
a threshold that is given needs no draws: see ``mien.evaluation.people_rates``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 50

Counts = NDArray[np.int64]


def times_drawn(generator: np.random.Generator, units: int) -> Counts:
    """How often each of so many units is drawn: ``(units,)``, as many draws as units."""
    return np.bincount(generator.integers(units, size=units), minlength=units).astype(np.int64)


def drawn(units: int, replicates: int, seed: int | Sequence[int]) -> Iterator[Counts]:
    """The same in each replicate: ``(at most CHUNK, units)``, ``replicates`` rows in all."""
    generator = np.random.default_rng(seed)
    for start in range(0, replicates, CHUNK):
        rows = min(CHUNK, replicates - start)
        yield np.stack([times_drawn(generator, units) for _ in range(rows)])


def log_odds_variance(shares: Any, trials: float) -> float:
    """The variance of the log-odds of a share over draws; half a trial keeps each of them finite.

    Args:
        shares: ``(R,)`` in [0, 1], one of each draw.
        trials: behind the share.
    """
    hits = np.asarray(shares, dtype=np.float64) * trials
    return float(np.var(np.log((hits + 0.5) / (trials - hits + 0.5)), ddof=1))

"""Rates of trials that come in groups: the faces of one photo, the frames of one person.

What is in one photo is found or missed together, so the bootstrap draws photos, not faces. Where
all groups are alike (nothing was missed at all) it would say that the rate is certain; Wilson's
interval knows better, and the wider of the two ends is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count
from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, wilson

REPLICATES = 1000


def clustered_rate(
    successes: Any, trials: Any, replicates: int = REPLICATES, seed: int = 0
) -> Rate:
    """The share of all successes among all trials.

    Args:
        successes: ``(G,)`` whole numbers, one a group.
        trials: ``(G,)`` whole numbers, each at least its successes; 0 for a group without any.
        replicates: draws of the bootstrap.
        seed: of its generator.

    Raises:
        InvalidArray: other shapes, or more successes than trials.
        InsufficientData: no trials.
        InvalidOption: a replicate count out of range.
    """
    hits, tries = np.asarray(successes), np.asarray(trials)
    if hits.ndim != 1 or hits.shape != tries.shape or ((hits < 0) | (hits > tries)).any():
        raise InvalidArray("successes, trials: expected (G,) counts, 0 <= successes <= trials")
    right, total = int(hits.sum()), int(tries.sum())
    if total == 0:
        raise InsufficientData("rate: expected at least one trial, got none")
    low, high = wilson(right, total)
    shares = []
    for times in draws(len(hits), replicates, seed):
        drawn = int(times @ tries)
        if drawn:
            shares.append(int(times @ hits) / drawn)
    ends = np.quantile(shares, [0.025, 0.975])
    return Rate(
        right / total,
        min(low, float(ends[0])),
        max(high, float(ends[1])),
        total - right >= SUPPORTING_ERRORS,
    )


def draws(groups: int, replicates: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """How often each group is drawn, for each replicate: as many draws as groups.

    Raises:
        InvalidOption: a replicate count out of range.
    """
    rounds = check_count(replicates, "replicates", low=40, high=100_000)
    generator = np.random.default_rng(seed)
    for _ in range(rounds):
        yield np.bincount(generator.integers(groups, size=groups), minlength=groups)

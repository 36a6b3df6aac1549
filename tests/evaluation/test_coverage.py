"""Intervals hold the truth about 95 times in 100: 500 made-up samples of a known population."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from mien.evaluation import subject_intervals, wilson

SAMPLES = 500
FAR = 0.05
SPREAD = 0.7  # how much people differ, in units of a single comparison's spread


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_wilsons_interval_covers_independent_trials(share):
    rng = np.random.default_rng(0)
    intervals = [wilson(int(hits), 600) for hits in rng.binomial(600, share, size=SAMPLES)]
    assert 0.93 <= np.mean([low <= share <= high for low, high in intervals]) <= 0.97


def population(rng, people, impostors):
    """Three genuine pairs a person, some people easier; impostor pairs of two people by chance."""
    easy, hard = SPREAD * rng.normal(size=(2, people))
    owners = np.repeat(np.arange(people), 3)
    first = rng.integers(people, size=impostors)
    second = (first + 1 + rng.integers(people - 1, size=impostors)) % people
    scores = rng.normal(size=len(owners) + impostors)
    scores[: len(owners)] += 2.5 + 1.5 * easy[owners]
    scores[len(owners) :] += hard[first] + hard[second]
    a, b = np.concatenate([owners, first]), np.concatenate([owners, second])
    return scores, a == b, [(str(x), str(y)) for x, y in zip(a, b, strict=True)]


HARD, EASY = math.sqrt(1 + 2 * SPREAD**2), math.sqrt(1 + (1.5 * SPREAD) ** 2)
NORMAL = NormalDist()


def miss_rate(threshold):
    return NORMAL.cdf((threshold - 2.5) / EASY)


TRUE_TAR = 1 - miss_rate(NORMAL.inv_cdf(1 - FAR) * HARD)
# Where t / HARD = (2.5 - t) / EASY, both errors are equally frequent.
TRUE_EER = miss_rate(2.5 * HARD / (HARD + EASY))


@pytest.mark.parametrize("impostors", [240, 1000], ids=["sparse as LFW", "dense"])
def test_the_subject_bootstrap_covers_where_people_differ_and_wilson_does_not(impostors):
    rng = np.random.default_rng(1)
    held = np.zeros(3)
    for _ in range(SAMPLES):
        scores, same, subjects = population(rng, 120, impostors)
        found = subject_intervals(scores, same, subjects, [FAR], replicates=60)
        (tar,), eer, trials = found.tar, found.eer, int(same.sum())
        low, high = wilson(round(tar.value * trials), trials)
        held += (
            tar.low <= TRUE_TAR <= tar.high,
            eer.low <= TRUE_EER <= eer.high,
            low <= TRUE_TAR <= high,
        )
    by_people, by_people_eer, by_wilson = held / SAMPLES
    assert 0.93 <= by_people <= 0.97
    assert 0.93 <= by_people_eer <= 0.97
    assert by_wilson < 0.85

"""Every rate's interval holds the truth about 95 times in 100: samples of people that are made up.

Some people are easier to recognise than others, some resemble everybody. The truth is that of very
many of them.
"""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

import mien.evaluation
from mien.evaluation import (
    evaluate_all_pairs,
    evaluate_liveness,
    impostor_thresholds,
    probing_of_scores,
    rate_over_pairs,
    rate_over_people,
    subject_intervals,
    wilson,
)
from mien.evaluation.open_set import points_at_fpir
from mien.evaluation.resample import drawn

SAMPLES = 200
FAR = 0.05
SPREAD = 0.7  # how much people differ, in units of a single comparison's spread
NORMAL = NormalDist()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_wilsons_interval_covers_independent_trials(share):
    rng = np.random.default_rng(0)
    intervals = [wilson(int(hits), 600) for hits in rng.binomial(600, share, size=500)]
    assert 0.93 <= np.mean([low <= share <= high for low, high in intervals]) <= 0.97


# Each kind: from a generator, rates with the truth about each.


def vectors_of(rng, people, photos=4):
    """Unit vectors; some people lie nearer to where all faces lie, and photos differ in quality."""
    middle = np.zeros(16)
    middle[0] = 1.0
    base = rng.normal(size=(people, 16)) + np.abs(rng.normal(size=(people, 1))) * 1.5 * middle
    noise = rng.gamma(6.0, 1 / 6, size=(people, 1)) * 0.9
    found = np.repeat(base, photos, axis=0)
    found = found + np.repeat(noise, photos, axis=0) * rng.normal(size=found.shape)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@cache
def many_scores():
    """Similarities of very many pairs: of two people, and of one; each sorted."""
    rng = np.random.default_rng(99)
    first, second = (vectors_of(rng, 300_000, 1) for _ in range(2))
    own = vectors_of(rng, 150_000, 2).reshape(-1, 2, 16)
    return np.sort((first * second).sum(axis=1)), np.sort((own[:, 0] * own[:, 1]).sum(axis=1))


def reaching(scores, threshold):
    return 1.0 - np.searchsorted(scores, threshold) / len(scores)


def at_measured_thresholds(rng):
    vectors, labels = vectors_of(rng, 80), [f"p{n // 4}" for n in range(320)]
    impostor, genuine = many_scores()
    for row in impostor_thresholds(vectors, labels, [1e-2, 1e-3]):
        yield f"FMR {row.fmr}", row.measured_fmr, reaching(impostor, row.similarity)
        yield f"TMR at FMR {row.fmr}", row.tmr, reaching(genuine, row.similarity)


def over_all_pairs(rng):
    vectors, labels = vectors_of(rng, 50), [f"p{n // 4}" for n in range(200)]
    impostor, genuine = many_scores()
    for row in evaluate_all_pairs(vectors, labels, fars=(0.05,)).tar_at_far:
        yield "FAR of all pairs", row.measured_far, reaching(impostor, row.threshold)
        yield "TAR of all pairs", row.tar, reaching(genuine, row.threshold)


def of_people_with_a_rate_of_their_own(rng):
    for people, mean, strength in ((20, 0.95, 5), (60, 0.99, 3), (300, 0.7, 3)):
        trials = rng.integers(1, 9, size=people)
        own = rng.beta(mean * strength, (1 - mean) * strength, size=people)
        yield f"hits of {people}", rate_over_people(rng.binomial(trials, own), trials), mean


HARD, EASY = math.sqrt(1 + 2 * SPREAD**2), math.sqrt(1 + (1.5 * SPREAD) ** 2)


def miss_rate(threshold):
    return NORMAL.cdf((threshold - 2.5) / EASY)


TRUE_TAR = 1 - miss_rate(NORMAL.inv_cdf(1 - FAR) * HARD)
# Where t / HARD = (2.5 - t) / EASY, both errors are equally frequent.
TRUE_EER = miss_rate(2.5 * HARD / (HARD + EASY))


def list_of_pairs(rng, impostors, people=120):
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


def of_a_list_of_pairs(rng):
    for impostors in (240, 1000):  # as sparse as LFW's, and dense
        found = subject_intervals(*list_of_pairs(rng, impostors), [FAR], replicates=60)
        yield f"TAR, {impostors} impostor pairs", found.tar[0], TRUE_TAR
        yield f"EER, {impostors} impostor pairs", found.eer, TRUE_EER


def of_searches(rng, people=60, strangers=150, fpir=0.02):
    """Own people score 2.8 higher than the best of the others does for a stranger."""
    mated, others = np.repeat(np.arange(people), 4), np.repeat(np.arange(strangers), 3)
    scores = np.full((len(mated) + len(others), people), -9.0)
    own = 2.8 + SPREAD * rng.normal(size=people)[mated] + rng.normal(size=len(mated))
    scores[np.arange(len(mated)), mated] = own
    best = SPREAD * rng.normal(size=strangers)[others] + rng.normal(size=len(others))
    scores[len(mated) :, 0] = best
    names = [f"p{n}" for n in range(people)]
    who = [f"p{n}" for n in mated] + [f"s{n}" for n in others]
    probing = probing_of_scores(scores, names, who, np.arange(len(who)) < len(mated))
    (point,) = points_at_fpir(probing, [fpir], 100)
    spread = math.sqrt(1 + SPREAD**2)
    truth = NORMAL.cdf(NORMAL.inv_cdf(1 - fpir) - 2.8 / spread)
    yield "FNIR at FPIR", point.fnir, truth


def of_live_faces_and_attacks(rng):
    labels = ["live"] * 200 + ["print"] * 150
    scores = np.concatenate([rng.normal(2.0, size=200), rng.normal(size=150)])
    report = evaluate_liveness(labels, scores, replicates=100)
    yield "liveness EER", report.eer, NORMAL.cdf(-1.0)
    truth = NORMAL.cdf(NORMAL.inv_cdf(0.9) - 2.0)
    yield "BPCER at APCER 10 %", report.bpcer_at[0].bpcer, truth


KINDS = (
    at_measured_thresholds,
    over_all_pairs,
    of_people_with_a_rate_of_their_own,
    of_a_list_of_pairs,
    of_searches,
    of_live_faces_and_attacks,
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_interval_holds_the_truth_about_95_times_in_100(kind, monkeypatch):
    # Coarse bins: the curve is exact where a rate is read off, and a simulation is quick.
    monkeypatch.setattr("mien.evaluation.all_pairs_curve.HALF_BINS", 256)
    monkeypatch.setattr("mien.evaluation.all_pairs_charts.POINTS", 5)
    for room in ("all_pairs_curve.BINS", "all_pairs_charts.BINS", "all_pairs_charts.BARS"):
        monkeypatch.setattr(f"mien.evaluation.{room}", 512)
    rng, held = np.random.default_rng(1), {}
    for _ in range(SAMPLES):
        for name, rate, truth in kind(rng):
            assert rate.low <= rate.value <= rate.high
            held.setdefault(name, []).append(rate.low <= truth <= rate.high)
    shares = {name: float(np.mean(one)) for name, one in held.items()}
    assert min(shares.values()) >= 0.92, shares
    assert max(shares.values()) <= 0.99, shares


@pytest.mark.parametrize(
    ("people", "photos", "far", "spread", "percentiles_hold"),
    [(30, 4, 1e-2, 0.7, (0.7, 0.85)), (200, 2, 2e-4, 0.3, (0.98, 1.0))],
    ids=["few people who resemble others unequally", "false matches are rare"],
)
def test_the_percentiles_of_draws_hold_it_too_seldom_or_always(
    people, photos, far, spread, percentiles_hold
):
    rng = np.random.default_rng(3)
    owners = np.repeat(np.arange(people), photos)
    first, second = (owners[side] for side in np.triu_indices(len(owners), 1))
    first, second = first[first != second], second[first != second]
    threshold = NORMAL.inv_cdf(1 - far) * math.sqrt(1 + 2 * spread**2)
    trials = np.full(people, photos * photos * (people - 1))
    held = np.zeros(2)
    for seed in range(SAMPLES):
        hard = spread * rng.normal(size=people)
        passed = hard[first] + hard[second] + rng.normal(size=len(first)) >= threshold
        a, b = first[passed], second[passed]
        matched = np.bincount(a, minlength=people) + np.bincount(b, minlength=people)
        rate = rate_over_pairs(matched, trials, len(a))
        times = np.concatenate(list(drawn(people, 100, seed)))
        shares = (times[:, a] * times[:, b]).sum(axis=1) / (
            (times.sum(axis=1) ** 2 - (times**2).sum(axis=1)) / 2 * photos**2
        )
        low, high = np.quantile(shares, [0.025, 0.975])
        held += rate.low <= far <= rate.high, low <= far <= high
    ours, percentiles = held / SAMPLES
    assert 0.87 <= ours <= 0.98
    assert percentiles_hold[0] <= percentiles <= percentiles_hold[1]


def test_no_rate_takes_the_percentiles_of_draws_for_its_interval():
    """They cover too seldom. What draws show of a difference, a threshold, galleries is no rate."""
    folder = Path(mien.evaluation.__file__).parents[1]
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(r"quantile\(.*0\.975", path.read_text())
    }
    assert found == {
        "evaluation/impostors.py",  # where a threshold would lie for other people
        "evaluation/paired.py",  # the difference of two systems
        "evaluation/searches.py",  # where the rate of single galleries lies
        "training/metric/held_out.py",  # a difference again
    }

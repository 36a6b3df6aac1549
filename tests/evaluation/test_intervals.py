from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

import oracles
from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.evaluation import bootstrap_tar_at_far, rate_of, wilson


@pytest.mark.parametrize(
    ("successes", "trials"), [(0, 1), (1, 1), (0, 50), (7, 50), (50, 50), (29, 3000)]
)
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_wilsons_interval_is_scipys(successes, trials, confidence):
    truth = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert wilson(successes, trials, confidence) == pytest.approx((truth.low, truth.high))


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.95])
def test_wilsons_interval_holds_the_truth_about_95_times_in_100(share):
    trials = 1000
    held = 0.0
    for successes in range(trials + 1):
        low, high = wilson(successes, trials)
        if low <= share <= high:
            held += float(binom.pmf(successes, trials, share))
    assert 0.93 < held < 0.97


def test_thirty_errors_support_a_rate_and_twenty_nine_do_not():
    assert rate_of(2970, 3000, errors=30).supported
    assert not rate_of(2971, 3000, errors=29).supported


def test_an_interval_of_nothing_or_of_the_impossible_is_refused():
    with pytest.raises(InsufficientData):
        wilson(0, 0)
    with pytest.raises(InvalidOption):
        wilson(5, 4)
    with pytest.raises(InvalidOption):
        wilson(1, 4, confidence=1.0)


def labelled_scores(seed, people=40, photos=3, spread=0.0):
    """All pairs of some photos of each person; some people are harder by ``spread``."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(size=people) * spread
    owners = np.repeat(np.arange(people), photos)
    i, j = np.triu_indices(len(owners), 1)
    first, second = owners[i], owners[j]
    same = first == second
    scores = rng.normal(size=len(i)) + 3.0 * same + hard[first] + hard[second]
    subjects = [(f"p{a}", f"p{b}") for a, b in zip(first, second, strict=True)]
    return scores, same, subjects


def test_the_bootstrap_reports_the_rate_of_the_sample_itself():
    scores, same, subjects = labelled_scores(1, people=12)
    rate = bootstrap_tar_at_far(scores, same, subjects, 0.05, replicates=100)
    expected = oracles.tar_at_far(scores.tolist(), same.tolist(), 0.05)
    assert rate.value == pytest.approx(expected)
    assert rate.low <= rate.value <= rate.high


def test_the_bootstrap_equals_drawing_the_pairs_one_by_one():
    scores, same, subjects = labelled_scores(2, people=6)
    rate = bootstrap_tar_at_far(scores, same, subjects, 0.1, replicates=60, seed=5)
    rng, rates = np.random.default_rng(5), []
    for _ in range(60):
        drawn = [f"p{p}" for p in rng.integers(6, size=6)]
        pairs = []
        for score, truth, (a, b) in zip(scores, same, subjects, strict=True):
            times = drawn.count(a) if truth else drawn.count(a) * drawn.count(b)
            pairs += [(score, bool(truth))] * times
        if {truth for _, truth in pairs} == {True, False}:
            rates.append(oracles.tar_at_far(*zip(*pairs, strict=True), 0.1))
    assert (rate.low, rate.high) == pytest.approx(tuple(np.quantile(rates, [0.025, 0.975])))


def test_people_who_differ_make_the_interval_wider_than_wilsons():
    scores, same, subjects = labelled_scores(3, people=60, spread=0.7)
    rate = bootstrap_tar_at_far(scores, same, subjects, 0.01, replicates=200)
    low, high = wilson(round(rate.value * int(same.sum())), int(same.sum()))
    assert rate.high - rate.low > high - low


def test_the_same_seed_gives_the_same_interval():
    case = labelled_scores(4, people=10)
    assert bootstrap_tar_at_far(*case, 0.1, replicates=50) == bootstrap_tar_at_far(
        *case, 0.1, replicates=50
    )


def test_subjects_that_contradict_the_labels_are_refused():
    with pytest.raises(InvalidArray, match="genuine"):
        bootstrap_tar_at_far([0.9, 0.1], np.array([True, False]), [("a", "b"), ("a", "b")], 0.1)
    with pytest.raises(InvalidArray):
        bootstrap_tar_at_far([0.9, 0.1], np.array([True, False]), [("a", "a")], 0.1)

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation import (
    probing_of_scores,
    rank_rate,
    rate_over_pairs,
    rate_over_people,
    wilson,
)
from mien.evaluation.intervals import student_t
from mien.evaluation.people_rates import effective_people


@pytest.mark.parametrize("degrees", [1, 2, 3, 3.5, 4, 5, 10, 30, 100, 5000])
def test_students_quantile_is_scipys(degrees):
    assert student_t(degrees) == pytest.approx(t.ppf(0.975, degrees), rel=2e-3)


@pytest.mark.parametrize("degrees", [1.1, 1.5, 1.9, 2.2, 2.7])
def test_between_the_first_three_degrees_students_quantile_is_a_little_too_wide(degrees):
    assert 1.0 <= student_t(degrees) / t.ppf(0.975, degrees) <= 1.03


def test_one_trial_a_person_gives_wilsons_interval():
    hits = np.array([1] * 45 + [0] * 5)
    rate = rate_over_people(hits, np.ones(50))
    assert (rate.low, rate.high) == pytest.approx(wilson(45, 50))


def test_photos_that_fail_together_widen_the_interval_as_if_people_were_the_trials():
    together = rate_over_people([10] * 90 + [0] * 10, [10] * 100)
    assert (together.low, together.high) == pytest.approx(wilson(90, 100), abs=0.01)


def test_the_width_is_that_of_a_bootstrap_over_many_people():
    rng = np.random.default_rng(3)
    trials = rng.integers(1, 12, size=400)
    hits = rng.binomial(trials, rng.beta(4, 2, size=400))
    rate = rate_over_people(hits, trials)
    times = rng.multinomial(400, np.full(400, 1 / 400), size=4000)
    low, high = np.quantile((times @ hits) / (times @ trials), [0.025, 0.975])
    assert rate.high - rate.low == pytest.approx(high - low, rel=0.06)


@pytest.mark.parametrize(("people", "photos"), [(8, 20), (60, 8), (300, 3)])
def test_rank_1_of_people_who_differ_is_held_95_times_in_100(people, photos):
    """Some people are harder; the truth is the rate over very many of them."""
    rng = np.random.default_rng(people)

    def chances(count):
        return 1 / (1 + np.exp(-rng.normal(2.0, 1.2, size=count)))

    truth, held = chances(400_000).mean(), 0
    names = [f"p{n}" for n in range(people)]
    for _ in range(500):
        photos_each = rng.integers(1, 2 * photos, size=people)
        owners = np.repeat(np.arange(people), photos_each)
        first = rng.random(len(owners)) < np.repeat(chances(people), photos_each)
        scores = np.zeros((len(owners), people))
        scores[np.arange(len(owners)), owners] = np.where(first, 1.0, -1.0)
        mated = np.ones(len(owners), dtype=bool)
        rate = rank_rate(probing_of_scores(scores, names, [names[o] for o in owners], mated), 1)
        held += rate.low <= truth <= rate.high
    assert 0.93 <= held / 500 <= 0.97


def test_photos_that_recur_are_no_further_evidence():
    free = rate_over_people([990] * 20, [1000] * 20)
    bound = rate_over_people([990] * 20, [1000] * 20, distinct=200)
    once = rate_over_people([9.9] * 20, [10] * 20)
    assert (bound.low, bound.high) == pytest.approx((once.low, once.high), abs=1e-3)
    assert bound.low < free.low


def test_where_nobody_fails_people_are_the_trials_and_pairs_of_people_those_of_pairs():
    rate = rate_over_people([3] * 12, [3] * 12)
    assert (rate.low, rate.high) == pytest.approx(wilson(12, 12))
    rate = rate_over_pairs([0] * 12, [33] * 12, 0)
    assert (rate.low, rate.high) == pytest.approx(wilson(0, 66))
    alone = rate_over_people([20, 0], [30, 0])
    assert (alone.low, alone.high) == (0.0, 1.0)


def test_people_count_as_much_as_their_trials():
    assert effective_people([3, 3, 3, 0]) == pytest.approx(3)
    assert effective_people([100, 1, 1]) < 1.1
    assert effective_people([0, 0]) == 0


def test_a_pair_of_which_each_has_but_one_is_a_trial_of_its_own():
    """Sixty people in thirty pairs: leaving out people tells no more than counting pairs."""
    hits = np.repeat([1, 0], [12, 48])
    rate = rate_over_pairs(hits, np.ones(60), 6)
    plain = wilson(6, 30)
    assert rate.high - rate.low == pytest.approx(plain[1] - plain[0], rel=0.1)


def test_thirty_errors_support_a_rate():
    assert rate_over_people([70], [100]).supported
    assert not rate_over_people([71], [100]).supported
    assert not rate_over_people([70], [100], errors=29).supported


def test_hits_that_cannot_be_are_refused():
    with pytest.raises(InsufficientData):
        rate_over_people([0, 0], [0, 0])
    with pytest.raises(InvalidArray):
        rate_over_people([2], [1])
    with pytest.raises(InvalidArray):
        rate_over_people([np.nan], [1])
    with pytest.raises(InvalidArray):
        rate_over_people([1, 1], [1])

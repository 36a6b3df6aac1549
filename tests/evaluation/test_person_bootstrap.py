from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mien.evaluation import wilson
from mien.evaluation.person_bootstrap import drawn_people, effective_people, interval, student


def people_with_own_rates(rng, people, mean, strength):
    """Photos of each, so pairs of each, and the pairs accepted at the person's own rate."""
    photos = rng.integers(2, 9, size=people)
    pairs = photos * (photos - 1) // 2
    own = rng.beta(mean * strength, (1 - mean) * strength, size=people)
    return pairs, rng.binomial(pairs, own)


@pytest.mark.parametrize(
    ("people", "mean", "strength"), [(40, 0.9, 10), (80, 0.97, 5), (300, 0.7, 3)]
)
def test_the_interval_over_people_holds_the_truth_in_93_to_97_of_100(people, mean, strength):
    rng, held, percentiles, independent = np.random.default_rng(1), 0, 0, 0
    for seed in range(500):
        pairs, accepted = people_with_own_rates(rng, people, mean, strength)
        draws = np.concatenate(list(drawn_people(people, 400, seed)))
        hits, totals = draws @ accepted, draws @ pairs
        low, high = interval(accepted.sum(), pairs.sum(), hits, totals, effective_people(pairs))
        held += low <= mean <= high
        low, high = np.quantile(hits / totals, [0.025, 0.975])
        percentiles += low <= mean <= high
        low, high = wilson(int(accepted.sum()), int(pairs.sum()))
        independent += low <= mean <= high
    assert 0.93 <= held / 500 <= 0.97
    assert percentiles <= held  # why the percentiles are not taken
    assert independent / 500 < 0.9  # nor pairs as if independent


def test_every_draw_has_as_many_people_as_there_are():
    draws = np.concatenate(list(drawn_people(7, 120, seed=2)))
    assert draws.shape == (120, 7)
    assert (draws.sum(axis=1) == 7).all()
    assert len(np.unique(draws, axis=0)) > 100
    assert draws.mean(axis=0) == pytest.approx(np.ones(7), abs=0.3)


def test_without_an_error_the_interval_is_wilsons_with_people_as_trials():
    draws = np.full(50, 30.0)
    assert tuple(interval(30, 30, draws, draws, 12.0)) == pytest.approx(wilson(12, 12))
    assert tuple(interval(0, 30, draws * 0, draws, 12.0)) == pytest.approx(wilson(0, 12))


def test_one_person_tells_nothing_of_others():
    draws = np.full(50, 30.0)
    assert tuple(interval(20, 30, draws, draws, 1.0)) == (0.0, 1.0)


def test_people_count_as_much_as_their_pairs():
    assert effective_people(np.array([3, 3, 3, 0])) == pytest.approx(3)
    assert effective_people(np.array([100, 1, 1])) < 1.1
    assert effective_people(np.array([0, 0])) == 0


@pytest.mark.parametrize("freedom", [1, 2, 3, 3.5, 4, 7, 30, 1000])
def test_the_factor_is_students(freedom):
    assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.008)

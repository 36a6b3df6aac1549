from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.matching import IsotonicCalibration, fit_isotonic, pool_adjacent_violators


def sample(seed, count=300):
    rng = np.random.default_rng(seed)
    scores = rng.uniform(-0.2, 0.9, count).round(2)  # rounded: with ties
    return scores, rng.uniform(size=count) < 1 / (1 + np.exp(-(12 * scores - 5)))


@pytest.mark.parametrize("seed", range(10))
def test_pooled_violators_are_scipys_isotonic_regression(seed):
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=80).round(1), rng.uniform(0.1, 3, 80)
    expected = isotonic_regression(values, weights=weights).x
    np.testing.assert_allclose(pool_adjacent_violators(values, weights), expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_at_the_prior_of_the_data_the_fit_is_scipys_of_the_drawn_in_targets(seed):
    scores, same = sample(seed)
    n, m = same.sum(), (~same).sum()
    target = np.where(same, (n + 1) / (n + 2), 1 / (m + 2))
    places = np.unique(scores)
    means = np.array([target[scores == place].mean() for place in places])
    counts = np.array([(scores == place).sum() for place in places], dtype=float)
    expected = isotonic_regression(means, weights=counts).x
    fitted = fit_isotonic(scores, same, "made up", prior=n / (n + m))
    np.testing.assert_allclose([fitted.probability(p) for p in places], expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_probability_never_falls_and_is_never_certain(seed):
    fitted = fit_isotonic(*sample(seed), "made up")
    values = [fitted.probability(place) for place in np.linspace(-1, 1, 2001)]
    assert all(a <= b for a, b in itertools.pairwise(values))
    assert 0 < values[0] < 0.2
    assert 0.8 < values[-1] < 1


def test_a_weight_is_so_many_pairs():
    scores, same = sample(3, 60)
    times = np.random.default_rng(0).integers(0, 4, 60)
    repeated = fit_isotonic(np.repeat(scores, times), np.repeat(same, times), "made up", 0.3)
    weighted = fit_isotonic(scores, same, "made up", 0.3, weights=times)
    np.testing.assert_allclose(repeated.similarities, weighted.similarities)
    np.testing.assert_allclose(repeated.probabilities, weighted.probabilities)


def test_a_rarer_sameness_is_a_lower_probability():
    scores, same = sample(1)
    even, rare = (fit_isotonic(scores, same, "made up", prior) for prior in (0.5, 0.05))
    assert rare.probability(0.4) < even.probability(0.4)


@pytest.mark.parametrize(
    ("scores", "same", "error"),
    [
        ([0.9, 0.8, 0.1, 0.0], [False, False, True, True], InsufficientData),
        ([0.5, 0.4], [True, True], InsufficientData),
        ([0.5, np.nan, 0.1, 0.2], [True, True, False, False], InvalidArray),
        ([0.5, 1.5, 0.1, 0.2], [True, True, False, False], InvalidOption),
    ],
)
def test_pairs_that_cannot_carry_a_curve_are_refused(scores, same, error):
    with pytest.raises(error):
        fit_isotonic(scores, same, "made up")


@pytest.mark.parametrize(
    ("places", "values"),
    [
        ((0.1, 0.2), (0.9, 0.1)),  # falls
        ((0.2, 0.1), (0.1, 0.9)),
        ((0.1, 0.1), (0.1, 0.9)),
        ((0.1, 1.2), (0.1, 0.9)),
        ((0.1, 0.2), (-0.1, 0.9)),
        ((0.1, 0.2), (0.1, 1.1)),
        ((0.1, 0.2), (0.1, float("nan"))),
        ((0.1,), (0.1,)),
        ((0.1, 0.2), (0.1, 0.2, 0.3)),
    ],
)
def test_a_curve_that_is_no_probability_cannot_be_made(places, values):
    with pytest.raises(InvalidOption):
        IsotonicCalibration(places, values, 0.5, "made up")

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.matching import Calibration, calibration_for, fit_calibration
from mien.records import EmbeddingSpace


def sample(count, seed=0, slope=20.0, intercept=-8.0):
    rng = np.random.default_rng(seed)
    scores = rng.uniform(-0.2, 1.0, count)
    same = rng.uniform(size=count) < 1 / (1 + np.exp(-(slope * scores + intercept)))
    return scores, same


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_scipys_minimum_of_platts_loss(seed):
    scores, same = sample(400, seed)
    n, m = same.sum(), (~same).sum()
    target = np.where(same, (n + 1) / (n + 2), 1 / (m + 2))

    def loss(weights):
        logits = weights[0] * scores + weights[1]
        return np.sum(np.logaddexp(0, logits) - target * logits)

    best = minimize(loss, [1.0, 0.0], method="BFGS", options={"gtol": 1e-9})
    fitted = fit_calibration(scores, same, "made up", prior=n / (n + m))
    assert loss([fitted.slope, fitted.intercept]) <= best.fun + 1e-9
    np.testing.assert_allclose([fitted.slope, fitted.intercept], best.x, rtol=1e-3)


def test_a_weight_is_so_many_pairs():
    scores, same = sample(200)
    times = np.random.default_rng(0).integers(0, 5, 200)
    repeated = fit_calibration(np.repeat(scores, times), np.repeat(same, times), "made up")
    weighted = fit_calibration(scores, same, "made up", weights=times)
    assert weighted.slope == pytest.approx(repeated.slope)
    assert weighted.intercept == pytest.approx(repeated.intercept)
    for wrong in (times[:-1], times - 1, times * np.nan):
        with pytest.raises(InvalidArray, match="weights"):
            fit_calibration(scores, same, "made up", weights=wrong)


def test_probabilities_are_shares_of_genuine_pairs():
    scores, same = sample(200_000)
    fitted = fit_calibration(scores, same, "made up", prior=float(same.mean()))
    for low in np.arange(0.2, 0.6, 0.1):
        inside = (scores >= low) & (scores < low + 0.02)
        stated = np.mean([fitted.probability(s) for s in scores[inside][:500]])
        assert stated == pytest.approx(same[inside].mean(), abs=0.03)


def test_classes_that_do_not_overlap_still_give_a_finite_slope():
    fitted = fit_calibration([0.9, 0.8, 0.1, 0.0], [True, True, False, False], "made up")
    assert 0.5 < fitted.probability(0.9) < 1
    assert 0 < fitted.probability(0.0) < 0.5


def test_a_rarer_sameness_is_a_lower_probability():
    even = Calibration(slope=20, intercept=-8, prior=0.5, origin="made up")
    rare = even.at_prior(0.01)
    odds = even.probability(0.5) / (1 - even.probability(0.5))
    rare_odds = rare.probability(0.5) / (1 - rare.probability(0.5))
    assert rare_odds == pytest.approx(odds / 99)


def test_probability_rises_and_stays_within_its_range():
    steep = Calibration(slope=5000, intercept=-2000, prior=0.5, origin="made up")
    values = [steep.probability(s) for s in np.linspace(-1, 1, 41)]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (0.0, 1.0)
    assert steep.probability(1.0000001) == 1.0
    for bad in (float("nan"), 1.1, "x"):
        with pytest.raises(InvalidOption):
            steep.probability(bad)


@pytest.mark.parametrize(
    ("scores", "same", "error"),
    [
        ([0.5, 0.4], [True, True], InsufficientData),
        ([], [], InvalidArray),
        ([0.9, 0.8, 0.1, 0.0], [False, False, True, True], InsufficientData),
        ([0.5, np.nan, 0.1, 0.2], [True, True, False, False], InvalidArray),
        ([0.5, 0.4], [True], InvalidArray),
        ([0.5, 0.4], [1, 0], InvalidArray),
    ],
)
def test_pairs_that_cannot_carry_a_calibration_are_refused(scores, same, error):
    with pytest.raises(error):
        fit_calibration(scores, same, "made up")


def test_a_calibration_out_of_range_cannot_be_made():
    for slope, intercept, prior in [(-1, 0, 0.5), (np.nan, 0, 0.5), (1, np.inf, 0.5), (1, 0, 1.0)]:
        with pytest.raises(InvalidOption):
            Calibration(slope, intercept, prior, "made up")


def test_a_model_without_a_calibration_has_no_probability():
    space = EmbeddingSpace("m", "0" * 64, "p", 4)
    fitted = Calibration(20, -8, 0.5, "made up")
    assert calibration_for(space, {("m", "p"): fitted}) is fitted
    assert calibration_for(space, {("m", "other"): fitted}) is None

from __future__ import annotations

import math

import numpy as np
import pytest

import oracles
from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.evaluation import roc
from mien.evaluation.cross_validation import best_threshold


def score_set(seed):
    """Scores with few or many ties, constant, separated, reversed, with failures."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 60))
    same = rng.uniform(size=count) < rng.uniform(0.1, 0.9)
    same[:2] = True, False
    scores = rng.normal(size=count) + same * rng.uniform(-1, 3)
    scores = [scores, np.round(scores), np.round(scores, 1), np.zeros(count)][seed % 4]
    if seed % 5 == 0:
        scores = np.where(rng.uniform(size=count) < 0.2, -np.inf, scores)
    return scores, same


@pytest.mark.parametrize("block", range(10))
def test_every_quantity_is_that_of_counting(block):
    for seed in range(block * 40, block * 40 + 40):
        scores, same = score_set(seed)
        curve, truth = roc(scores, same), (scores.tolist(), same.tolist())
        points = list(zip(curve.thresholds, curve.false_accepts, curve.true_accepts, strict=True))
        assert points == oracles.roc_points(*truth)
        assert curve.auc == pytest.approx(oracles.auc(*truth), abs=1e-12)
        assert curve.eer == pytest.approx(oracles.eer(*truth), abs=1e-12)
        for far in (0.0, 1e-3, 0.1, 1 / 3, 0.5, 1.0):
            assert curve.at_far(far).tar == pytest.approx(oracles.tar_at_far(*truth, far))


@pytest.mark.parametrize("block", range(4))
def test_the_best_threshold_makes_as_few_errors_as_any(block):
    for seed in range(block * 50, block * 50 + 50):
        scores, same = score_set(seed)
        scores = np.where(np.isfinite(scores), scores, -9.0)
        right = int(((scores >= best_threshold(scores, same)) == same).sum())
        assert right == oracles.best_accuracy(scores.tolist(), same.tolist())


def test_the_best_threshold_lies_in_the_middle_of_its_gap():
    assert best_threshold([0.8, 0.6, 0.2], np.array([True, True, False])) == pytest.approx(0.4)


def test_of_equally_good_gaps_the_highest_is_taken():
    scores, same = [0.9, 0.7, 0.5, 0.3], np.array([True, False, True, False])
    assert best_threshold(scores, same) == pytest.approx(0.8)


def test_a_gap_of_one_floating_point_step_is_still_separated():
    low = 0.5
    high = np.nextafter(low, 1)
    assert best_threshold([high, low], np.array([True, False])) == high


def test_the_threshold_at_a_rate_is_the_lowest_that_keeps_it():
    scores = [0.9, 0.8, 0.7, 0.7, 0.6]
    same = np.array([True, False, True, False, True])
    point = roc(scores, same).at_far(0.5)
    assert (point.threshold, point.false_accepts, point.true_accepts) == (0.8, 1, 1)
    nothing = roc([0.9, 0.5], np.array([False, True])).at_far(0.0)
    assert (nothing.threshold, nothing.tar) == (math.inf, 0.0)


def test_a_whole_number_of_errors_is_allowed_whatever_its_last_binary_digit():
    for impostors in (30, 300, 3000, 70, 290):
        scores = np.arange(impostors + 1.0)
        same = scores == 0
        for errors in range(1, 30):
            assert roc(scores, same).at_far(errors / impostors).false_accepts == errors


def test_a_threshold_from_elsewhere_is_counted_as_it_stands():
    scores, same = score_set(3)
    for threshold in (-9.0, 0.0, 0.35, float(scores[0]), 9.0, math.inf):
        point = roc(scores, same).at_threshold(threshold)
        assert point.true_accepts == int((scores[same] >= threshold).sum())
        assert point.false_accepts == int((scores[~same] >= threshold).sum())
        assert point.threshold == threshold


def test_what_can_never_be_accepted_is_not_accepted_at_any_rate():
    point = roc([0.9, -np.inf, 0.1], np.array([True, True, False])).at_far(1.0)
    assert (point.tar, point.far) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("scores", "same", "error"),
    [
        ([], [], InsufficientData),
        ([0.1, 0.2], [True, True], InsufficientData),
        ([0.1, 0.2], [False, False], InsufficientData),
        ([0.1, np.nan], [True, False], InvalidArray),
        ([0.1, np.inf], [True, False], InvalidArray),
        ([0.1, 0.2], [1, 0], InvalidArray),
        ([0.1, 0.2], [True], InvalidArray),
        ([[0.1, 0.2]], [[True, False]], InvalidArray),
        (["a", "b"], [True, False], InvalidArray),
    ],
)
def test_scores_that_make_no_curve_are_refused(scores, same, error):
    with pytest.raises(error):
        roc(scores, same)


def test_a_rate_or_threshold_that_is_no_number_is_refused():
    curve = roc([0.1, 0.2], np.array([False, True]))
    with pytest.raises(InvalidOption):
        curve.at_far(float("nan"))
    with pytest.raises(InvalidArray):
        curve.at_threshold(float("nan"))

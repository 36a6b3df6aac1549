"""The benchmark's accuracy against counting by hand."""

import numpy as np
import pytest
from accuracy import best_threshold, fold_accuracy, tar_at_far


def slow_best(scores, same):
    """The most pairs that any threshold gets right, by trying them all."""
    measured = np.isfinite(scores)
    trials = [-np.inf, np.inf, *(np.nextafter(scores[measured], np.inf)), *scores[measured]]
    return max(((scores[measured] >= t) == same[measured]).sum() for t in trials)


@pytest.mark.parametrize("seed", range(20))
def test_the_best_threshold_is_as_good_as_any_tried(seed):
    rng = np.random.default_rng(seed)
    same = rng.random(60) < 0.5
    scores = np.round(rng.normal(same, 1.0), 1)  # rounded, so that there are ties
    scores[rng.random(60) < 0.1] = np.nan
    measured = np.isfinite(scores)
    threshold = best_threshold(scores, same)
    right = ((scores[measured] >= threshold) == same[measured]).sum()
    assert right == slow_best(scores, same)


def test_each_fold_is_judged_by_the_others_threshold():
    # Fold 0 alone would be perfect at 0.35; fold 1's threshold is 0.75, which costs fold 0 a pair.
    scores = np.array([0.5, 0.2, 0.8, 0.7])
    same = np.array([True, False, True, False])
    result = fold_accuracy(scores, same, np.array([0, 0, 1, 1]))
    assert result.mean == pytest.approx((0.5 + 0.5) / 2)
    assert result.standard_error == 0.0


def test_a_failure_to_acquire_is_an_error_for_both_kinds_of_pair():
    scores = np.array([0.9, 0.1, np.nan, 0.1, 0.9, np.nan])
    same = np.array([True, False, True, False, True, False])
    result = fold_accuracy(scores, same, np.array([0, 0, 0, 1, 1, 1]))
    assert result.mean == pytest.approx(2 / 3)


def test_the_standard_error_is_that_of_the_mean_over_the_folds():
    scores = np.array([0.9, 0.1, 0.9, 0.1, 0.1, 0.9])
    same = np.array([True, False] * 3)
    result = fold_accuracy(scores, same, np.array([0, 0, 1, 1, 2, 2]))
    assert result.mean == pytest.approx(2 / 3)
    assert result.standard_error == pytest.approx(np.std([1, 1, 0], ddof=1) / np.sqrt(3))


def test_tar_counts_genuine_pairs_above_the_first_impostor_that_is_not_allowed():
    impostors = np.linspace(0.0, 0.999, 1000)
    genuine = np.array([0.9995, 0.9985, 0.5, np.nan])
    scores = np.concatenate((impostors, genuine))
    same = np.arange(1004) >= 1000
    assert tar_at_far(scores, same, 1e-3) == pytest.approx(2 / 4)  # one impostor may pass
    assert tar_at_far(scores, same, 0.0) == pytest.approx(1 / 4)

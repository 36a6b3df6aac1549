from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import oracles
from mien.errors import InvalidArray, InvalidOption
from mien.evaluation import Pair, bootstrap_tar_at_far, subject_intervals, subjects_of, wilson
from mien.evaluation.intervals import student_t


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


def weighted_tar(scores, same, weights, far):
    """The greatest share of genuine weight that any threshold accepts within the rate."""
    best = 0.0
    for threshold in scores:
        false = sum(
            w for s, g, w in zip(scores, same, weights, strict=True) if not g and s >= threshold
        )
        if false <= far * weights[~same].sum() + 1e-9:
            best = max(best, weights[same & (scores >= threshold)].sum() / weights[same].sum())
    return best


def test_the_rates_are_those_of_the_sample_itself():
    scores, same, subjects = labelled_scores(1, people=12)
    scores[::7] = np.round(scores[::7])
    scores[::11] = -np.inf
    right = (scores > 1.5) == same
    found = subject_intervals(scores, same, subjects, [0.2, 0.05], right, replicates=40)
    truth = scores.tolist(), same.tolist()
    assert found.tar[0].value == pytest.approx(oracles.tar_at_far(*truth, 0.2))
    assert found.tar[1].value == pytest.approx(oracles.tar_at_far(*truth, 0.05))
    assert found.eer.value == pytest.approx(oracles.eer(*truth))
    assert found.accuracy.value == pytest.approx(right.mean())
    assert all(r.low < r.value < r.high for r in (*found.tar, found.eer, found.accuracy))


def test_the_interval_is_that_of_weighting_the_pairs_one_by_one():
    scores, same, subjects = labelled_scores(2, people=6, spread=0.5)
    found = subject_intervals(scores, same, subjects, [0.1], same, replicates=40, seed=5)
    rng = np.random.default_rng(5)
    order = np.argsort(-scores, kind="stable")
    scores, same = scores[order], same[order]
    subjects = [subjects[row] for row in order]
    codes = {}
    for pair in labelled_scores(2, people=6, spread=0.5)[2]:
        for name in pair:
            codes.setdefault(name, len(codes))
    people = rng.standard_gamma(4.0, size=(40, 6)) / 4
    single = rng.standard_gamma(4.0, size=(40, len(scores))) / 4
    sets = [[], [], []]
    for person, one in zip(people, single, strict=True):
        product = [person[codes[a]] * (1.0 if a == b else person[codes[b]]) for a, b in subjects]
        for rates, weights in zip(
            sets, (np.array(product), np.where(same, 1, one), one), strict=True
        ):
            rates.append(weighted_tar(scores, same, weights, 0.1))
    by_people, by_impostors, by_pairs = (4 * np.var(rates, ddof=1) for rates in sets)
    value = found.tar[0].value
    variance = max(by_people - by_impostors, by_pairs) / (value * (1 - value)) ** 2
    spread = student_t(5) * math.sqrt(variance)  # six people have genuine pairs
    odds = value / (1 - value) * np.exp([-spread, spread])
    assert (found.tar[0].low, found.tar[0].high) == pytest.approx(odds / (1 + odds), rel=1e-6)


def test_people_who_differ_make_the_interval_wider_than_wilsons():
    scores, same, subjects = labelled_scores(3, people=60, spread=0.7)
    rate = bootstrap_tar_at_far(scores, same, subjects, 0.01, replicates=100)
    low, high = wilson(round(rate.value * int(same.sum())), int(same.sum()))
    assert rate.high - rate.low > high - low


def test_a_perfect_rate_still_has_an_interval_that_of_its_people():
    scores, same, subjects = labelled_scores(3, people=10)
    rate = bootstrap_tar_at_far(scores + 50 * same, same, subjects, 0.01, replicates=40)
    assert (rate.value, rate.low, rate.high) == (1.0, *wilson(10, 10))


def test_the_same_seed_gives_the_same_interval_and_another_another():
    case = labelled_scores(4, people=10, spread=0.7)
    first, again, other = (
        bootstrap_tar_at_far(*case, 0.1, replicates=50, seed=seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_subjects_that_contradict_the_labels_are_refused():
    scores, same = [0.9, 0.1], np.array([True, False])
    with pytest.raises(InvalidArray, match="genuine"):
        bootstrap_tar_at_far(scores, same, [("a", "b"), ("a", "b")], 0.1)
    with pytest.raises(InvalidArray, match="pairs of names"):
        bootstrap_tar_at_far(scores, same, [("a", "a")], 0.1)
    with pytest.raises(InvalidArray, match="right"):
        subject_intervals(scores, same, [("a", "a"), ("a", "b")], [0.1], [True])
    with pytest.raises(InvalidOption, match="far"):
        bootstrap_tar_at_far(scores, same, [("a", "a"), ("a", "b")], 1.5)


def test_people_are_known_where_the_folders_agree_with_the_labels():
    genuine, impostor = (
        Pair(0, True, "x/a/1.jpg", "y/a/2.jpg"),
        Pair(0, False, "a/1.jpg", "b/1.jpg"),
    )
    assert subjects_of([genuine, impostor]) == (("a", "a"), ("a", "b"))
    spelled = replace(genuine, path2="y/A/2.jpg")  # one person by the one rule for names
    assert subjects_of([spelled, impostor]) == (("a", "a"), ("a", "b"))
    for stray in (
        Pair(0, False, "a/1.jpg", "a/2.jpg"),
        Pair(0, True, "a/1.jpg", "b/2.jpg"),
        Pair(0, False, "1.jpg", "b/2.jpg"),
    ):
        assert subjects_of([genuine, impostor, stray]) is None

"""Before and after on the same people: the rates, their paired difference, and the verdict."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from mien.training.metric.guard import judge
from mien.training.metric.held_out import HeldOut, compare_held_out
from mien.training.metric.history import MetricEpoch, MetricHistory
from training.metric.test_separation import crowd

NAMES = tuple(f"person {row // 12}" for row in range(12 * 12))


def vectors(spread: float, seed: int = 0) -> np.ndarray:
    return crowd(12, 12, spread, seed)[0]


def epoch(number: int, score: float) -> MetricEpoch:
    return MetricEpoch(number, None, None, None, None, score, score, 1.0, 0.9, 9.0, 1e-3, 0.0)


BETTER = MetricHistory((epoch(0, 0.5), epoch(1, 0.6)), 1)


def compared(before: float, after: float) -> HeldOut:
    return compare_held_out(vectors(before), vectors(after), NAMES)


def test_the_rates_are_those_of_counting_all_pairs():
    found = compared(1.2, 0.8)
    given = vectors(0.8)
    scores = {kind: [] for kind in (True, False)}
    for a, b in combinations(range(len(NAMES)), 2):
        scores[NAMES[a] == NAMES[b]].append(float(given[a] @ given[b]))
    impostor = sorted(scores[False], reverse=True)
    threshold = impostor[int(0.01 * len(impostor))]
    (tar, _) = found.changes
    assert tar.after.value == pytest.approx(np.mean(np.array(scores[True]) > threshold), abs=1e-3)
    assert tar.difference.value == tar.after.value - tar.before.value


def test_the_same_vectors_change_nothing_for_sure():
    for change in compared(1.0, 1.0).changes:
        gap = change.difference
        assert (gap.value, gap.low, gap.high) == (0.0, 0.0, 0.0)


def test_a_clear_gain_is_told_from_none():
    assert compared(1.3, 0.7).changes[0].difference.low > 0
    assert compared(0.7, 1.3).changes[0].difference.high < 0


def test_pairs_are_compared_and_so_the_interval_is_narrower_than_the_rates_own():
    noise = np.random.default_rng(1).normal(scale=0.02, size=vectors(1.0).shape)
    moved = vectors(1.0) + noise
    moved = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
    change = compare_held_out(vectors(1.0), moved, NAMES).changes[0]
    own = change.before.high - change.before.low
    assert change.difference.high - change.difference.low < own / 2


def test_people_too_few_for_a_rate_have_none():
    few = slice(0, 36)  # three people, 432 impostor pairs
    found = compare_held_out(vectors(1.0)[few], vectors(0.9)[few], NAMES[few])
    assert [change.key for change in found.changes] == ["tar_at_far_0.01"]


def test_what_got_better_is_not_refused():
    assert not judge(BETTER, compared(1.2, 0.8), None).is_worse


def test_any_fall_on_held_out_people_is_refused_with_its_size():
    verdict = judge(BETTER, compared(0.8, 0.85), None)
    (reason,) = verdict.reasons
    assert "TAR at FAR 1 % on 12 held-out people, 10,296 pairs fell from" in reason
    assert "points, 95 %:" in reason


def test_a_fall_at_the_rarer_rate_alone_is_not():
    found = compared(1.2, 0.8)
    rare = [change for change in found.changes if change.key == "tar_at_far_0.001"]
    assert rare
    swapped = HeldOut(found.before, found.after, (found.changes[0], *_turned(rare)))
    assert not judge(BETTER, swapped, None).is_worse


def _turned(changes):
    from dataclasses import replace

    return [
        replace(one, difference=replace(one.difference, value=-one.difference.value))
        for one in changes
    ]


def test_a_run_without_a_better_epoch_is_refused_and_says_of_a_collapse():
    flat = MetricHistory((epoch(0, 0.5), epoch(1, 0.5)), 1)
    assert "no epoch separated" in judge(flat, compared(1.0, 0.8), None).reasons[0]
    gone = MetricHistory((epoch(0, 0.5), epoch(1, 0.1)), 1, "the embedding collapsed", True)
    assert "the embedding collapsed" in judge(gone, compared(1.0, 0.8), None).reasons[0]

"""The filter of a track against the exact answer, and what it does with faces of any size."""

from __future__ import annotations

import numpy as np
import pytest

from mien.records import Box
from mien.tracking import between
from mien.tracking.motion import Motion


def box(x: float, y: float = 200.0, height: float = 50.0) -> Box:
    return Box(x - 0.4 * height, y - height / 2, x + 0.4 * height, y + height / 2)


def exact_x(measured: list[float], times: list[float], height: float, at: float) -> tuple:
    """Mean and variance of where the face is: one Gaussian of all times, conditioned at once.

    The slow truth: no recursion, the joint covariance of every position is written down.
    """
    speed, push, error = 2.0 * height, 6.0 * height, 0.06 * height
    steps = np.diff([*times, at])
    # Unknowns: first position's error, first speed, and one (position, speed) push for each step.
    count = len(steps)
    prior = np.zeros((2 + 2 * count,) * 2)
    prior[0, 0], prior[1, 1] = error**2, speed**2
    for n, step in enumerate(steps):
        i = 2 + 2 * n
        prior[i : i + 2, i : i + 2] = push**2 * np.array(
            [[step**4 / 4, step**3 / 2], [step**3 / 2, step**2]]
        )
    rows = []
    state = np.zeros((2, 2 + 2 * count))
    state[0, 0] = state[1, 1] = 1.0
    rows.append(state[0].copy())
    for n, step in enumerate(steps):
        state = np.array([[1.0, step], [0.0, 1.0]]) @ state
        state[0, 2 + 2 * n] += 1.0
        state[1, 3 + 2 * n] += 1.0
        rows.append(state[0].copy())
    seen, wanted = np.array(rows[1:-1]), rows[-1]  # the first measurement is the prior's mean
    spread = seen @ prior @ seen.T + error**2 * np.eye(len(seen))
    gain = wanted @ prior @ seen.T @ np.linalg.inv(spread)
    mean = measured[0] + gain @ (np.array(measured[1:]) - measured[0])
    return mean, wanted @ prior @ wanted - gain @ seen @ prior @ wanted


@pytest.mark.parametrize("times", [[0.0, 0.2, 0.4, 0.6], [0.0, 0.04, 0.5, 0.51, 1.3]])
def test_the_prediction_is_that_of_all_detections_at_once(times):
    random = np.random.default_rng(3)
    xs = [100 + 90 * t + float(random.normal(0, 4)) for t in times]
    motion = Motion(box(xs[0]), times[0])
    for x, time_s in zip(xs[1:], times[1:], strict=True):
        motion.update(box(x), time_s)
    mean, variance = exact_x(xs, times, 50.0, times[-1] + 0.3)
    state, covariance = motion.predict(times[-1] + 0.3)
    assert state[0] == pytest.approx(mean, rel=1e-6)
    assert covariance[0, 0] == pytest.approx(variance, rel=1e-6)


def test_a_steady_walk_is_foreseen():
    motion = Motion(box(100), 0.0)
    for n in range(1, 8):
        motion.update(box(100 + 20 * n), 0.2 * n)
    foreseen = motion.box_at(1.6)
    assert (foreseen.x1 + foreseen.x2) / 2 == pytest.approx(260, abs=2)
    assert foreseen.height == pytest.approx(50, abs=1)
    assert foreseen.width / foreseen.height == pytest.approx(0.8)


@pytest.mark.parametrize("scale", [0.1, 1.0, 20.0])
def test_a_face_of_any_size_is_followed_alike(scale):
    motion = Motion(box(100 * scale, 200 * scale, 50 * scale), 0.0)
    motion.update(box(110 * scale, 200 * scale, 50 * scale), 0.2)
    distance = motion.distance(box(125 * scale, 200 * scale, 50 * scale), 0.4)
    one = Motion(box(100), 0.0)
    one.update(box(110), 0.2)
    assert distance == pytest.approx(one.distance(box(125), 0.4), rel=1e-6)


def test_the_longer_a_face_is_away_the_less_is_known_of_it():
    motion = Motion(box(100), 0.0)
    spreads = [motion.predict(time_s)[1][0, 0] for time_s in (0.0, 0.2, 0.5, 1.0)]
    assert spreads == sorted(spreads)
    near, far = motion.distance(box(160), 0.1), motion.distance(box(160), 0.8)
    assert near[0] > far[0]
    assert near[1] == pytest.approx(far[1]) == pytest.approx(1.2)


def test_between_two_boxes_lies_their_mean():
    middle = between(Box(0, 0, 10, 10), Box(10, 20, 30, 40), 0.5)
    assert middle == Box(5, 10, 20, 25)
    assert between(Box(0, 0, 10, 10), Box(10, 20, 30, 40), 0.0) == Box(0, 0, 10, 10)

"""Of more pictures than wanted, those that differ most."""

from __future__ import annotations

from collections import Counter

import numpy as np

from capture.made_shots import direction, near, shot
from mien.capture.balance import choose
from mien.capture.poses import Pose


def posed(counts):
    numbers = iter(range(1000))
    return [shot(next(numbers), pose=pose) for pose, count in counts.items() for _ in range(count)]


def test_a_rare_pose_keeps_all_it_has():
    shots = posed({Pose.FRONT: 90, Pose.LEFT: 6, Pose.UP: 3})
    taken = Counter(one.pose for one in choose(shots, 30))
    assert taken == {Pose.FRONT: 21, Pose.LEFT: 6, Pose.UP: 3}


def test_poses_get_the_same_where_there_is_enough():
    shots = posed({Pose.FRONT: 50, Pose.LEFT: 50, Pose.RIGHT: 50})
    assert set(Counter(one.pose for one in choose(shots, 30)).values()) == {10}


def test_what_is_kept_counts_with_its_pose():
    shots = posed({Pose.FRONT: 20, Pose.LEFT: 20})
    kept = [shot(2000 + number, pose=Pose.FRONT) for number in range(8)]
    assert Counter(one.pose for one in choose(shots, 8, kept)) == {Pose.LEFT: 8}


def test_within_a_pose_no_two_that_look_alike_are_taken_while_others_are_there():
    middles = [direction(seed, 64) for seed in range(8)]
    shots = [
        shot(10 * group + number, vector=near(middle, 0.97, number))
        for group, middle in enumerate(middles)
        for number in range(10)
    ]
    groups = [one.moment.index // 10 for one in choose(shots, 8)]
    assert sorted(groups) == list(range(8))


def test_they_stay_in_their_order_and_none_is_made_up():
    shots = posed({Pose.FRONT: 40})
    taken = [one.moment.index for one in choose(shots, 15)]
    assert taken == sorted(set(taken))
    assert choose(shots, 40) == shots
    assert choose(shots, 0) == []


def test_farther_apart_than_the_first_ones():
    shots = [shot(number, vector=near(direction(1), np.cos(0.03 * number))) for number in range(50)]
    spread = {
        name: np.stack([one.vector for one in rows])
        for name, rows in {"chosen": choose(shots, 10), "first": shots[:10]}.items()
    }
    closest = {name: (rows @ rows.T - 2 * np.eye(10)).max() for name, rows in spread.items()}
    assert closest["chosen"] < closest["first"]

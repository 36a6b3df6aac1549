"""Which way a face looks, and what a set still lacks."""

from __future__ import annotations

import pytest

from mien.capture.poses import Pose, advice, coverage, missing, pose_of
from mien.records import Quality


@pytest.mark.parametrize(
    ("yaw", "pitch", "pose"),
    [
        (0, 0, Pose.FRONT),
        (-19, 14, Pose.FRONT),
        (-25, 0, Pose.LEFT),
        (25, 0, Pose.RIGHT),
        (0, -20, Pose.UP),
        (0, 20, Pose.DOWN),
        (40, 20, Pose.RIGHT),  # two yaws, one and a third pitches
        (21, -30, Pose.UP),
    ],
)
def test_a_face_looks_where_its_larger_turn_points(yaw, pitch, pose):
    quality = Quality(True, (), {"yaw_degrees": float(yaw), "pitch_degrees": float(pitch)})
    assert pose_of(quality) is pose


def test_without_points_there_is_no_pose():
    assert pose_of(Quality(True, (), {"side": 80.0})) is None


def test_the_poses_of_real_faces_are_those_one_sees(encode, sample):
    seen = {name: pose_of(encode(sample(name)).faces[0].quality) for name in ("obama.jpg",)}
    assert seen == {"obama.jpg": Pose.FRONT}


def test_a_pose_with_less_than_one_picture_in_twenty_is_missing():
    counts = coverage([Pose.FRONT] * 57 + [Pose.LEFT] * 2 + [Pose.RIGHT] * 3 + [None])
    assert counts == {Pose.LEFT: 2, Pose.FRONT: 57, Pose.RIGHT: 3, Pose.UP: 0, Pose.DOWN: 0}
    assert missing(counts) == (Pose.LEFT, Pose.RIGHT, Pose.UP, Pose.DOWN)
    assert missing({**counts, Pose.LEFT: 4, Pose.RIGHT: 4}) == (Pose.UP, Pose.DOWN)
    assert missing(coverage([None])) == ()


def test_the_advice_says_what_to_do():
    assert advice([Pose.UP, Pose.LEFT]) == "lift the chin, turn the head to the picture's left"

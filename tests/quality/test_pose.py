"""Pose from five points, by projecting a head whose pose is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.quality import pose_from_landmarks
from mien.quality.pose import HEAD_POINTS
from mien.records import Landmarks


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Rz(roll) Ry(yaw) Rx(pitch) in the camera's frame: x right, y down, z towards the camera."""
    (cy, sy), (cp, sp), (cr, sr) = (
        (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
        for angle in (yaw, pitch, roll)
    )
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def projected(
    yaw: float, pitch: float, roll: float, scale: float = 1.3, shift: float = 100
) -> Landmarks:
    """The head's points as a far camera sees them."""
    return Landmarks((HEAD_POINTS @ rotation(yaw, pitch, roll).T)[:, :2] * scale + shift)


@settings(max_examples=200, deadline=None)
@given(
    yaw=st.floats(-80, 80),
    pitch=st.floats(-60, 60),
    roll=st.floats(-179, 179),
    scale=st.floats(0.1, 20),
)
def test_a_known_pose_is_found_again(yaw: float, pitch: float, roll: float, scale: float) -> None:
    pose = pose_from_landmarks(projected(yaw, pitch, roll, scale))
    assert pose.yaw_degrees == pytest.approx(yaw, abs=0.5)
    assert pose.pitch_degrees == pytest.approx(pitch, abs=0.5)
    assert pose.roll_degrees == pytest.approx(roll, abs=0.5)


def test_the_nose_tells_the_direction() -> None:
    """Each sign as the docstring says, seen in the picture."""
    right = projected(40, 0, 0).points
    assert right[2, 0] > right[[0, 1, 3, 4], 0].mean()
    assert pose_from_landmarks(Landmarks(right)).yaw_degrees > 30
    frontal, down = projected(0, 0, 0).points, projected(0, 20, 0).points
    share = [(p[2, 1] - p[0, 1]) / (p[3, 1] - p[0, 1]) for p in (frontal, down)]
    assert share[1] > share[0]  # a bowed head's nose comes near its mouth
    assert pose_from_landmarks(Landmarks(down)).pitch_degrees > 15
    clockwise = projected(0, 0, 30).points
    assert clockwise[1, 1] > clockwise[0, 1]  # the eye on the picture's right sinks
    assert pose_from_landmarks(Landmarks(clockwise)).roll_degrees > 25


def test_mirroring_turns_yaw_and_roll_round() -> None:
    points = projected(25, 10, 15).points
    mirrored = (points * (-1, 1))[[1, 0, 2, 4, 3]]
    one, other = pose_from_landmarks(Landmarks(points)), pose_from_landmarks(Landmarks(mirrored))
    assert other.yaw_degrees == pytest.approx(-one.yaw_degrees, abs=1e-3)
    assert other.roll_degrees == pytest.approx(-one.roll_degrees, abs=1e-3)
    assert other.pitch_degrees == pytest.approx(one.pitch_degrees, abs=1e-3)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_any_five_points_give_finite_angles(seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-1e4, 1e4, (5, 2))
    pose = pose_from_landmarks(Landmarks(points))
    angles = (pose.yaw_degrees, pose.pitch_degrees, pose.roll_degrees)
    assert all(math.isfinite(angle) and abs(angle) <= 180 for angle in angles)


@pytest.mark.parametrize(
    "points", [np.zeros((5, 2)), np.full((5, 2), 9.0)], ids=["at the corner", "on one spot"]
)
def test_points_on_one_spot_face_nobody(points: np.ndarray) -> None:
    assert abs(pose_from_landmarks(Landmarks(points)).yaw_degrees) == pytest.approx(90)

"""Which way a face looks, from its five points alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.records import FloatArray, Landmarks

# An average adult head, millimetres: x to the subject's left, y down, z towards the camera.
# Distances as in Farkas, "Anthropometry of the Head and Face", 1994 (pupils 63 mm, mouth 52 mm).
HEAD_POINTS = np.array(
    [
        [-31.5, 0.0, 0.0],
        [31.5, 0.0, 0.0],
        [0.0, 38.0, 28.0],
        [-26.0, 68.0, 4.0],
        [26.0, 68.0, 4.0],
    ]
)
# Least squares with a fixed left side is one matrix; centring the head centres the points too.
HEAD_INVERSE = np.linalg.pinv(HEAD_POINTS - HEAD_POINTS.mean(axis=0))


@dataclass(frozen=True, slots=True)
class Pose:
    """Head pose in degrees; zero is upright and frontal.

    Attributes:
        yaw_degrees: positive where the subject's nose points to the right of the picture.
        pitch_degrees: positive where it points down.
        roll_degrees: positive where the head is turned clockwise in the picture.
    """

    yaw_degrees: float
    pitch_degrees: float
    roll_degrees: float


def pose_from_landmarks(landmarks: Landmarks) -> Pose:
    """Pose under scaled orthography.

    Five points and a rigid head give a least-squares problem for the first two rows of the scaled
    rotation (DeMenthon and Davis, "Model-Based Object Pose in 25 Lines of Code", IJCV 1995,
    section 2, without the iteration). Good to some ten degrees: enough to tell a profile from a
    portrait, not to measure a gaze.
    """
    rows = _projection_rows(landmarks.points)
    lengths = np.linalg.norm(rows, axis=1)
    if lengths.min() <= 1e-6:  # pixels a millimetre
        return Pose(90.0, 0.0, 0.0)  # all points on one spot: nothing faces us
    right, down = rows / lengths[:, None]
    forward = np.cross(right, down)
    # Rows of R = Rz(roll) Ry(yaw) Rx(pitch): the third one, and the first column, hold the angles.
    return Pose(
        yaw_degrees=float(np.degrees(np.arctan2(-forward[0], np.hypot(forward[1], forward[2])))),
        pitch_degrees=float(np.degrees(np.arctan2(-forward[1], forward[2]))),
        roll_degrees=float(np.degrees(np.arctan2(down[0], right[0]))),
    )


def _projection_rows(points: FloatArray) -> NDArray[np.float64]:
    return np.asarray((HEAD_INVERSE @ points).T)

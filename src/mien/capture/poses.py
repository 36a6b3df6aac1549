"""Which way a kept face looks, in five words, and which of them a set still lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from mien.records import Quality

TURNED_YAW_DEGREES = 20.0
TURNED_PITCH_DEGREES = 15.0
FEW_SHARE = 0.05
"""A pose with less than this share of the set is called missing."""


class Pose(StrEnum):
    """Where the nose points, as the picture shows it; ``LEFT`` is the picture's left."""

    LEFT = "left"
    FRONT = "front"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


_ADVICE = {
    Pose.LEFT: "turn the head to the picture's left",
    Pose.FRONT: "look into the camera",
    Pose.RIGHT: "turn the head to the picture's right",
    Pose.UP: "lift the chin",
    Pose.DOWN: "lower the chin",
}


def pose_of(quality: Quality) -> Pose | None:
    """The pose from the measured angles; None where the detector gave no points.

    A face that is turned both ways goes to the larger turn, each in units of its own limit.
    """
    measures = quality.measures
    if "yaw_degrees" not in measures:
        return None
    yaw = measures["yaw_degrees"] / TURNED_YAW_DEGREES
    pitch = measures["pitch_degrees"] / TURNED_PITCH_DEGREES
    if max(abs(yaw), abs(pitch)) < 1.0:
        return Pose.FRONT
    if abs(yaw) >= abs(pitch):
        return Pose.RIGHT if yaw > 0 else Pose.LEFT
    return Pose.DOWN if pitch > 0 else Pose.UP


def coverage(poses: Iterable[Pose | None]) -> dict[Pose, int]:
    """How many pictures there are of each pose, all five in a fixed order."""
    counts = dict.fromkeys(Pose, 0)
    for pose in poses:
        if pose is not None:
            counts[pose] += 1
    return counts


def missing(counts: Mapping[Pose, int]) -> tuple[Pose, ...]:
    """Poses with fewer than one picture in twenty; none where no pose was measured."""
    total = sum(counts.values())
    if not total:
        return ()
    return tuple(pose for pose in Pose if counts.get(pose, 0) < max(1.0, FEW_SHARE * total))


def advice(lacking: Iterable[Pose]) -> str:
    """What the person could do about it, in words."""
    return ", ".join(_ADVICE[pose] for pose in lacking)

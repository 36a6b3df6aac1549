"""Of more pictures than wanted, those that differ most, all poses alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.capture.poses import Pose
from mien.capture.shots import Shot


def choose(shots: Sequence[Shot], count: int, kept: Sequence[Shot] = ()) -> list[Shot]:
    """At most ``count`` of the shots, in their own order.

    Pose after pose gives one, the rarest first, so that a pose with few pictures keeps them all.
    Within a pose it is the one least like everything taken so far (farthest-point sampling;
    Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985): that spreads them
    over time and light too. The sharpest one begins.

    Args:
        shots: to choose from.
        count: how many are wanted.
        kept: what the set holds already; counted with the poses.
    """
    if count >= len(shots):
        return list(shots)
    if count <= 0:
        return []
    vectors = np.stack([shot.vector for shot in shots])
    likeness = np.full(len(shots), -2.0, dtype=np.float32)
    if kept:
        likeness = (vectors @ np.stack([shot.vector for shot in kept]).T).max(axis=1)
    counts: dict[Pose | None, int] = {}
    for shot in kept:
        counts[shot.pose] = counts.get(shot.pose, 0) + 1
    left: dict[Pose | None, list[int]] = {}
    for index, shot in enumerate(shots):
        left.setdefault(shot.pose, []).append(index)
    taken: list[int] = []
    while len(taken) < count:
        pose = min(left, key=lambda one: (counts.get(one, 0), len(left[one])))
        index = min(left[pose], key=lambda i: (likeness[i], -shots[i].measures["sharpness"]))
        left[pose].remove(index)
        if not left[pose]:
            del left[pose]
        counts[pose] = counts.get(pose, 0) + 1
        taken.append(index)
        likeness = np.maximum(likeness, vectors @ vectors[index])
    return [shots[index] for index in sorted(taken)]

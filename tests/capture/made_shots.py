"""Shots made by script, for what needs no picture."""

from __future__ import annotations

import hashlib

import numpy as np

from mien.capture.poses import Pose
from mien.capture.shots import Moment, Shot

DIMENSIONS = 16


def direction(seed: int, dimensions: int = DIMENSIONS) -> np.ndarray:
    """A unit vector; two of them are far from each other."""
    vector = np.random.default_rng(seed).normal(size=dimensions)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def shot(
    number: int,
    time_s: float | None = None,
    *,
    vector: np.ndarray | None = None,
    session: str = "film",
    pose: Pose | None = Pose.FRONT,
    fingerprint: int = 0,
) -> Shot:
    return Shot(
        file=f"{number:06}.jpg",
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        moment=Moment("film.mp4", session, number, time_s),
        pose=pose,
        measures={"side": 80.0, "sharpness": 10.0 + number % 7},
        vector=direction(number) if vector is None else vector,
        fingerprint=fingerprint,
    )


def near(vector: np.ndarray, cosine: float, seed: int = 0) -> np.ndarray:
    """A unit vector with this cosine to another one."""
    other = direction(1000 + seed, len(vector))
    side = other - (other @ vector) * vector
    side /= np.linalg.norm(side)
    return np.asarray(cosine * vector + np.sqrt(1 - cosine**2) * side, np.float32)

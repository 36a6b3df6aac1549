"""What is known of a track's face: its best crops, and the one vector that they come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.quality import pose_from_landmarks
from mien.records import Face, FloatArray, Quality
from mien.tracking.settings import TrackingSettings

_FULL_SIDE = 112.0  # pixels: a larger face shows no more to a network of that size
_FULL_SHARPNESS = 12.0  # a good photo has about 17
_STRANGER = 0.1  # a crop less similar than this to the track's mean is of somebody else
_AT_ONCE = 3  # looks that are taken one after another, while nothing is clear
_CLEAR = 2  # looks after which one that is clear needs no more, unless a better one comes
_FIRM_WEIGHT = 0.15  # crops below this weight do not tell


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One close look at a track's face.

    Attributes:
        time_s: of the frame.
        face, quality: in the frame's pixels.
        promise: what the detection had promised, see ``promise_of``.
        weight: what the crop is worth, 0-1.
        vector: ``(D,) float32`` of unit length; None where the face is not usable.
    """

    time_s: float
    face: Face
    quality: Quality
    promise: float
    weight: float
    vector: FloatArray | None


class Evidence:
    """The best looks at one track.

    Args:
        settings: how many are kept and how often one is taken.
    """

    def __init__(self, settings: TrackingSettings) -> None:
        self._settings = settings
        self._looks: list[Look] = []
        self._unusable: Look | None = None
        self._tried_s: float | None = None
        self._failures = 0
        self._fused: FloatArray | None = None
        self.taken = 0

    @property
    def tried(self) -> bool:
        """Whether a close look was taken, whatever it found."""
        return self._tried_s is not None

    @property
    def usable(self) -> int:
        """How many vectors are averaged."""
        return len(self._looks)

    @property
    def best(self) -> Look | None:
        """The best look; an unusable one only where there is no other."""
        return self._looks[0] if self._looks else self._unusable

    @property
    def vector(self) -> FloatArray | None:
        """The weighted mean of the best crops' vectors, ``(D,) float32`` of unit length."""
        return self._fused

    def wants(self, promise: float, time_s: float, *, clear: bool, doubtful: bool) -> bool:
        """Whether a close look is worth its time.

        Args:
            promise: of the crop at hand.
            time_s: now.
            clear: the track has its name, or is far from any.
            doubtful: it overlapped another track, or jumped: it may be somebody else since.
        """
        settings, count = self._settings, len(self._looks)
        if self._tried_s is None:
            return True
        if not clear and not self._failures and count < _AT_ONCE:
            return True
        if time_s - self._tried_s < settings.look_gap_s * 2.0 ** min(self._failures, 6):
            return False
        if doubtful or count < (_CLEAR if clear else settings.looks_kept):
            return True
        worst = min(look.promise for look in self._looks)
        return promise > worst * (settings.better**2 if clear else settings.better)

    def failed(self, time_s: float) -> None:
        """The close look found no face."""
        self._tried_s = time_s
        self._failures += 1

    def contradicts(self, look: Look) -> bool:
        """Whether a good crop is of somebody else than the good ones before."""
        if self._fused is None or look.vector is None:
            return False
        firm = min(look.weight, self._looks[0].weight) >= _FIRM_WEIGHT
        return firm and float(self._fused @ look.vector) < _STRANGER

    def add(self, look: Look) -> None:
        """Take a look into account."""
        self._tried_s = look.time_s
        self.taken += 1
        if look.vector is None:
            self._failures += 1
            if self._unusable is None or look.weight > self._unusable.weight:
                self._unusable = look
            return
        self._failures = 0
        ranked = sorted([*self._looks, look], key=lambda one: -one.weight)
        self._looks = ranked[: self._settings.looks_kept]
        self._fuse()

    def join(self, other: Evidence) -> None:
        """Take over what is known of another track that is the same face."""
        ranked = sorted([*self._looks, *other._looks], key=lambda one: -one.weight)
        self._looks = ranked[: self._settings.looks_kept]
        self.taken += other.taken
        self._tried_s = other._tried_s
        self._failures = 0
        self._fuse()

    def _fuse(self) -> None:
        vectors = [look.weight * look.vector for look in self._looks if look.vector is not None]
        total = np.sum(vectors, axis=0, dtype=np.float64)
        length = float(np.linalg.norm(total))
        if length < 1e-6:  # opposite vectors of equal weight: the best alone
            total, length = np.asarray(self._looks[0].vector, dtype=np.float64), 1.0
        self._fused = np.asarray(total / length, dtype=np.float32)


def promise_of(face: Face) -> float:
    """What a crop of this detection promises, 0-1: by its size, its turn and its score."""
    side = min(1.0, min(face.box.width, face.box.height) / _FULL_SIDE)
    return side * _frontal(face) * face.score


def weigh(face: Face, quality: Quality) -> float:
    """What a crop is worth, 0-1: its promise, and how sharp it is."""
    sharp = min(1.0, quality.measures.get("sharpness", 0.0) / _FULL_SHARPNESS)
    return max(1e-3, promise_of(face) * sharp)


def _frontal(face: Face) -> float:
    if face.landmarks is None:
        return 0.5
    return max(0.05, float(np.cos(np.radians(pose_from_landmarks(face.landmarks).yaw_degrees))))

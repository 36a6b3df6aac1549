"""How far a collection is, for whoever watches, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mien.capture.poses import Pose
from mien.records import Box, ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """The state after one more picture of the source.

    Attributes:
        looked: pictures of the source that were looked at.
        found: new pictures that may be kept; they are on the disk.
        kept: pictures that the set held before.
        count: how many are wanted in all.
        poses: of what is kept and found.
        refused: by reason.
        time_s, total_s: place in the source and its length, where they are known.
        total: photos of the source, where it is a folder.
        image: the picture, ``(H, W, 3) uint8`` RGB; None where it could not be read.
        box: of the face that was meant.
        verdict: ``kept``, or the reason of its refusal.
    """

    looked: int
    found: int
    kept: int
    count: int
    poses: Mapping[Pose, int]
    refused: Mapping[str, int]
    time_s: float | None
    total_s: float | None
    total: int | None
    image: ImageArray | None
    box: Box | None
    verdict: str


class Watcher(Protocol):
    """Whoever wants to know how far it is."""

    def __call__(self, progress: Progress) -> None:
        """One more picture was looked at."""


@dataclass(frozen=True, slots=True)
class Closest:
    """The two pictures on different sides of the split that look most alike.

    ``cosine`` is of their faces' vectors, ``bits`` how many of 64 their fingerprints differ in.
    """

    train: str
    validation: str
    cosine: float
    bits: int

    def to_json(self) -> dict[str, Any]:
        return {
            "train": self.train,
            "validation": self.validation,
            "cosine": round(self.cosine, 4),
            "bits": self.bits,
        }


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection came to.

    Attributes:
        name, out, source: whose set, where it lies, and what it was filled from.
        count: how many pictures were wanted in all.
        added: new ones of this call.
        train, validation: pictures that the set holds now.
        looked: pictures of the source that were looked at.
        refused: by reason: of ``mien.quality``, or ``Refusal``.
        poses: of the whole set.
        missing: poses that are rare in it.
        gap_s: seconds between the nearest pictures of one film on different sides of the split;
            None where no film stands on both sides.
        closest: the most similar pair across the split.
        seconds: that it took.
        notes: what happened to the source on the way, in words.
    """

    name: str
    out: str
    source: str
    count: int
    added: int
    train: int
    validation: int
    looked: int
    refused: Mapping[str, int]
    poses: Mapping[Pose, int]
    missing: tuple[Pose, ...]
    gap_s: float | None
    closest: Closest | None
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def held(self) -> int:
        """Pictures in all."""
        return self.train + self.validation

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "out": self.out,
            "source": self.source,
            "count": self.count,
            "added": self.added,
            "train": self.train,
            "validation": self.validation,
            "complete": self.held >= self.count,
            "looked": self.looked,
            "refused": dict(sorted(self.refused.items(), key=lambda one: (-one[1], one[0]))),
            "poses": {pose.value: number for pose, number in self.poses.items()},
            "missing": [pose.value for pose in self.missing],
            "gap_s": None if self.gap_s is None else round(self.gap_s, 3),
            "closest": None if self.closest is None else self.closest.to_json(),
            "seconds": round(self.seconds, 2),
            "notes": list(self.notes),
        }

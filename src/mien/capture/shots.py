"""A picture of the person with where it comes from, and its form as a line of a manifest."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from mien.capture.poses import Pose
from mien.errors import InvalidManifest
from mien.records import FloatArray

FILE_NAME = re.compile(r"\d{4,12}\.jpg")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MEASURES = ("side", "sharpness", "brightness", "yaw_degrees", "pitch_degrees", "roll_degrees")


class Part(StrEnum):
    """Which side of the split a picture stands on; the folders' names."""

    TRAIN = "train"
    VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a picture was seen.

    Attributes:
        source: as the user wrote it, without the folders before it.
        session: what tells this source from all others.
        index: of the frame, or of the photo in its folder.
        time_s: seconds from the start of the source; None for photos.
    """

    source: str
    session: str
    index: int
    time_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A kept picture, or one that may be kept.

    Attributes:
        file: its name in its folder.
        sha256: of the file's bytes, 64 hex digits.
        moment: where it was seen.
        pose: which way the face looks; None where it was not measured.
        measures: of the face in the frame, see ``mien.quality``; ``side`` in pixels.
        vector: ``(D,) float32`` of unit length, of the face in the frame.
        fingerprint: 64 bits of the aligned face's brightness, see ``novelty``.
        similarity: cosine with the reference photos, where there are some.
    """

    file: str
    sha256: str
    moment: Moment
    pose: Pose | None
    measures: Mapping[str, float]
    vector: FloatArray
    fingerprint: int
    similarity: float | None = None

    def to_json(self) -> dict[str, Any]:
        time_s, similarity = self.moment.time_s, self.similarity
        return {
            "file": self.file,
            "sha256": self.sha256,
            "source": self.moment.source,
            "session": self.moment.session,
            "index": self.moment.index,
            "time_s": None if time_s is None else round(time_s, 3),
            "pose": None if self.pose is None else self.pose.value,
            "quality": {
                name: round(float(self.measures[name]), 2)
                for name in _MEASURES
                if name in self.measures
            },
            "similarity": None if similarity is None else round(similarity, 4),
            "fingerprint": f"{self.fingerprint:016x}",
            "vector": base64.b64encode(self.vector.astype("<f2").tobytes()).decode("ascii"),
        }


def shot_from_json(row: Mapping[str, Any], dimensions: int) -> Shot:
    """The shot that a line describes.

    Raises:
        InvalidManifest: a field is missing or is not what it should be.
    """
    try:
        file, digest = str(row["file"]), str(row["sha256"])
        vector = np.frombuffer(base64.b64decode(row["vector"], validate=True), dtype="<f2")
        shot = Shot(
            file=file,
            sha256=digest,
            moment=Moment(
                source=str(row["source"]),
                session=str(row["session"]),
                index=int(row["index"]),
                time_s=None if row["time_s"] is None else float(row["time_s"]),
            ),
            pose=None if row["pose"] is None else Pose(row["pose"]),
            measures={str(name): float(value) for name, value in row["quality"].items()},
            vector=_unit(vector, dimensions),
            fingerprint=int(row["fingerprint"], 16),
            similarity=None if row["similarity"] is None else float(row["similarity"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, InvalidManifest):
            raise
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise InvalidManifest(f"expected a line about a picture, got one with {what}") from error
    time_s = shot.moment.time_s
    sound = FILE_NAME.fullmatch(file) and _DIGEST.fullmatch(digest)
    if not sound or not (time_s is None or math.isfinite(time_s)):
        raise InvalidManifest(f"expected a file's name, digest and time, got {file[:40]!r}")
    return shot


def _unit(vector: FloatArray, dimensions: int) -> FloatArray:
    numbers = vector.astype(np.float32)
    norm = float(np.linalg.norm(numbers))
    if numbers.shape != (dimensions,) or not 0.5 < norm < 2.0:
        raise InvalidManifest(
            f"expected a vector of {dimensions} numbers and unit length, got {numbers.shape[0]} "
            f"of length {norm:.2f}"
        )
    return np.asarray(numbers / np.float32(norm), dtype=np.float32)

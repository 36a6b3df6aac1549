"""What is said of a video: one answer for each track, and one for each frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mien.records import Box, Identification, Outcome


@dataclass(frozen=True, slots=True)
class TrackIdentification:
    """One face on screen, from its first detection to its last, and who it is.

    Attributes:
        source: the video, as it was named.
        number: of the track, from 1; in a video each is used once.
        start_s, end_s: of the first and the last detection.
        seen_s: seconds on screen; less than ``end_s - start_s`` where it was lost meanwhile.
        best_s: of the frame with the best crop, which box, landmarks and quality are of.
        looks: close looks that gave a usable crop.
        decided: what was decided, as of a photo's face; its index means nothing.
    """

    source: str
    number: int
    start_s: float
    end_s: float
    seen_s: float
    best_s: float
    looks: int
    decided: Identification

    def to_json(self) -> dict[str, Any]:
        face = self.decided.to_json()
        del face["index"]
        return {
            "source": self.source,
            "track": self.number,
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "seen_s": round(self.seen_s, 3),
            "best_s": round(self.best_s, 3),
            "looks": self.looks,
            **face,
        }


@dataclass(frozen=True, slots=True)
class FaceNow:
    """A face in one frame, and what was known of its track at that time.

    Attributes:
        number: of the track.
        box: as detected, or between two detections.
        outcome, name, similarity: None, all three, as long as nothing was decided.
    """

    number: int
    box: Box
    outcome: Outcome | None = None
    name: str | None = None
    similarity: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.number,
            "box": self.box.to_json(),
            "outcome": None if self.outcome is None else self.outcome.value,
            "name": self.name,
            "similarity": None if self.similarity is None else round(self.similarity, 4),
        }


@dataclass(frozen=True, slots=True)
class FrameTracks:
    """The faces of one frame, left to right."""

    source: str
    index: int
    time_s: float
    faces: tuple[FaceNow, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "frame": self.index,
            "time_s": round(self.time_s, 6),
            "faces": [face.to_json() for face in self.faces],
        }

"""Faces of a key and tracked faces, matched frame by frame, and who was followed.

Source: Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR MOT
metrics" (2008), section 2.2: what was matched in the frame before stays matched where it still
overlaps enough; the rest is assigned anew.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.box_matching import overlaps
from mien.evaluation.tracks import TrackedFace, TrackedFrame
from mien.matching.assignment import best_matching


@dataclass(frozen=True, slots=True)
class Switch:
    """A frame in which a person's track changed."""

    time_s: float
    track: str
    before: str
    after: str


@dataclass(slots=True)
class PersonCounts:
    """What is counted of one track of the key while the video runs.

    Attributes:
        name: the first that the key gives it.
        frames, found: in which the key has it, and in which it was matched.
        switches, fragments: how often its track changed, and how often it was lost and found again.
        known, right, wrong: matched frames with a name in the key; with that name; with another.
        stranger, named: matched frames without a name in the key; with one in the tracks.
        last: the track of its last match, however long ago.
        lost: whether it was there without a match since then.
    """

    name: str | None = None
    frames: int = 0
    found: int = 0
    switches: int = 0
    fragments: int = 0
    known: int = 0
    right: int = 0
    wrong: int = 0
    stranger: int = 0
    named: int = 0
    last: str | None = None
    lost: bool = False

    def matched(self, true: TrackedFace, seen: TrackedFace) -> bool:
        """Count a match; whether its track is another than that of the match before."""
        switched = self.last not in (None, seen.track)
        self.found += 1
        self.switches += switched
        self.fragments += self.lost
        self.last, self.lost = seen.track, False
        if true.name is None:
            self.stranger += 1
            self.named += seen.name is not None
        else:
            self.known += 1
            self.right += seen.name == true.name
            self.wrong += seen.name not in (None, true.name)
        return switched


@dataclass(slots=True)
class TrackCounts:
    """What is counted of a whole video.

    Attributes:
        people: by their track in the key.
        switches: every one, in order.
        shared: frames in which a track of the key and one of the tracks overlap enough.
        ious: of the matches.
        held: the matches of the last frame, from the key's track to the other.
    """

    people: dict[str, PersonCounts] = field(default_factory=dict)
    switches: list[Switch] = field(default_factory=list)
    shared: Counter[tuple[str, str]] = field(default_factory=Counter)
    ious: list[float] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)

    def add(self, seen: TrackedFrame, true: TrackedFrame, least: float) -> None:
        """Count the next frame; ``least`` is the least overlap of a match."""
        shared = overlaps([face.xyxy for face in true.faces], [face.xyxy for face in seen.faces])
        edges = shared >= least
        for row, column in zip(*np.nonzero(edges), strict=True):
            self.shared[true.faces[row].track, seen.faces[column].track] += 1
        matched = self._matched(seen, true, shared, edges)
        self.held = {}
        for row, face in enumerate(true.faces):
            person = self.people.setdefault(face.track, PersonCounts())
            person.name = person.name or face.name
            person.frames += 1
            if row not in matched:
                person.lost = person.last is not None
                continue
            other, before = seen.faces[matched[row]], person.last
            self.held[face.track] = other.track
            self.ious.append(float(shared[row, matched[row]]))
            if person.matched(face, other):
                self.switches.append(Switch(true.time_s, face.track, str(before), other.track))

    def _matched(
        self,
        seen: TrackedFrame,
        true: TrackedFrame,
        shared: NDArray[np.float64],
        edges: NDArray[np.bool_],
    ) -> dict[int, int]:
        """Rows of the key's faces to rows of tracked ones.

        What is not kept is matched so that as many as possible are, and of these ways the one
        with the greatest overlap is taken.
        """
        columns = {face.track: column for column, face in enumerate(seen.faces)}
        kept: dict[int, int] = {}
        for row, face in enumerate(true.faces):
            column = columns.get(self.held.get(face.track, ""), -1)
            if column >= 0 and edges[row, column]:
                kept[row] = column
        free = edges.copy()
        free[list(kept)] = False
        free[:, list(kept.values())] = False
        gains = np.where(free, shared + 1.0 + min(free.shape), 0.0)
        for row, column in enumerate(best_matching(gains, free)):
            if column >= 0:
                kept[row] = column
        return kept


def identified_faces(shared: Counter[tuple[str, str]]) -> int:
    """Most faces that a one-to-one assignment of tracks to people gets right (Ristani 2016).

    Args:
        shared: frames in which a person of the key and a track overlap enough.
    """
    people = {person: row for row, person in enumerate(dict.fromkeys(p for p, _ in shared))}
    tracks = {track: column for column, track in enumerate(dict.fromkeys(t for _, t in shared))}
    frames = np.zeros((len(people), len(tracks)))
    for (person, track), count in shared.items():
        frames[people[person], tracks[track]] = count
    chosen = best_matching(frames, frames > 0)
    return int(sum(frames[row, column] for row, column in enumerate(chosen) if column >= 0))

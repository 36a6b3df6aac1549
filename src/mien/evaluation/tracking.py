"""How well faces are followed through a video, and named.

Sources: Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR
MOT metrics" (2008), for MOTA and identity switches; Wu and Nevatia, "Tracking of multiple,
partially occluded humans" (CVPR 2006), for mostly tracked and mostly lost; Ristani et al.,
"Performance measures and a data set for multi-target, multi-camera tracking" (2016), for IDF1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.errors import InsufficientData
from mien.evaluation.box_matching import check_iou
from mien.evaluation.intervals import Rate
from mien.evaluation.people_rates import rate_over_people
from mien.evaluation.track_matching import (
    PersonCounts,
    Switch,
    TrackCounts,
    identified_faces,
)
from mien.evaluation.tracks import TrackedFrame, check_same_frames
from mien.renamed import dropped_arguments

MOSTLY_TRACKED, MOSTLY_LOST = 0.8, 0.2


@dataclass(frozen=True, slots=True)
class KeyTrack:
    """One person's track in the key, and what became of it.

    Attributes:
        track, name: as in the key.
        frames: in which the key has it.
        found: of these, frames in which its face was matched.
        switches: how often the matched track changed.
        fragments: how often it was lost and found again.
        named_right, named_wrong: matched frames with its name, and with another.
    """

    track: str
    name: str | None
    frames: int
    found: int
    switches: int
    fragments: int
    named_right: int
    named_wrong: int

    @property
    def share(self) -> float:
        return self.found / self.frames

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.track,
            "name": self.name,
            "frames": self.frames,
            "found": self.found,
            "switches": self.switches,
            "fragments": self.fragments,
            "named_right": self.named_right,
            "named_wrong": self.named_wrong,
        }


@dataclass(frozen=True, slots=True)
class TrackingReport:
    """What a tracker made of one video.

    Attributes:
        frames: of the video; ``faces`` of the key and ``tracked`` faces, over all frames.
        iou: the least overlap of a match.
        found: faces matched, frame by frame; recall is their share of ``faces``.
        missed, false_alarms: what stayed without a match on either side.
        switches: a person whose match has another track than the last match had.
        fragments: a person lost for some frames and then matched again.
        mostly_tracked, mostly_lost: people matched in 80 % of their frames or more, in less than
            20 %.
        mota: 1 - (missed + false_alarms + switches) / faces; may be negative.
        mean_iou: of the matches; None without any.
        idf1, idp, idr: the shares of the faces that follow the best one-to-one assignment of
            tracks to people over the whole video; ``id_right`` is their number.
        recall: its interval is over people.
        name_accuracy: of the matched faces that have a name in the key, those with that name; None
            where the key or the tracks hold no name. Its interval is over people.
        strangers_named: of the matched faces without a name in the key, those that were given one.
        people: one entry for each track of the key.
        changes: every switch, in order.
        notes: what the reader must know of these numbers.
    """

    frames: int
    faces: int
    tracked: int
    iou: float
    found: int
    missed: int
    false_alarms: int
    switches: int
    fragments: int
    mostly_tracked: int
    mostly_lost: int
    mota: float
    mean_iou: float | None
    id_right: int
    idf1: float
    idp: float | None
    idr: float
    recall: Rate
    name_accuracy: Rate | None
    strangers_named: Rate | None
    people: tuple[KeyTrack, ...]
    changes: tuple[Switch, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate video --json``."""
        plain = (
            *("frames", "faces", "tracked", "iou", "found", "missed", "false_alarms", "switches"),
            *("fragments", "mostly_tracked", "mostly_lost", "mota", "mean_iou", "id_right"),
            *("idf1", "idp", "idr"),
        )
        rates = ("recall", "name_accuracy", "strangers_named")
        named = {name: getattr(self, name) for name in rates}
        return {
            **{name: getattr(self, name) for name in plain},
            **{name: None if rate is None else rate.to_json() for name, rate in named.items()},
            "people": [one.to_json() for one in self.people],
            "notes": list(self.notes),
        }


@dropped_arguments("replicates", "seed")
def evaluate_tracks(
    tracks: Sequence[TrackedFrame],
    key: Sequence[TrackedFrame],
    iou: float = 0.5,
) -> TrackingReport:
    """Judge tracks by a key of the same frames.

    Args:
        tracks: what was tracked.
        key: what is true.
        iou: the least overlap of a match, in (0, 1].

    Raises:
        InvalidLabels: not the same frames.
        InsufficientData: no face in the key.
        InvalidOption: an overlap out of range.
    """
    least = check_iou(iou)
    check_same_frames(tracks, key)
    faces = sum(len(frame.faces) for frame in key)
    tracked = sum(len(frame.faces) for frame in tracks)
    if faces == 0:
        raise InsufficientData("key: expected at least one face, got none")
    counts = TrackCounts()
    for seen, true in zip(tracks, key, strict=True):
        counts.add(seen, true, least)
    people = tuple(_closed(track, one) for track, one in counts.people.items())
    found = sum(one.found for one in people)
    switches = sum(one.switches for one in people)
    right = identified_faces(counts.shared)
    errors = faces - found + tracked - found + switches
    has_names = any(face.name is not None for frame in tracks for face in frame.faces)
    named, strangers = _name_rates(counts, has_names)
    return TrackingReport(
        frames=len(key),
        faces=faces,
        tracked=tracked,
        iou=least,
        found=found,
        missed=faces - found,
        false_alarms=tracked - found,
        switches=switches,
        fragments=sum(one.fragments for one in people),
        mostly_tracked=sum(one.share >= MOSTLY_TRACKED for one in people),
        mostly_lost=sum(one.share < MOSTLY_LOST for one in people),
        mota=1.0 - errors / faces,
        mean_iou=float(np.mean(counts.ious)) if counts.ious else None,
        id_right=right,
        idf1=2 * right / (faces + tracked),
        idp=right / tracked if tracked else None,
        idr=right / faces,
        recall=rate_over_people([one.found for one in people], [one.frames for one in people]),
        name_accuracy=named,
        strangers_named=strangers,
        people=people,
        changes=tuple(counts.switches),
        notes=_notes(len(people), has_names),
    )


def _closed(track: str, one: PersonCounts) -> KeyTrack:
    return KeyTrack(
        track, one.name, one.frames, one.found, one.switches, one.fragments, one.right, one.wrong
    )


def _name_rates(counts: TrackCounts, has_names: bool) -> tuple[Rate | None, Rate | None]:
    """Right names of people who have one, and names given to people who have none."""

    def rate(hits: list[int], tries: list[int]) -> Rate | None:
        if not has_names or sum(tries) == 0:
            return None
        return rate_over_people(hits, tries)

    people = counts.people.values()
    return (
        rate([one.right for one in people], [one.known for one in people]),
        rate([one.named for one in people], [one.stranger for one in people]),
    )


def _notes(people: int, has_names: bool) -> tuple[str, ...]:
    notes = []
    if not has_names:
        notes.append("the tracks hold no names: nothing is said of them")
    notes.append(
        "one video is one sample: MOTA and IDF1 have no interval; those of the shares are over "
        f"the key's people, of whom there are {people}"
    )
    return tuple(notes)

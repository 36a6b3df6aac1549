"""Detections become tracks: each is predicted, and the assignment is exact.

A tracker of our own, in two files, for three reasons: those on PyPI count frames, while streams
have times; they bring scipy, filterpy or torch for an assignment that ``mien.matching`` has; and
an identity that is fused over a track needs hold of when it is lost, revived and ended.

As in ByteTrack (Zhang et al., ECCV 2022, algorithm 1) strong detections are given to tracks
first, then weak ones to the tracks that remain; only strong ones begin a track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mien.matching.assignment import best_matching
from mien.records import Box, Face
from mien.tracking.motion import Motion
from mien.tracking.settings import TrackingSettings

_MIXED = 0.1  # overlap from which on two faces may be taken for each other
_SURPRISE = 0.4  # of the gate: a jump after which a closer look is due
_MOST_GROWTH = 0.7  # of the logarithm of the height between two detections: twice as large


@dataclass(eq=False, slots=True)
class Track:
    """One face over time; grows with each detection.

    Attributes:
        number: from 1, in the order of their beginning; never used again.
        face: the last detection.
        box: of that detection.
        start_s, end_s: of the first and the last detection.
        seen_s: how long it was seen, without gaps.
        hits: how often it was detected.
        doubtful: since the last close look it overlapped another track, jumped, or was found
            again: it may be somebody else's face by now.
        gaps: how often it was lost and found again.
    """

    number: int
    face: Face
    motion: Motion
    start_s: float
    end_s: float
    seen_s: float = 0.0
    hits: int = 1
    doubtful: bool = False
    gaps: int = 0

    @property
    def box(self) -> Box:
        return self.face.box


@dataclass(frozen=True, slots=True)
class Update:
    """What one detection pass did.

    Attributes:
        followed: tracks with the box that each had before, all detected now.
        begun: new tracks.
        lost: seen at the pass before, not now.
        ended: lost for too long to come back.
    """

    followed: tuple[tuple[Track, Box], ...] = ()
    begun: tuple[Track, ...] = ()
    lost: tuple[Track, ...] = ()
    ended: tuple[Track, ...] = ()


@dataclass(slots=True)
class Tracker:
    """Gives detections to tracks.

    Attributes:
        settings: scores, gates and times.
        visible: tracks that the last pass saw.
        lost: those that are waited for, by motion or by their embedding.
    """

    settings: TrackingSettings = field(default_factory=TrackingSettings)
    visible: list[Track] = field(default_factory=list)
    lost: list[Track] = field(default_factory=list)
    _count: int = 0

    def update(self, faces: Sequence[Face], time_s: float) -> Update:
        """Take the detections of one frame; times never fall."""
        settings = self.settings
        seen_before = list(self.visible)
        waiting = seen_before + [t for t in self.lost if time_s - t.end_s <= settings.lost_s]
        strong = [face for face in faces if face.score >= settings.start_score]
        weak = [
            face for face in faces if settings.follow_score <= face.score < settings.start_score
        ]
        followed: list[tuple[Track, Box]] = []
        rest, left = self._assign(waiting, strong, time_s, followed)
        self._assign(rest, weak, time_s, followed)
        found = {id(track) for track, _ in followed}
        begun = tuple(self._new(face, time_s) for face in left)
        missing = tuple(track for track in seen_before if id(track) not in found)
        self.lost = [track for track in self.lost if id(track) not in found] + list(missing)
        self.visible = [track for track, _ in followed] + list(begun)
        self._note_meetings()
        return Update(tuple(followed), begun, missing, self._expire(time_s))

    def cut(self) -> tuple[Track, ...]:
        """Another scene begins: everything ends."""
        ended = (*self.visible, *self.lost)
        self.visible, self.lost = [], []
        return ended

    def revive(self, young: Track, old: Track) -> None:
        """A track that has begun is the one that was lost: the old one goes on in its place."""
        old.face, old.motion, old.doubtful = young.face, young.motion, young.doubtful
        old.seen_s += young.seen_s
        old.end_s = young.end_s
        old.hits += young.hits
        old.gaps += 1
        self.lost = [track for track in self.lost if track is not old]
        self.visible = [old if track is young else track for track in self.visible]

    def split(self, track: Track, time_s: float) -> Track:
        """The track's face is another one than before: it ends, and a new one begins in its place.

        Returns:
            The new track, which is visible now.
        """
        new = self._new(track.face, time_s)
        self.visible = [new if one is track else one for one in self.visible]
        return new

    def _assign(
        self,
        tracks: list[Track],
        faces: list[Face],
        time_s: float,
        followed: list[tuple[Track, Box]],
    ) -> tuple[list[Track], list[Face]]:
        """Follow the tracks that a face belongs to; returns the tracks and faces that remain."""
        if not tracks or not faces:
            return tracks, faces
        gains = np.array([[self._gain(track, face, time_s) for face in faces] for track in tracks])
        chosen = best_matching(gains, gains > 0)
        taken = set()
        rest = []
        for track, column in zip(tracks, chosen, strict=True):
            if column < 0:
                rest.append(track)
                continue
            taken.add(column)
            before = track.box
            surprise = track.motion.distance(faces[column].box, time_s)[0]
            if surprise > _SURPRISE * self.settings.gate or track in self.lost:
                track.doubtful = True
            _follow(track, faces[column], time_s, self.settings)
            followed.append((track, before))
        return rest, [face for column, face in enumerate(faces) if column not in taken]

    def _gain(self, track: Track, face: Face, time_s: float) -> float:
        """More than 0 where the face may be the track's, up to the gate's height."""
        growth = abs(np.log(max(1.0, face.box.height) / max(1.0, track.motion.height)))
        if growth > _MOST_GROWTH:
            return 0.0
        squared, heights = track.motion.distance(face.box, time_s)
        if squared > self.settings.gate or heights > self.settings.reach:
            return 0.0
        # The centres' distance settles what the filter, unsure of a young track, would not.
        return (self.settings.gate - squared + 1e-6) / (1.0 + heights)

    def _new(self, face: Face, time_s: float) -> Track:
        self._count += 1
        return Track(self._count, face, Motion(face.box, time_s), time_s, time_s)

    def _note_meetings(self) -> None:
        for index, one in enumerate(self.visible):
            for other in self.visible[index + 1 :]:
                if overlap(one.box, other.box) > _MIXED:
                    one.doubtful = other.doubtful = True

    def _expire(self, time_s: float) -> tuple[Track, ...]:
        ended = tuple(t for t in self.lost if time_s - t.end_s > self.settings.revive_s)
        if ended:
            gone = {id(track) for track in ended}
            self.lost = [track for track in self.lost if id(track) not in gone]
        return ended


def _follow(track: Track, face: Face, time_s: float, settings: TrackingSettings) -> None:
    track.motion.update(face.box, time_s)
    gap_s = time_s - track.end_s
    if gap_s <= settings.lost_s:
        track.seen_s += gap_s
    track.face = face
    track.end_s = time_s
    track.hits += 1


def overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    width = min(first.x2, second.x2) - max(first.x1, second.x1)
    height = min(first.y2, second.y2) - max(first.y1, second.y1)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (first.area + second.area - shared)

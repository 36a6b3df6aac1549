"""Where the faces are in the frames between two detections."""

from __future__ import annotations

from collections.abc import Sequence

from mien.images.video import Frame
from mien.records import Box
from mien.tracking import FaceNow, FrameTracks, Namer, Track, between


class Presence:
    """Remembers the last detection, and tells every frame.

    Between two detections of a track its box moves evenly. One that is gone at the second
    was there for half of the time, moving on as it did; one that is new, likewise.

    Args:
        source: the video's name in answers.
        namer: who the tracks are.
    """

    def __init__(self, source: str, namer: Namer) -> None:
        self._source = source
        self._namer = namer
        self._before: dict[int, tuple[Track, Box]] = {}
        self._before_s = 0.0

    def passed(
        self, frame: Frame, visible: Sequence[Track], detected_s: float | None
    ) -> FrameTracks:
        """A frame before the detection at ``detected_s``, which saw the visible tracks.

        Without such a detection every track moves on as it did.
        """
        time_s = frame.time_s
        if detected_s is None:
            boxes = [(track, track.motion.box_at(time_s)) for track, _ in self._before.values()]
            return self._told(frame, boxes)
        share = (time_s - self._before_s) / max(1e-6, detected_s - self._before_s)
        boxes = []
        for track in visible:
            if track.number in self._before:
                first = self._before[track.number][1]
                boxes.append((track, between(first, track.box, share)))
            elif share > 0.5:
                boxes.append((track, track.box))
        seen = {track.number for track in visible}
        gone = [track for number, (track, _) in self._before.items() if number not in seen]
        if share <= 0.5:
            boxes += [(track, track.motion.box_at(time_s)) for track in gone]
        return self._told(frame, boxes)

    def detected(self, frame: Frame, visible: Sequence[Track]) -> FrameTracks:
        """The frame of a detection, which saw these tracks."""
        self._before = {track.number: (track, track.box) for track in visible}
        self._before_s = frame.time_s
        return self._told(frame, [(track, track.box) for track in visible])

    def end(self) -> None:
        """Another scene begins."""
        self._before = {}

    def _told(self, frame: Frame, boxes: Sequence[tuple[Track, Box]]) -> FrameTracks:
        width, height = frame.size_wh
        faces = [
            self._face(track, Box(*_clipped(box, width, height)))
            for track, box in boxes
            if box.x2 > 1 and box.y2 > 1 and box.x1 < width - 1 and box.y1 < height - 1
        ]
        faces.sort(key=lambda face: (face.box.x1, face.box.y1))
        return FrameTracks(self._source, frame.index, frame.time_s, tuple(faces))

    def _face(self, track: Track, box: Box) -> FaceNow:
        decision = self._namer.of(track.number).now()
        if decision is None:
            return FaceNow(track.number, box)
        return FaceNow(track.number, box, decision.outcome, decision.name, decision.similarity)


def _clipped(box: Box, width: int, height: int) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box.xyxy
    return (max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2))

"""A video's way on one page: read -> scan -> follow -> look closely -> name.

Frames are read ahead in one thread and scanned for faces in a second one, small and a few times
a second; this one follows the faces, looks closely at the few crops that are worth it, and
names the tracks. Of a film every answer depends on the film alone, not on the clock.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from mien.detection import Detector, moved
from mien.gallery import Gallery
from mien.images.video import Frame, VideoReader
from mien.matching import Policy
from mien.parallel import ordered_map
from mien.pipeline import Recognizer
from mien.records import Face
from mien.tracking import (
    FrameTracks,
    Schedule,
    TrackIdentification,
    TrackingSettings,
)
from mien.watching.presence import Presence
from mien.watching.scene import Scene
from mien.watching.stretches import Stretch, stretches

SCAN_SIDE = 960  # longest side of the frames in which faces are looked for, pixels


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame and the faces in it."""

    frame: Frame
    tracks: FrameTracks


class Watcher:
    """Finds, follows and names the faces of videos.

    Args:
        recognizer: the pipeline for photos: close looks are its.
        gallery: the people who may be named.
        policy: threshold, margin and calibration.
        scout: looks for faces in reduced frames; the recognizer's detector by default, which is
            more thorough than need be.
        settings: of tracking.
        min_face: faces whose box has a shorter side are not followed, pixels of the frame; frames
            are scanned in full size then.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        gallery: Gallery,
        policy: Policy,
        *,
        scout: Detector | None = None,
        settings: TrackingSettings | None = None,
        min_face: int | None = None,
    ) -> None:
        self.recognizer = recognizer
        self.gallery = gallery
        self.policy = policy
        self.scout = scout or recognizer.detector
        self.settings = settings or TrackingSettings()
        self.min_face = min_face

    def watch(self, video: VideoReader) -> Iterator[Seen | TrackIdentification]:
        """Watch a video to its end.

        Yields:
            Every frame with its faces, in order, and each track soon after it has ended.
        """
        source, live = video.info.source, video.info.live
        scene = Scene(source, self.recognizer, self.gallery, self.policy, self.settings)
        presence = Presence(source, scene.namer)
        schedule = Schedule(self.settings.every, self.settings.interval_s, live=live)
        with closing(self._scanned(stretches(video, schedule), live=live)) as scanned:
            for stretch, faces in scanned:
                frame = stretch.looked_at
                over = () if frame is None else tuple(scene.detected(frame, faces))
                visible = scene.faces
                detected_s = None if frame is None else frame.time_s
                for passed in stretch.passed:
                    yield Seen(passed, presence.passed(passed, visible, detected_s))
                if frame is not None:
                    yield Seen(frame, presence.detected(frame, visible))
                yield from over
                if stretch.scene_ends:
                    presence.end()
                    yield from scene.end()

    def _scanned(
        self, parts: Iterable[Stretch], *, live: bool
    ) -> Generator[tuple[Stretch, tuple[Face, ...]]]:
        """Each stretch with the faces of its last frame."""
        if live:  # nothing is read ahead: it would be late, and the schedule would not know
            yield from map(self._scan, parts)
        else:
            yield from ordered_map(self._scan, parts, 1)

    def _scan(self, stretch: Stretch) -> tuple[Stretch, tuple[Face, ...]]:
        frame = stretch.looked_at
        if frame is None:
            return stretch, ()
        small = frame.image if self.min_face is not None else frame.reduced(SCAN_SIDE)
        scale = frame.size_wh[0] / small.shape[1]
        (found,) = self.scout.detect([small])
        faces = (moved(face, scale) for face in found)
        least = self.min_face or 0
        return stretch, tuple(one for one in faces if min(one.box.width, one.box.height) >= least)

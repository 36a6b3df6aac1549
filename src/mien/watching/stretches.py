"""A video in stretches: frames that pass unseen, and one in which faces are looked for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from mien.images.video import Frame, VideoReader
from mien.tracking import CutFinder, Schedule

_LONGEST = 64  # frames that are held until the next detection


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames in order.

    Attributes:
        passed: frames in which nobody looks for faces.
        looked_at: the one after them in which faces are looked for.
        scene_ends: with the last of these frames.
    """

    passed: tuple[Frame, ...]
    looked_at: Frame | None = None
    scene_ends: bool = False


def stretches(video: VideoReader, schedule: Schedule) -> Iterator[Stretch]:
    """Cut a video into stretches; with the first frame of a scene a new one begins.

    What the taker of a stretch does until it wants the next counts as the schedule's work.
    """
    cuts = CutFinder()
    passed: list[Frame] = []
    for frame in video:
        cut = cuts.sees(frame.thumbnail())
        if cut:
            yield Stretch(tuple(passed), scene_ends=True)
            passed = []
        if cut or schedule.is_due(frame.index, frame.time_s):
            started = time.perf_counter()
            yield Stretch(tuple(passed), frame)
            schedule.detected(frame.index, frame.time_s, time.perf_counter() - started)
            passed = []
            continue
        passed.append(frame)
        if len(passed) >= _LONGEST:
            yield Stretch(tuple(passed))
            passed = []
    yield Stretch(tuple(passed), scene_ends=True)

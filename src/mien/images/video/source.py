"""What the reader needs of whatever gives frames, and when a broken source is tried again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Final, Protocol

from mien.images.video.frame import Frame, VideoInfo
from mien.images.video.options import VideoOptions

_SHORTEST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 30.0


class FrameSource(Protocol):
    """Something opened that gives frames until it ends.

    Attributes:
        info: what is known of it.
        notes: what happened that whoever looks at the frames should know, in words.
        broken: where a stream or a camera broke off, when and why; empty where it ended.
    """

    info: VideoInfo
    notes: list[str]
    broken: str

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """The frames in order; ends soon after ``stop`` is set."""
        ...

    def close(self) -> None:
        """Give back what is open; may be called twice."""
        ...


def broke_off(time_s: float, frames: int, reason: str) -> str:
    """When a source broke off and why, in words."""
    return f"broke off after {time_s:.1f} s, {frames:,} frames: {reason}"


def attempts(options: VideoOptions, stop: threading.Event) -> Iterator[None]:
    """A turn for each attempt to open a broken source again, after pauses that grow.

    Ends when the options allow no more, or ``stop`` is set.
    """
    until_s = None if options.reconnect_s is None else time.monotonic() + options.reconnect_s
    pause_s = options.reconnect_wait_s
    for tried in count():
        left_s = pause_s if until_s is None else until_s - time.monotonic()
        over = tried >= options.reconnect_tries if until_s is None else left_s <= 0
        if over or stop.wait(min(pause_s, left_s)):
            return
        yield
        pause_s = min(max(2 * pause_s, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)

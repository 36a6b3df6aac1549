"""What the reader needs of whatever gives frames."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol

from mien.images.video.frame import Frame, VideoInfo


class FrameSource(Protocol):
    """Something opened that gives frames until it ends.

    Attributes:
        info: what is known of it.
        notes: what happened that whoever looks at the frames should know, in words.
    """

    info: VideoInfo
    notes: list[str]

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """The frames in order; ends soon after ``stop`` is set."""
        ...

    def close(self) -> None:
        """Give back what is open; may be called twice."""
        ...

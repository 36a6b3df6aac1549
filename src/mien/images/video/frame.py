"""One frame with its time, made into pixels only where somebody looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from mien.records import ImageArray

_THUMBNAIL_WH = (64, 36)


class Picture(Protocol):
    """Pixels that can be had in any size."""

    @property
    def size_wh(self) -> tuple[int, int]:
        """Of the upright picture."""
        ...

    def rgb(self, size_wh: tuple[int, int]) -> ImageArray:
        """Upright, ``(H, W, 3) uint8``, RGB."""
        ...

    def grey(self, size_wh: tuple[int, int]) -> ImageArray:
        """Upright, ``(H, W) uint8``, as fast as can be: nearest neighbours."""
        ...


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a video.

    A frame that nobody looks at costs only its decoding. It is meant for one thread at a time.

    Attributes:
        index: its place in the stream, from 0; those that were dropped are counted.
        time_s: seconds since the first frame, by the stream's own clock; never falls.
        picture: where its pixels come from.
    """

    index: int
    time_s: float
    picture: Picture = field(repr=False)

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.picture.size_wh

    @property
    def image(self) -> ImageArray:
        """The upright picture, ``(H, W, 3) uint8``, RGB."""
        kept = vars(self)  # Python 3.11's cached_property holds a lock that a fork may inherit
        if "image" not in kept:
            kept["image"] = self.picture.rgb(self.size_wh)
        pixels: ImageArray = kept["image"]
        return pixels

    def reduced(self, longest_side: int) -> ImageArray:
        """As ``image``, its longest side at most so many pixels; nothing is enlarged."""
        width, height = self.size_wh
        scale = longest_side / max(width, height)
        if scale >= 1.0:
            return self.image
        return self.picture.rgb((max(1, round(width * scale)), max(1, round(height * scale))))

    def thumbnail(self) -> ImageArray:
        """The whole frame as ``(36, 64) uint8`` grey, whatever its shape: to compare frames by."""
        return self.picture.grey(_THUMBNAIL_WH)


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a video when it is opened.

    Attributes:
        source: as it was named, without a password.
        size_wh: of every upright frame, pixels.
        frames_per_second: on average, as the file says; None where it does not.
        duration_s: as the file says; None for a live source.
        frame_count: as the file says, where that is believable.
        live: whether frames come when they like, and are dropped where nobody takes them.
        rotation_degrees: by which the stored frames are turned counterclockwise to stand upright.
        has_sound: whether there is a sound track.
    """

    source: str
    size_wh: tuple[int, int]
    frames_per_second: float | None = None
    duration_s: float | None = None
    frame_count: int | None = None
    live: bool = False
    rotation_degrees: int = 0
    has_sound: bool = False

"""Decoded frames as FFmpeg gives them, made upright and scaled in one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mien.images.video.pictures import fitted
from mien.records import ImageArray

if TYPE_CHECKING:
    from av import VideoFrame


@dataclass(frozen=True, slots=True)
class Shape:
    """How stored frames become upright pictures.

    Attributes:
        stored_wh: of the frames as they are stored.
        upright_wh: of the pictures, their pixels square.
        quarter_turns: counterclockwise.
    """

    stored_wh: tuple[int, int]
    upright_wh: tuple[int, int]
    quarter_turns: int = 0


def shape_of(frame: VideoFrame, pixel_aspect: float) -> Shape:
    """By the frame's display matrix, and the width of its pixels divided by their height."""
    width = frame.width
    if 0.2 <= pixel_aspect <= 5.0:  # anything else is no aspect that anybody filmed in
        width = max(1, round(width * pixel_aspect))
    turns = round(frame.rotation / 90.0) % 4
    upright = (width, frame.height) if turns % 2 == 0 else (frame.height, width)
    return Shape((frame.width, frame.height), upright, turns)


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPicture:
    """A decoded frame that shows itself in the size of the video's first frame.

    Attributes:
        frame: of PyAV; its memory is given back with it.
        shape: of this frame.
        size_wh: of the video's upright frames. A frame of another shape stands inside it, on
            black.
    """

    frame: VideoFrame
    shape: Shape
    size_wh: tuple[int, int]

    def rgb(self, size_wh: tuple[int, int]) -> ImageArray:
        from av.video.reformatter import Interpolation

        same = size_wh == self.shape.upright_wh
        return self._made(size_wh, "rgb24", None if same else Interpolation.AREA)

    def grey(self, size_wh: tuple[int, int]) -> ImageArray:
        from av.video.reformatter import Interpolation

        return self._made(size_wh, "gray", Interpolation.POINT)

    def _made(self, size_wh: tuple[int, int], form: str, interpolation: Any) -> ImageArray:
        if self.shape.upright_wh == self.size_wh or form == "gray":
            inner = size_wh
        else:
            inner = _inside(self.shape.upright_wh, size_wh)
        turned = self.shape.quarter_turns % 2 == 1
        wanted = inner[::-1] if turned else inner
        scaled = self.frame.reformat(
            width=wanted[0], height=wanted[1], format=form, interpolation=interpolation
        ).to_ndarray()
        upright = np.rot90(scaled, self.shape.quarter_turns)
        array = np.ascontiguousarray(upright, dtype=np.uint8)
        return array if inner == size_wh else fitted(array, size_wh)


def _inside(shape_wh: tuple[int, int], size_wh: tuple[int, int]) -> tuple[int, int]:
    scale = min(size_wh[0] / shape_wh[0], size_wh[1] / shape_wh[1])
    return (max(1, round(shape_wh[0] * scale)), max(1, round(shape_wh[1] * scale)))

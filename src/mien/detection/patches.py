"""The surroundings of a face as a small square picture, turned upright, for another look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.records import FloatArray, ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A square view of a picture.

    Attributes:
        image: ``(S, S, 3) uint8``, black outside the picture.
        turn: ``(2, 2)``, from the patch's pixels to the picture's: scale and rotation.
        middle: ``(2,)``, where in the picture the patch's middle lies.
    """

    image: ImageArray
    turn: NDArray[np.float64]
    middle: NDArray[np.float64]

    @property
    def scale(self) -> float:
        """The picture's pixels for one of the patch's."""
        return float(np.hypot(*self.turn[:, 0]))

    def to_picture(self, places: FloatArray) -> FloatArray:
        """Places ``(..., 2)`` in the patch, pixels, as places in the picture."""
        half = self.image.shape[0] / 2
        return np.asarray((places - half) @ self.turn.T + self.middle, dtype=np.float32)


def square_patch(
    picture: ImageArray, box: FloatArray, side: int, fill: float, roll_degrees: float = 0.0
) -> Patch:
    """A square around a box, scaled so that the box's longer side fills a part of it.

    Where the patch is at least two times smaller than what it shows, whole blocks of pixels are
    averaged first, so that no pixel is skipped over.

    Args:
        picture: ``(H, W, 3) uint8``.
        box: ``(4,)``, pixels, x1 y1 x2 y2.
        side: of the patch, pixels.
        fill: what part of the patch's side the box's longer side takes.
        roll_degrees: a face rolled by so much, clockwise, is upright in the patch.
    """
    import cv2

    scale = max(float((box[2:] - box[:2]).max()), 1.0) / (fill * side)
    angle = math.radians(roll_degrees)
    across, down = scale * math.cos(angle), scale * math.sin(angle)
    turn = np.array([[across, -down], [down, across]])
    middle = np.asarray((box[:2] + box[2:]) / 2, dtype=np.float64)
    start = middle - turn @ np.full(2, side / 2)  # the patch's upper left corner
    blocks = int(scale)
    if blocks >= 2:
        picture, first = _blocks(picture, start, turn * side, blocks)
        start, step = (start - first) / blocks, turn / blocks
    else:
        step = turn
    pixel = start + step @ np.full(2, 0.5) - 0.5  # the middle of the patch's first pixel
    matrix = np.concatenate([step, pixel[:, None]], axis=1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    image = cv2.warpAffine(picture, matrix, (side, side), flags=flags)
    return Patch(np.asarray(image, dtype=np.uint8), turn, middle)


def _blocks(
    picture: ImageArray, start: NDArray[np.float64], edges: NDArray[np.float64], blocks: int
) -> tuple[ImageArray, NDArray[np.int64]]:
    """The part of the picture that a patch shows, ``blocks`` times smaller, and where it begins."""
    import cv2

    size_wh = np.array(picture.shape[1::-1])
    corners = start + np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) @ edges.T
    first = np.floor(corners.min(axis=0) - blocks).clip(0, size_wh - 1).astype(np.int64)
    last = np.ceil(corners.max(axis=0) + blocks).clip(first + 1, size_wh).astype(np.int64)
    columns, rows = np.maximum((last - first) // blocks, 1).tolist()
    part = picture[
        first[1] : first[1] + rows * blocks,
        first[0] : first[0] + columns * blocks,
    ]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), first

"""The surroundings of a face as a small square picture, for a second look."""

from __future__ import annotations

import numpy as np

from mien.records import FloatArray, ImageArray


def square_patch(
    picture: ImageArray, box: FloatArray, side: int, fill: float
) -> tuple[ImageArray, FloatArray, float]:
    """A square around a box, scaled so that the box's longer side fills a part of it.

    Where the patch is at least two times smaller than what it shows, whole blocks of pixels are
    averaged first, so that no pixel is skipped over.

    Args:
        picture: ``(H, W, 3) uint8``.
        box: ``(4,)``, pixels, x1 y1 x2 y2.
        side: of the patch, pixels.
        fill: what part of the patch's side the box's longer side takes.

    Returns:
        The patch, ``(side, side, 3) uint8``, black outside the picture; its upper left corner in
        the picture, ``(2,) float32``; and the picture's pixels for one of its own.
    """
    import cv2

    scale = max(float((box[2:] - box[:2]).max()), 1.0) / (fill * side)
    corner = np.asarray((box[:2] + box[2:]) / 2 - side * scale / 2, dtype=np.float32)
    start = corner + 0.5 * scale - 0.5  # the middle of the patch's first pixel
    blocks = int(scale)
    step = scale
    if blocks >= 2:
        picture, first = _blocks(picture, corner, side * scale, blocks)
        start = (start - first - (blocks - 1) / 2) / blocks
        step = scale / blocks
    matrix = np.array([[step, 0.0, start[0]], [0.0, step, start[1]]], dtype=np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(picture, matrix, (side, side), flags=flags)
    return np.asarray(patch, dtype=np.uint8), corner, scale


def _blocks(
    picture: ImageArray, corner: FloatArray, extent: float, blocks: int
) -> tuple[ImageArray, FloatArray]:
    """The part of the picture that a patch shows, ``blocks`` times smaller, and where it begins."""
    import cv2

    size_wh = np.array(picture.shape[1::-1])
    first = np.floor(corner - blocks).clip(0, size_wh - 1).astype(int)
    last = np.ceil(corner + extent + blocks).clip(first + 1, size_wh).astype(int)
    columns, rows = np.maximum((last - first) // blocks, 1).tolist()
    part = picture[
        first[1] : first[1] + rows * blocks,
        first[0] : first[0] + columns * blocks,
    ]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), first.astype(np.float32)

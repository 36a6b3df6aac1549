"""What is cut out of a frame and kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.capture.options import Form
from mien.records import Box, Face, ImageArray

MARGINS = (2.0, 1.75, 1.5, 1.3)
"""Sides of the crop in units of the face's box: enough for a detector to find the face again and
for a training to align it its own way; less where another face is near."""
TIGHT_MARGIN = 1.1
MINIMUM_SIDE = 48  # pixels: enlarged to it, because readers refuse tinier pictures as faceless


def cut(image: ImageArray, face: Face, others: Sequence[Face], form: Form) -> ImageArray | None:
    """The picture to keep of a face; None where every crop would show another face too.

    Args:
        image: the frame, ``(H, W, 3) uint8`` RGB.
        face: the one that is wanted.
        others: every other detected face of the frame.
        form: what the pictures look like.

    Returns:
        ``(h, w, 3) uint8`` RGB; three equal channels for the grey form.
    """
    if form.frames:
        return image
    if form.grey:
        return _tight_grey(image, face.box, form.side or 0)
    for margin in MARGINS:
        place = _square(face.box, margin)
        if not any(_shows(place, other.box) for other in others):
            break
    else:
        return None
    if form.side is not None:
        return _resized(_padded(image, place), form.side, form.side)
    height, width = image.shape[:2]
    x1, y1, x2, y2 = place
    part = image[max(0, y1) : min(height, y2), max(0, x1) : min(width, x2)]
    scale = max(1.0, MINIMUM_SIDE / min(part.shape[:2]))
    return _resized(part, round(scale * part.shape[1]), round(scale * part.shape[0]))


def _square(box: Box, margin: float) -> tuple[int, int, int, int]:
    half = margin * max(box.width, box.height) / 2
    x, y = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
    left, top = round(x - half), round(y - half)
    side = max(2, round(2 * half))
    return left, top, left + side, top + side


def _shows(place: tuple[int, int, int, int], box: Box) -> bool:
    """Whether a square shows more than a tenth of a box."""
    width = min(place[2], box.x2) - max(place[0], box.x1)
    height = min(place[3], box.y2) - max(place[1], box.y1)
    return width > 0 and height > 0 and width * height > 0.1 * box.area


def _tight_grey(image: ImageArray, box: Box, side: int) -> ImageArray:
    import cv2

    crop = _resized(_padded(image, _square(box, TIGHT_MARGIN)), side, side)
    return np.asarray(
        cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), dtype=np.uint8
    )


def _padded(image: ImageArray, place: tuple[int, int, int, int]) -> ImageArray:
    """A square of the image; beyond its edges the edge goes on."""
    height, width = image.shape[:2]
    rows = np.clip(np.arange(place[1], place[3]), 0, height - 1)
    columns = np.clip(np.arange(place[0], place[2]), 0, width - 1)
    return image[rows][:, columns]


def _resized(part: ImageArray, width: int, height: int) -> ImageArray:
    import cv2

    if part.shape[:2] == (height, width):
        return np.ascontiguousarray(part)
    smaller = width < part.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    pixels = cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=how)
    return np.asarray(pixels, dtype=np.uint8)

"""Turning a picture upright. Source: EXIF 2.32, tag 0x0112; TIFF 6.0, page 36."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from mien.records import ImageArray

_TURNS: Final[Mapping[int, Callable[[ImageArray], ImageArray]]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: pixels.transpose(1, 0, 2)[:, ::-1],
    7: lambda pixels: pixels.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda pixels: pixels.transpose(1, 0, 2)[::-1],
}


def upright(pixels: ImageArray, orientation: int) -> ImageArray:
    """Turn or mirror a picture as its EXIF orientation, 1 to 8, asks.

    Returns:
        The same ``(H, W, 3)`` or the turned ``(W, H, 3)``, C-contiguous.
    """
    if orientation == 1:
        return pixels
    return np.ascontiguousarray(_TURNS[orientation](pixels))

"""BMP: its size. Source: Microsoft, Bitmap Storage (BITMAPCOREHEADER, BITMAPINFOHEADER)."""

from __future__ import annotations

import struct

from mien.images.facts import Header
from mien.images.limits import Limits

_CORE_HEADER = 12


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a BMP file; a negative height means rows from the top down.

    Raises:
        DamagedImage, ImageTooLarge, ImageTooSmall
    """
    layout = "<HH" if data[14] == _CORE_HEADER else "<ii"
    width, height = struct.unpack_from(layout, data, 18)
    limits.check_size(width, abs(height))
    return Header("BMP", width, abs(height))

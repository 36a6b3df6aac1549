"""GIF: its size and its number of frames. Source: GIF89a Specification (CompuServe, 1990)."""

from __future__ import annotations

from mien.errors import DamagedImage
from mien.images.facts import Header
from mien.images.limits import Limits

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a GIF file, with all its blocks walked.

    Raises:
        DamagedImage: cut, or an unknown block.
        ImageTooLarge: its size, or more than one frame.
        ImageTooSmall
    """
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    limits.check_size(width, height)
    try:
        frames = _count_frames(data)
    except IndexError as error:
        raise DamagedImage("expected a whole GIF, got a part; get the original file") from error
    limits.check_frames(frames)
    return Header("GIF", width, height)


def _count_frames(data: bytes) -> int:
    position = 13 + _table_length(data[10])
    frames = 0
    while data[position] != _TRAILER:
        if data[position] == _EXTENSION:
            position += 2
        elif data[position] == _IMAGE:
            frames += 1
            position += 11 + _table_length(data[position + 9])
        else:
            raise DamagedImage(f"expected a GIF block at byte {position:,}; get the original file")
        while data[position]:  # sub-blocks, up to one of length zero
            position += 1 + data[position]
        position += 1
    return frames


def _table_length(flags: int) -> int:
    """Bytes of the colour table that ``flags`` announces."""
    return 3 * 2 ** (1 + (flags & 7)) if flags & 0x80 else 0

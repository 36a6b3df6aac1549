"""GIF: its first frame, and that alone. Source: GIF89a Specification (CompuServe, 1990)."""

from __future__ import annotations

from typing import Final

from mien.errors import DamagedImage
from mien.images.facts import Header
from mien.images.limits import Limits

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL: Final = b"\x21\xf9"  # the extension that says which colour is transparent
_MAX_BLOCKS: Final = 500_000  # ordinary ones hold 255 bytes, so that 64 MiB have 262,144
_CURE: Final = "get the original file"


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a GIF file.

    Raises:
        DamagedImage: cut within the first frame, without one, or an unknown block.
        ImageTooLarge, ImageTooSmall
    """
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    limits.check_size(width, height)
    first_frame(data)
    return Header("GIF", width, height)


def first_frame(data: bytes) -> bytes:
    """The same file with the first frame alone; its comments and later frames are never decoded.

    Raises:
        DamagedImage: see `read_header`.
    """
    start = position = 13 + _table_length(data[10])
    parts = [data[:start]]
    blocks = 0
    found = False
    try:
        while data[position] != _TRAILER and not found:
            start = position
            found = data[position] == _IMAGE
            if not found and data[position] != _EXTENSION:
                raise DamagedImage(f"expected a GIF block at byte {position:,}; {_CURE}")
            position += 11 + _table_length(data[position + 9]) if found else 2
            while data[position]:  # sub-blocks, up to one of length zero
                position += 1 + data[position]
                blocks += 1
                if blocks > _MAX_BLOCKS:
                    raise DamagedImage(f"expected a GIF in ordinary blocks, got scraps; {_CURE}")
            position += 1
            if found or data.startswith(_CONTROL, start):
                parts.append(data[start:position])
        if found and data[position] not in (_EXTENSION, _IMAGE, _TRAILER):
            raise DamagedImage(f"expected a GIF block at byte {position:,}; {_CURE}")
    except IndexError as error:
        raise DamagedImage(f"expected a whole GIF, got a part; {_CURE}") from error
    if not found:
        raise DamagedImage(f"expected a GIF with a picture, got none; {_CURE}")
    return b"".join([*parts, bytes([_TRAILER])])


def _table_length(flags: int) -> int:
    """Bytes of the colour table that ``flags`` announces."""
    return 3 * 2 ** (1 + (flags & 7)) if flags & 0x80 else 0

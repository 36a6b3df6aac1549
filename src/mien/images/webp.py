"""WebP: its chunks, for the size, the orientation and the number of frames.

Source: RFC 9649, section 2.
"""

from __future__ import annotations

from typing import Final

from mien.errors import DamagedImage
from mien.images.facts import Header
from mien.images.limits import Limits
from mien.images.tiff import exif_orientation

_CURE: Final = "get the original file"


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a WebP file.

    Raises:
        DamagedImage: cut, or without a picture.
        ImageTooLarge: its size, or more than one frame.
        ImageTooSmall
    """
    limits.check_size(*_size(data))
    width, height = _size(data)
    total = 8 + int.from_bytes(data[4:8], "little")
    if total > len(data):
        raise DamagedImage(f"expected {total:,} bytes of WebP, got {len(data):,}; {_CURE}")
    frames, orientation, icc = 0, 1, None
    position = 12
    while position + 8 <= total:
        kind = data[position : position + 4]
        end = position + 8 + int.from_bytes(data[position + 4 : position + 8], "little")
        if end > total:
            raise DamagedImage(f"expected a WebP chunk to end within the file; {_CURE}")
        if kind == b"ANMF":
            frames += 1
        elif kind == b"EXIF":
            orientation = exif_orientation(data[position + 8 : end])
        elif kind == b"ICCP":
            icc = data[position + 8 : end]
        position = end + (end & 1)
    limits.check_frames(frames)
    return Header("WebP", width, height, orientation, icc)


def _size(data: bytes) -> tuple[int, int]:
    kind, payload = data[12:16], data[20:30]
    if kind == b"VP8X" and len(payload) >= 10:
        return (
            1 + int.from_bytes(payload[4:7], "little"),
            1 + int.from_bytes(payload[7:10], "little"),
        )
    if kind == b"VP8L" and len(payload) >= 5 and payload[0] == 0x2F:
        bits = int.from_bytes(payload[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and len(payload) >= 10 and payload[3:6] == b"\x9d\x01\x2a":
        return (
            int.from_bytes(payload[6:8], "little") & 0x3FFF,
            int.from_bytes(payload[8:10], "little") & 0x3FFF,
        )
    raise DamagedImage(f"expected a WebP picture, got its container alone; {_CURE}")

"""JPEG: its header from the markers, its pixels from libjpeg-turbo with warnings as errors.

Source: ITU-T T.81, annex B (markers); EXIF 2.32, 4.5.4 (APP1); ICC.1:2022, B.4 (APP2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from mien.errors import DamagedImage, ImageTooLarge, UnsupportedImage
from mien.images.facts import Header
from mien.images.limits import Limits
from mien.images.tiff import exif_orientation, exif_taken
from mien.process import load_library

if TYPE_CHECKING:
    from mien.records import ImageArray

_SOI, _EOI, _SOS, _APP1, _APP2 = 0xD8, 0xD9, 0xDA, 0xE1, 0xE2
_STANDALONE: Final = frozenset([0x01, *range(0xD0, 0xD8)])
# Every start-of-frame marker; DHT (C4), JPG (C8) and DAC (CC) lie between them.
_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset([0xC2, 0xC6, 0xCA, 0xCE])
# Inside a scan an FF is followed by 00 or a restart marker; anything else ends the scan.
_END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_CURE: Final = "get the original file"


@dataclass(slots=True)
class _Found:
    size: tuple[int, int] | None = None
    orientation: int | None = None
    taken: datetime | None = None
    profile: dict[int, bytes] = field(default_factory=dict)
    shrunk: int = 1


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a JPEG file: everything up to its first scan.

    Raises:
        DamagedImage: a segment reaches past the end, or a scan comes before the frame.
        UnsupportedImage: 12-bit samples.
        ImageTooLarge, ImageTooSmall
    """
    found = _Found()
    position = 2
    while True:
        marker, start, end = _next_segment(data, position)
        if marker == _SOS:
            break
        _note_segment(found, marker, data[start:end], limits)
        position = end
    if found.size is None:
        raise DamagedImage(f"expected a JPEG frame before its first scan, got none; {_CURE}")
    _check_scans(data, end, limits)
    width, height = found.size
    profile = b"".join(found.profile[number] for number in sorted(found.profile)) or None
    turned = found.orientation or 1
    return Header("JPEG", width, height, turned, profile, found.taken, found.shrunk)


def _next_segment(data: bytes, position: int) -> tuple[int, int, int]:
    """The marker at ``position``, and where its payload starts and ends."""
    if position + 4 > len(data) or data[position] != 0xFF:
        raise DamagedImage(f"expected a JPEG marker at byte {position:,}, got none; {_CURE}")
    while position + 4 <= len(data) and data[position + 1] == 0xFF:  # fill bytes
        position += 1
    marker = data[position + 1]
    if marker in _STANDALONE:
        return marker, position + 2, position + 2
    if marker in (_SOI, _EOI):
        raise DamagedImage(f"expected a JPEG scan, got the end of the picture; {_CURE}")
    end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    if end > len(data) or end < position + 4:
        raise DamagedImage(
            f"expected a JPEG segment to end within {len(data):,} bytes, "
            f"got one that ends at {end:,}; {_CURE}"
        )
    return marker, position + 4, end


def _note_segment(found: _Found, marker: int, payload: bytes, limits: Limits) -> None:
    if marker in _START_OF_FRAME and found.size is None:
        if len(payload) < 6:
            raise DamagedImage(f"expected a whole JPEG frame header, got a part; {_CURE}")
        if payload[0] != 8:
            raise UnsupportedImage(
                f"expected JPEG samples of 8 bits, got {payload[0]}; save it as an ordinary JPEG"
            )
        found.size = (int.from_bytes(payload[3:5], "big"), int.from_bytes(payload[1:3], "big"))
        # A progressive one takes memory for all its pixels, however small it is decoded.
        if marker not in _PROGRESSIVE:
            found.shrunk = limits.shrinking(*found.size)
        limits.check_size(*(-(-side // found.shrunk) for side in found.size))
    elif marker == _APP1 and payload.startswith(b"Exif\0\0") and found.orientation is None:
        found.orientation = exif_orientation(payload)
        found.taken = exif_taken(payload)
    elif marker == _APP2 and payload.startswith(b"ICC_PROFILE\0") and len(payload) > 14:
        found.profile[payload[12]] = payload[14:]


def _check_scans(data: bytes, position: int, limits: Limits) -> None:
    """Refuse a progressive picture that repeats its scans: each costs a pass over all pixels."""
    if data.count(b"\xff\xda", position) < limits.max_scans:  # quick, and never too low
        return
    scans = 1
    while (match := _END_OF_SCAN.search(data, position)) and match[0][1] != _EOI:
        scans += match[0][1] == _SOS
        if scans > limits.max_scans:
            raise ImageTooLarge(
                f"expected at most {limits.max_scans} scans in a JPEG, got more; save it again"
            )
        length = data[match.end() : match.end() + 2]
        position = match.end() + max(2, int.from_bytes(length, "big"))


def decode(data: bytes, header: Header, limits: Limits) -> ImageArray:
    """Decode all pixels as stored, or 1/2, 1/4 or 1/8 of them; CMYK and grey turned into RGB.

    Returns:
        ``(height, width, 3) uint8`` over ``header.shrunk``, rounded up; RGB, C-contiguous, not yet
        turned upright.

    Raises:
        DamagedImage: wherever libjpeg warns or fails.
    """
    simplejpeg = load_library("simplejpeg")

    if limits.tolerate_missing_eoi:
        # A second end marker is never read, and a cut inside the scan still warns.
        data += b"\xff\xd9"
    try:
        pixels: ImageArray = simplejpeg.decode_jpeg(
            data,
            colorspace="RGB",
            strict=True,
            min_factor=header.shrunk,
            min_height=-(-header.height // header.shrunk),
            min_width=-(-header.width // header.shrunk),
        )
    except ValueError as error:
        reason = str(error).rstrip(".")
        raise DamagedImage(f"expected a sound JPEG, got: {reason}; {_CURE}") from error
    return pixels

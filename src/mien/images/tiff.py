"""The TIFF structure: the header of TIFF pictures, and the inside of every EXIF block.

Source: TIFF Revision 6.0, section 2 (Adobe, 1992).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mien.errors import DamagedImage
from mien.images.facts import Header
from mien.images.limits import Limits

WIDTH, HEIGHT, ORIENTATION, PROFILE = 0x0100, 0x0101, 0x0112, 0x8773
EXIF_DIRECTORY, TAKEN = 0x8769, 0x9003  # EXIF 2.32, 4.6.3 and 4.6.5, DateTimeOriginal
_ASCII, _SHORT, _LONG = 2, 3, 4
_TAKEN_LENGTH = 20  # "YYYY:MM:DD HH:MM:SS" and a NUL


@dataclass(frozen=True, slots=True)
class Directory:
    """The first image file directory.

    Attributes:
        offset, next_offset: where it stands and where the next one does (0: none), bytes.
        numbers: the tags that hold one whole number.
    """

    offset: int
    next_offset: int
    numbers: Mapping[int, int]


def read_directory(block: bytes) -> Directory:
    """Read the first directory; later ones, such as a thumbnail's, are never looked at.

    Raises:
        ValueError: if the block is not TIFF or its directory lies outside it.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        raise ValueError("no TIFF signature")
    try:
        (offset,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, offset)
        (next_offset,) = struct.unpack_from(order + "I", block, offset + 2 + 12 * count)
        numbers = {}
        for entry in range(offset + 2, offset + 2 + 12 * count, 12):
            tag, kind, values = struct.unpack_from(order + "HHI", block, entry)
            if values == 1 and kind in (_SHORT, _LONG):
                code = "H" if kind == _SHORT else "I"
                (numbers[tag],) = struct.unpack_from(order + code, block, entry + 8)
    except struct.error as error:
        raise ValueError("its directory lies outside it") from error
    return Directory(offset, next_offset, numbers)


def exif_orientation(block: bytes) -> int:
    """EXIF's orientation, 1 to 8; anything that cannot be read as one counts as upright, 1."""
    try:
        value = read_directory(block.removeprefix(b"Exif\0\0")).numbers.get(ORIENTATION, 1)
    except ValueError:
        return 1
    return value if 1 <= value <= 8 else 1


def exif_taken(block: bytes) -> datetime | None:
    """When the camera took the picture, by its own clock and without a zone; None if unknown.

    Only the time of taking counts: that of the last change says when somebody edited.
    """
    tiff = block.removeprefix(b"Exif\0\0")
    try:
        offset = read_directory(tiff).numbers[EXIF_DIRECTORY]
        order = "<" if tiff[:2] == b"II" else ">"
        (count,) = struct.unpack_from(order + "H", tiff, offset)
        for entry in range(offset + 2, offset + 2 + 12 * count, 12):
            tag, kind, length, place = struct.unpack_from(order + "HHII", tiff, entry)
            if (tag, kind, length) == (TAKEN, _ASCII, _TAKEN_LENGTH):
                text = tiff[place : place + _TAKEN_LENGTH - 1].decode("ascii")
                return datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
    except (KeyError, ValueError, struct.error):  # garbage, or a camera that knew no time
        return None
    return None


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a TIFF file.

    The orientation is given as upright because Pillow turns TIFF itself.

    Raises:
        DamagedImage, ImageTooLarge, ImageTooSmall
    """
    try:
        directory = read_directory(data)
    except ValueError as error:
        raise DamagedImage(f"expected a sound TIFF file, but {error}; get the original") from error
    width, height = directory.numbers.get(WIDTH, 0), directory.numbers.get(HEIGHT, 0)
    if directory.numbers.get(ORIENTATION, 1) in (5, 6, 7, 8):
        width, height = height, width
    limits.check_size(width, height)
    if directory.next_offset == directory.offset:
        raise DamagedImage("expected a sound TIFF file, but its directory points to itself")
    limits.check_frames(_count_pages(data, directory))
    return Header("TIFF", width, height)


def _count_pages(data: bytes, first: Directory) -> int:
    order = "<" if data[:2] == b"II" else ">"
    seen, following = {first.offset}, first.next_offset
    try:
        while following and following not in seen:
            seen.add(following)
            (count,) = struct.unpack_from(order + "H", data, following)
            (following,) = struct.unpack_from(order + "I", data, following + 2 + 12 * count)
    except struct.error as error:
        raise DamagedImage("expected a sound TIFF file, but a page lies outside it") from error
    return len(seen)

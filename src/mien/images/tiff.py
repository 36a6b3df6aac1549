"""The TIFF structure: the header of TIFF pictures, and the inside of every EXIF block.

Source: TIFF Revision 6.0, sections 2 and 8 (Adobe, 1992); EXIF 2.32, 4.6.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mien.errors import DamagedImage, ImageTooLarge, UnsupportedImage
from mien.images.facts import Header
from mien.images.limits import Limits

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, ORIENTATION, SAMPLES = 254, 256, 257, 258, 259, 274, 277
ROWS, PLANES, TILE_WIDTH, TILE_HEIGHT, PROFILE, RAW_VERSION = 278, 284, 322, 323, 34675, 50706
STRIPS, STRIP_BYTES, TILES, TILE_BYTES = 273, 279, 324, 325
EXIF_DIRECTORY, TAKEN = 0x8769, 0x9003  # the second is DateTimeOriginal
_ASCII, _SHORT, _LONG = 2, 3, 4
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_COMPRESSIONS: Final = frozenset((1, 5, 7, 8, 32_773, 32_946))  # none, LZW, JPEG, ZIP, PackBits
_BIT_DEPTHS: Final = frozenset((1, 2, 4, 8, 16))
_MAX_SAMPLES: Final = 5
_PREVIEW, _MASK = 1, 4  # of a page's SUBFILE: no picture of its own
_MAX_PAGES: Final = 1_000
_MAX_PIECE_BYTES: Final = 256 * 2**20  # of a strip or a tile, which libtiff decodes whole
_TAKEN_LENGTH: Final = 20  # "YYYY:MM:DD HH:MM:SS" and a NUL
_CURE: Final = "get the original file"


@dataclass(frozen=True, slots=True)
class Entry:
    """A tag: kind and number of its values, where these (should) stand, and where it does."""

    kind: int
    count: int
    place: int
    start: int


@dataclass(frozen=True, slots=True)
class Directory:
    """An image file directory; its values are read where they are asked for.

    Attributes:
        block: the file or EXIF block that it stands in.
        order: of bytes, as ``struct`` names it.
        offset, next_offset: where it stands and where the next one does (0: none), bytes.
        entries: by tag.
    """

    block: bytes
    order: str
    offset: int
    next_offset: int
    entries: Mapping[int, Entry]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """A tag's whole numbers; none where it is not there or holds something else.

        Raises:
            struct.error: they lie outside the block.
        """
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in (_SHORT, _LONG):
            return ()
        if entry.count * _SIZES[entry.kind] > len(self.block):
            raise struct.error("more values than the block has bytes")
        code = "H" if entry.kind == _SHORT else "I"
        return struct.unpack_from(f"{self.order}{entry.count}{code}", self.block, entry.place)

    def number(self, tag: int, default: int = 0) -> int:
        """A tag's first whole number; see `numbers`."""
        return next(iter(self.numbers(tag)), default)

    def content(self, tag: int) -> bytes | None:
        """A tag's bytes, if it is there."""
        entry = self.entries.get(tag)
        if entry is None:
            return None
        return self.block[entry.place : entry.place + entry.count * _SIZES.get(entry.kind, 1)]


def read_directory(block: bytes, offset: int | None = None) -> Directory:
    """Read the directory at ``offset``, by default the first.

    Raises:
        ValueError: if the block is not TIFF or its directory lies outside it.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        raise ValueError("no TIFF signature")
    try:
        if offset is None:
            (offset,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, offset)
        end = offset + 2 + 12 * count
        (next_offset,) = struct.unpack_from(order + "I", block, end)
        entries = {}
        for start in range(offset + 2, end, 12):
            tag, kind, values, place = struct.unpack_from(order + "HHII", block, start)
            inside = values * _SIZES.get(kind, 1) <= 4
            entries[tag] = Entry(kind, values, start + 8 if inside else place, start)
    except struct.error as error:
        raise ValueError("its directory lies outside it") from error
    return Directory(block, order, offset, next_offset, entries)


def exif_orientation(block: bytes) -> int:
    """EXIF's orientation, 1 to 8; anything that cannot be read as one counts as upright, 1."""
    try:
        values = read_directory(block.removeprefix(b"Exif\0\0")).numbers(ORIENTATION)
    except (ValueError, struct.error):
        return 1
    return values[0] if len(values) == 1 and 1 <= values[0] <= 8 else 1


def exif_taken(block: bytes) -> datetime | None:
    """When the camera took the picture, by its own clock and without a zone; None if unknown.

    Only the time of taking counts: that of the last change says when somebody edited.
    """
    tiff = block.removeprefix(b"Exif\0\0")
    try:
        (place,) = read_directory(tiff).numbers(EXIF_DIRECTORY)
        directory = read_directory(tiff, place)
        entry = directory.entries[TAKEN]
        if (entry.kind, entry.count) != (_ASCII, _TAKEN_LENGTH):
            return None
        text = (directory.content(TAKEN) or b"")[:-1].decode("ascii")
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
    except (KeyError, ValueError, struct.error):  # garbage, or a camera that knew no time
        return None


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a TIFF file; only previews and masks may stand behind its picture.

    Raises:
        DamagedImage: what the directory names lies outside the file, or it leads to itself.
        UnsupportedImage: a camera's raw file, or pixels that are no photo's.
        ImageTooLarge: its size, several pages, or a strip that would take too much memory.
        ImageTooSmall
    """
    try:
        page = read_directory(data)
        width, height = page.number(WIDTH), page.number(HEIGHT)
        limits.check_size(width, height)
        if page.number(SUBFILE) & _PREVIEW or RAW_VERSION in page.entries:
            raise UnsupportedImage("expected a picture, got a camera's raw file; save it as JPEG")
        _check_pages(page, limits)
        _check_kind(page)
        _check_pieces(page, width, height)
        _check_inside(page)
    except (struct.error, ValueError) as error:
        raise DamagedImage(f"expected a sound TIFF file, but {error}; {_CURE}") from error
    return Header(
        "TIFF", width, height, exif_orientation(data), page.content(PROFILE), exif_taken(data)
    )


def as_stored(data: bytes) -> bytes:
    """The same file without its orientation, which Pillow would apply, with twice the memory."""
    page = read_directory(data)
    entry = page.entries.get(ORIENTATION)
    if entry is None or page.numbers(ORIENTATION) == (1,):
        return data
    changed = bytearray(data)
    struct.pack_into(f"{page.order}HIHH", changed, entry.start + 2, _SHORT, 1, 1, 0)
    return bytes(changed)


def _check_pages(first: Directory, limits: Limits) -> None:
    pictures, seen, place = 1, {first.offset}, first.next_offset
    while place:
        if place in seen:
            raise ValueError("its directories lead to one another")
        seen.add(place)
        page = read_directory(first.block, place)
        pictures += not page.number(SUBFILE) & (_PREVIEW | _MASK)
        place = page.next_offset if len(seen) < _MAX_PAGES else 0
    limits.check_frames(max(pictures, len(seen) if len(seen) == _MAX_PAGES else 1))


def _check_kind(page: Directory) -> None:
    compression, depths = page.number(COMPRESSION, 1), set(page.numbers(BITS) or (1,))
    samples = page.number(SAMPLES, 1)
    if compression not in _COMPRESSIONS:
        raise UnsupportedImage(
            "expected a TIFF without compression, or with LZW, ZIP, PackBits or JPEG, got "
            f"compression {compression}; save it as JPEG or PNG"
        )
    if len(depths) > 1 or not depths <= _BIT_DEPTHS or not 1 <= samples <= _MAX_SAMPLES:
        raise UnsupportedImage(
            f"expected pixels of 1 to {_MAX_SAMPLES} samples with 8 or 16 bits, got {samples} with "
            f"{'/'.join(map(str, sorted(depths)))}; save it as PNG"
        )


def _check_pieces(page: Directory, width: int, height: int) -> None:
    """The strips or tiles: all there, inside the file, and none that is larger than need be."""
    samples, bits = page.number(SAMPLES, 1), page.number(BITS, 1)
    planes = samples if page.number(PLANES, 1) == 2 else 1
    if TILES in page.entries:
        across, down = page.number(TILE_WIDTH), page.number(TILE_HEIGHT)
        offsets, lengths = page.numbers(TILES), page.numbers(TILE_BYTES)
    else:
        across, down = width, min(page.number(ROWS, height), height)
        offsets, lengths = page.numbers(STRIPS), page.numbers(STRIP_BYTES)
    if across < 1 or down < 1:
        raise ValueError("its strips or tiles have no size")
    needed = -(-width // across) * -(-height // down) * planes
    if len(offsets) < needed or len(lengths) < needed:
        raise ValueError(f"it names {len(offsets):,} of {needed:,} strips or tiles")
    if any(at + length > len(page.block) for at, length in zip(offsets, lengths, strict=False)):
        raise ValueError("its picture ends behind its end")
    if across * down * samples * bits // 8 > _MAX_PIECE_BYTES:
        raise ImageTooLarge(
            f"expected strips or tiles of at most {_MAX_PIECE_BYTES >> 20} MiB in a TIFF, got "
            "larger ones; save it as PNG or JPEG"
        )


def _check_inside(page: Directory) -> None:
    """Pillow would skip such a tag, and warn of it on standard error."""
    for entry in page.entries.values():
        if entry.place + entry.count * _SIZES.get(entry.kind, 1) > len(page.block):
            raise ValueError("a tag's value lies outside it")

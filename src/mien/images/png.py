"""PNG: its chunks, checked one by one, and the picture without its metadata.

Source: W3C Portable Network Graphics (Third Edition), sections 5 and 11.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from mien.errors import DamagedImage, ImageTooLarge
from mien.images.facts import Header
from mien.images.limits import Limits
from mien.images.tiff import exif_orientation, exif_taken

# Compressed text and profiles may inflate 1,000 times; Photoshop's longest XMP stays below this.
MAX_METADATA_BYTES: Final = 8 * 2**20
_SIGNATURE_LENGTH: Final = 8
_CURE: Final = "get the original file"


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a PNG file; every chunk's place and every needed chunk's CRC is checked.

    Raises:
        DamagedImage: cut, or a CRC is wrong.
        ImageTooLarge: its size, more than one frame, or metadata that inflates past 8 MiB.
        ImageTooSmall
    """
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if len(data) < 24:
        raise DamagedImage(f"expected a whole PNG header, got a part; {_CURE}")
    limits.check_size(width, height)
    orientation, icc, taken = 1, None, None
    for kind, start, end in _chunks(data):
        if kind == b"acTL":
            limits.check_frames(int.from_bytes(data[start : start + 4], "big"))
        elif kind == b"eXIf":
            orientation = exif_orientation(data[start:end])
            taken = exif_taken(data[start:end])
        elif kind in (b"zTXt", b"iCCP", b"iTXt"):
            inflated = _inflate_bounded(kind, data[start:end])
            icc = inflated if kind == b"iCCP" else icc
    return Header("PNG", width, height, orientation, icc or None, taken)


def without_metadata(data: bytes) -> bytes:
    """The same picture with only the chunks that make its pixels: no text, profile or animation."""
    kept = [data[:_SIGNATURE_LENGTH]]
    for kind, start, end in _chunks(data):
        if _is_critical(kind) or kind == b"tRNS":
            kept.append(data[start - 8 : end + 4])
    return b"".join(kept)


def _is_critical(kind: bytes) -> bool:
    return not kind[0] & 0x20


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's kind, and where its content starts and ends, up to and with IEND."""
    position = _SIGNATURE_LENGTH
    view = memoryview(data)
    kind = b""
    while kind != b"IEND":
        start = position + 8
        end = start + int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : start]
        if end + 4 > len(data):
            raise DamagedImage(f"expected the PNG to end with IEND, got a cut file; {_CURE}")
        if _is_critical(kind):
            stored = int.from_bytes(data[end : end + 4], "big")
            if zlib.crc32(view[position + 4 : end]) != stored:
                raise DamagedImage(f"expected a sound PNG, got a wrong CRC in {kind!r}; {_CURE}")
        yield kind, start, end
        position = end + 4


def _inflate_bounded(kind: bytes, content: bytes) -> bytes | None:
    """The inflated part of a text or profile chunk; None where there is none or it is garbage."""
    name_end = content.find(b"\0")
    if kind == b"iTXt":
        if content[name_end + 1 : name_end + 2] != b"\1":  # not compressed
            return None
        name_end = content.find(b"\0", content.find(b"\0", name_end + 3) + 1) - 1
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(content[name_end + 2 :], MAX_METADATA_BYTES)
    except zlib.error:
        return None
    if inflater.unconsumed_tail:
        raise ImageTooLarge(
            f"expected at most {MAX_METADATA_BYTES // 2**20} MiB of metadata in a PNG, got more; "
            "save it again without"
        )
    return inflated

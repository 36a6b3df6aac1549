"""PBM, PGM, PPM and PAM: their header in text and their samples, as text or bytes.

Source: the Netpbm project's pages pbm(5), pgm(5), ppm(5) and pam(5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import DamagedImage, UnsupportedImage
from mien.images import colour
from mien.images.facts import Header
from mien.images.limits import Limits
from mien.records import ImageArray

_SPACE: Final = rb"(?:\s|#[^\n\r]*[\n\r])"
_WHITE: Final = b" \t\n\v\f\r"
_LONGEST_HEADER: Final = 16_384
_CHUNK: Final = 4 * 2**20
_PAM_DEPTHS: Final = {
    **{b"BLACKANDWHITE": 1, b"GRAYSCALE": 1, b"RGB": 3},
    **{b"BLACKANDWHITE_ALPHA": 2, b"GRAYSCALE_ALPHA": 2, b"RGB_ALPHA": 4},
}
_PAM_USUAL: Final = {1: b"GRAYSCALE", 3: b"RGB"}  # where the file says nothing
_CURE: Final = "get the original file"


_DIGITS, _TEXT, _BITS, _BYTES = "digits", "text", "bits", "bytes"
_CODINGS: Final = {b"1": _DIGITS, b"2": _TEXT, b"3": _TEXT, b"4": _BITS, b"5": _BYTES, b"6": _BYTES}


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the samples stand in the file: ``channels`` of each pixel, from byte ``start`` on."""

    width: int
    height: int
    channels: int
    maximum: int
    start: int
    coding: str

    @property
    def count(self) -> int:
        return self.width * self.height * self.channels

    @property
    def least_bytes(self) -> int:
        """So many bytes the samples take at least."""
        if self.coding == _BITS:
            return (self.width + 7) // 8 * self.height
        if self.coding == _TEXT:
            return 2 * self.count - 1
        return self.count * (2 if self.maximum > 255 else 1)


def read_header(data: bytes, limits: Limits) -> Header:
    """The header of a PNM file; what stands behind the first picture is not looked at.

    Raises:
        DamagedImage: an unreadable header, or fewer bytes than its picture needs.
        UnsupportedImage: PAM of another kind than grey or RGB.
        ImageTooLarge, ImageTooSmall
    """
    layout = _layout(data)
    limits.check_size(layout.width, layout.height)
    if len(data) - layout.start < layout.least_bytes:
        raise DamagedImage(
            f"expected {layout.least_bytes:,} bytes of samples, got "
            f"{max(0, len(data) - layout.start):,}; {_CURE}"
        )
    return Header("PNM", layout.width, layout.height)


def decode(data: bytes, header: Header) -> ImageArray:
    """Decode all pixels, transparency laid on white.

    Returns:
        ``(height, width, 3) uint8``, RGB, C-contiguous.

    Raises:
        DamagedImage: samples that are no numbers, too few, or above their maximum.
    """
    layout = _layout(data)
    samples = _samples(data, layout).reshape(header.height, header.width, layout.channels)
    pixels = np.empty((header.height, header.width, 3), np.uint8)
    for rows in colour.row_bands(header.width, header.height):
        band = _levels(samples[rows], layout.maximum)
        if layout.channels in (2, 4):
            opaque = np.broadcast_to(band[..., :-1], pixels[rows].shape)
            pixels[rows] = colour.on_white(opaque, band[..., -1])
        else:
            pixels[rows] = band
    return pixels


def _layout(data: bytes) -> _Layout:
    kind = data[1:2]
    if kind == b"7":
        return _pam_layout(data)
    numbers = 2 if kind in b"14" else 3
    header = re.match(
        rb"P\d" + (_SPACE + b"{1,10000}" + rb"(\d{1,9})") * numbers + rb"\s", data[:_LONGEST_HEADER]
    )
    if header is None:
        raise DamagedImage(f"expected a PNM header with a size, got another; {_CURE}")
    width, height, maximum = [*map(int, header.groups()), 1][:3]
    channels = 3 if kind in b"36" else 1
    return _checked(_Layout(width, height, channels, maximum, header.end(), _CODINGS[kind]))


def _pam_layout(data: bytes) -> _Layout:
    head, end, _ = data[:_LONGEST_HEADER].partition(b"\nENDHDR\n")
    fields = dict(
        line.split(None, 1) for line in head.split(b"\n") if len(line.split(None, 1)) == 2
    )
    try:
        width, height, depth, maximum = (
            int(fields[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
        )
    except (KeyError, ValueError) as error:
        raise DamagedImage(f"expected WIDTH, HEIGHT, DEPTH and MAXVAL in PAM; {_CURE}") from error
    kind = fields.get(b"TUPLTYPE", _PAM_USUAL.get(depth, b"")).strip()
    if _PAM_DEPTHS.get(kind) != depth:
        raise UnsupportedImage("expected a PAM of grey or RGB samples, got another; save it as PNG")
    return _checked(_Layout(width, height, depth, maximum, len(head) + len(end), _BYTES))


def _checked(layout: _Layout) -> _Layout:
    if not 1 <= layout.maximum <= 65_535:
        raise DamagedImage(
            f"expected a greatest sample of 1 to 65,535, got {layout.maximum:,}; {_CURE}"
        )
    return layout


def _samples(data: bytes, layout: _Layout) -> NDArray[Any]:
    """All samples in their order; in bitmaps 1 is black, and comes out as 0."""
    if layout.coding in (_TEXT, _DIGITS):
        text = data[layout.start :]
        text = re.sub(rb"#[^\n\r]*", b" ", text) if b"#" in text else text
        return _bitmap(text, layout) if layout.coding == _DIGITS else _numbers(text, layout)
    raw = memoryview(data)[layout.start :][: layout.least_bytes]
    if layout.coding == _BITS:
        rows = np.frombuffer(raw, np.uint8).reshape(layout.height, -1)
        return 1 - np.unpackbits(rows, axis=1, count=layout.width)
    return np.frombuffer(raw, ">u2" if layout.maximum > 255 else "u1")


def _bitmap(text: bytes, layout: _Layout) -> NDArray[Any]:
    digits = text.translate(None, _WHITE)[: layout.count]
    if len(digits) < layout.count or digits.translate(None, b"01"):
        raise DamagedImage(f"expected {layout.count:,} digits 0 or 1, got others; {_CURE}")
    return np.frombuffer(digits.translate(bytes.maketrans(b"01", b"\1\0")), np.uint8)


def _numbers(text: bytes, layout: _Layout) -> NDArray[Any]:
    found = np.empty(layout.count, np.uint16)
    filled = start = 0
    while filled < layout.count and start < len(text):
        # In pieces, since all of the text as numbers would take 8 times its size.
        stop = re.compile(rb"\s").search(text, start + _CHUNK)
        end = stop.start() if stop else len(text)
        piece = text[start:end]
        if piece.translate(None, _WHITE + b"0123456789") or re.search(rb"\d{10}", piece):
            raise DamagedImage(f"expected samples in text, got something else; {_CURE}")
        values = np.fromstring(piece, np.int64, sep=" ")[: layout.count - filled]
        _check_samples(values, layout.maximum)
        found[filled : filled + len(values)] = values
        filled, start = filled + len(values), end
    if filled < layout.count:
        raise DamagedImage(f"expected {layout.count:,} samples, got {filled:,}; {_CURE}")
    return found


def _check_samples(samples: NDArray[Any], maximum: int) -> None:
    if samples.size and samples.max() > maximum:
        raise DamagedImage(f"expected samples up to {maximum:,}, got {samples.max():,}; {_CURE}")


def _levels(samples: NDArray[Any], maximum: int) -> ImageArray:
    """Samples as levels from 0 to 255."""
    _check_samples(samples, maximum)
    if maximum == 255:
        return samples.astype(np.uint8)
    if maximum == 65_535:
        return colour.to_8_bits(samples.astype(np.uint16))
    levels: ImageArray = ((samples.astype(np.uint32) * 255 + maximum // 2) // maximum).astype(
        np.uint8
    )
    return levels

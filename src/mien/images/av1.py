"""AV1: how large the coded picture really is, which AVIF's boxes need not say.

Source: AV1 Bitstream & Decoding Process Specification, 5.3 (OBU header) and 5.5 (sequence header).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_SEQUENCE_HEADER, _FRAME_HEADER, _FRAME = 1, 3, 6
_MAX_UNITS: Final = 4_096
_PADDING: Final = 64  # pixels that an encoder may add to fill its blocks


def check_av1(data: bytes, width: int, height: int) -> int:
    """Refuse a picture that is of another size than its box says.

    Args:
        data: the item's bytes.
        width, height: as the box says, pixels.

    Returns:
        Its frames: the layers of one picture, each of which is decoded.

    Raises:
        ValueError: so it is, or it is no AV1.
    """
    frames = 0
    sizes = []
    for kind, content in _units(data):
        frames += kind in (_FRAME_HEADER, _FRAME)
        if kind == _SEQUENCE_HEADER:
            sizes.append(sequence_size(content))
    if not sizes:
        raise ValueError("its picture is not AV1")
    for across, down in sizes:
        if not (0 <= across - width < _PADDING and 0 <= down - height < _PADDING):
            raise ValueError(
                f"its picture has {across:,} x {down:,} pixels, not {width:,} x {height:,}"
            )
    return max(frames, 1)


def sequence_size(content: bytes) -> tuple[int, int]:
    """Width and height that a sequence header allows its frames at most.

    Raises:
        ValueError: it ends too early.
    """
    bits = _Bits(content)
    bits.take(3 + 1)  # profile, still picture
    if bits.take(1):  # a reduced header
        bits.take(5)
    else:
        _skip_timing(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _skip_timing(bits: _Bits) -> None:
    delay_bits = 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            bits.skip_variable()
        if bits.take(1):
            delay_bits = bits.take(5) + 1
            bits.take(32 + 5 + 5)
    shows_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if shows_delay and bits.take(1):
            bits.take(4)


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each OBU; of the content no more than a header needs."""
    at = count = 0
    while at < len(data):
        head = data[at]
        at += 2 if head & 4 else 1
        size = len(data) - at
        if head & 2:
            size = shift = 0
            while True:  # LEB128
                if at >= len(data) or shift > 28:
                    raise ValueError("its picture is cut")
                size |= (data[at] & 127) << shift
                at, shift = at + 1, shift + 7
                if not data[at - 1] & 128:
                    break
        if at + size > len(data):
            raise ValueError("its picture is cut")
        yield head >> 3 & 15, data[at : at + min(size, 512)]
        at, count = at + size, count + 1
        if count > _MAX_UNITS:
            raise ValueError(f"its picture has more than {_MAX_UNITS:,} parts")


class _Bits:
    """Bits one after another, most significant first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        """The next bits as a number."""
        self._left -= count
        if self._left < 0:
            raise ValueError("its picture's header is cut")
        return self._value >> self._left & (1 << count) - 1

    def skip_variable(self) -> None:
        """Pass over a number with as many bits behind its first one as zeros stood before it."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        self.take(zeros)

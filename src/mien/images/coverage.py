"""The letters that a font file says it has, read from its table ``cmap`` alone.

FreeType would open each font as a whole, and keep it open; of the hundreds on a machine one is
wanted. The formats are those of the OpenType specification that fonts of whole scripts use: 4 and
12. Format 13 gives one picture to many letters, as fonts of last resort do: it is passed over.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from functools import lru_cache
from typing import BinaryIO, Final

import numpy as np

_LARGEST_BYTES: Final = 4 << 20  # of the table; those of fonts with 65,535 letters have 0.5 MB
_UNICODE: Final = frozenset(((3, 1), (3, 10), *((0, encoding) for encoding in range(7))))


def claims(path: str, letter: str) -> bool:
    """Whether a font file says that it has a letter; a damaged one has none."""
    starts, ends = _ranges(path)
    place = bisect_right(starts, ord(letter)) - 1
    return place >= 0 and ord(letter) <= ends[place]


@lru_cache(maxsize=8192)
def _ranges(path: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First and last code points of the stretches that it has, in order."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 (a str, thousands of times)
            found = _read(stream)
    except (OSError, ValueError, struct.error):
        return (), ()
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(found):
        if ends and start <= ends[-1] + 1:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return tuple(starts), tuple(ends)


def _read(stream: BinaryIO) -> set[tuple[int, int]]:
    head = stream.read(16)
    if head[:4] == b"ttcf":  # several fonts in one file: the first
        stream.seek(struct.unpack(">I", head[12:])[0])
    else:
        stream.seek(0)
    (tables,) = struct.unpack(">4xH6x", stream.read(12))
    for _ in range(tables):
        tag, start, length = struct.unpack(">4s4xII", stream.read(16))
        if tag == b"cmap":
            stream.seek(start)
            return _parse(stream.read(min(length, _LARGEST_BYTES)))
    return set()


def _parse(table: bytes) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    (count,) = struct.unpack_from(">2xH", table)
    for number in range(count):
        platform, encoding, start = struct.unpack_from(">HHI", table, 4 + 8 * number)
        if (platform, encoding) in _UNICODE:
            (kind,) = struct.unpack_from(">H", table, start)
            if kind == 4:
                (doubled,) = struct.unpack_from(">H", table, start + 6)
                last = np.frombuffer(table, ">u2", doubled // 2, start + 14)
                first = np.frombuffer(table, ">u2", doubled // 2, start + 16 + doubled)
                found.update(zip(first.tolist(), last.tolist(), strict=True))
            elif kind == 12:
                (groups,) = struct.unpack_from(">I", table, start + 12)
                rows = np.frombuffer(table, ">u4", 3 * groups, start + 16).reshape(-1, 3)
                found.update(map(tuple, rows[:, :2].tolist()))
    return {(start, end) for start, end in found if start <= end and start != 0xFFFF}

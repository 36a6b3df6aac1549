"""Rows: their checksums, times, and the checks of what comes in.

SQLite has no checksums of its own, so every row carries a CRC-32 over all that it says:
one flipped bit, also one that would hand a vector to another person, is always noticed.
"""

from __future__ import annotations

import re
import sqlite3
import struct
import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import numpy as np

from mien.checks import check_count
from mien.errors import InvalidOption
from mien.records import EmbeddingSpace

MAXIMUM_DIMENSIONS = 16_384
_NORM_TOLERANCE = 1e-4
_HEAD = struct.Struct("<qqq32s")
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    """Microseconds since 1970, UTC."""
    return from_time(datetime.now(UTC))


def from_time(moment: datetime) -> int:
    """A UTC time as microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_time(microseconds: int) -> datetime:
    """Microseconds since 1970 as a UTC time."""
    return _EPOCH + timedelta(microseconds=microseconds)


def template_checksum(person: int, space: int, created: int, digest: bytes, vector: bytes) -> int:
    """CRC-32 of a template row."""
    return zlib.crc32(vector, zlib.crc32(_HEAD.pack(person, space, created, digest)))


def is_sound(row: tuple[Any, ...], bytes_expected: int) -> bool:
    """Whether ``(person, space, created, digest, vector, checksum)`` is as it was written."""
    person, space, created, digest, vector, checksum = row
    try:
        return (
            len(vector) == bytes_expected
            and len(digest) == 32
            and template_checksum(person, space, created, digest, vector) == checksum
        )
    except (struct.error, TypeError):  # a flipped bit can change the type of a value, too
        return False


def text_checksum(*values: str | int) -> int:
    """CRC-32 of a row of texts and numbers."""
    return zlib.crc32("\0".join(str(value) for value in values).encode())


def length_of(vector: bytes) -> float:
    """Euclidean length of a stored vector, computed in float64."""
    return float(np.linalg.norm(np.frombuffer(vector, dtype="<f4").astype(np.float64)))


def is_unit(vector: bytes) -> bool:
    """Whether a stored vector has unit length; False also for NaN and infinity."""
    return abs(length_of(vector) - 1.0) <= _NORM_TOLERANCE


def check_digest(digest: Any, vector: bytes) -> bytes:
    """A content digest as 32 bytes; without one, the SHA-256 of the vector stands in.

    Raises:
        InvalidOption: if it is not 64 hex digits.
    """
    if digest is None:
        return sha256(vector).digest()
    if not isinstance(digest, str) or not _HEX.fullmatch(digest):
        raise InvalidOption(
            f"digest: expected a SHA-256 of 64 hex digits, got {str(digest)[:80]!r}"
        )
    return bytes.fromhex(digest)


def check_space(space: Any) -> EmbeddingSpace:
    """An embedding space that says all it must.

    Raises:
        InvalidOption: if one of its fields is missing or malformed.
    """
    if not isinstance(space, EmbeddingSpace):
        raise InvalidOption(f"space: expected an EmbeddingSpace, got {type(space).__name__}")
    for field in ("model", "preprocessing"):
        text = getattr(space, field)
        if not isinstance(text, str) or not 0 < len(text) <= 200 or not text.isprintable():
            raise InvalidOption(f"space: expected {field} of 1 to 200 characters, got {text!r:.80}")
    if not isinstance(space.sha256, str) or not _HEX.fullmatch(space.sha256):
        raise InvalidOption(f"space: expected a SHA-256 of 64 hex digits, got {space.sha256!r:.80}")
    check_count(space.dimensions, "space: dimensions", 1, MAXIMUM_DIMENSIONS)
    return space


def space_values(space: EmbeddingSpace) -> tuple[str, str, str, int]:
    """The columns of a space."""
    return (space.model, space.sha256, space.preprocessing, space.dimensions)


def read_space(connection: sqlite3.Connection) -> tuple[EmbeddingSpace | None, bool]:
    """The gallery's one space (None while it is empty), and whether its row is sound."""
    row = connection.execute(
        "SELECT model, sha256, preprocessing, dimensions, checksum FROM space"
    ).fetchone()
    if row is None:
        return None, True
    return EmbeddingSpace(*row[:4]), text_checksum(*row[:4]) == row[4]

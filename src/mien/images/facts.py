"""The record of what a picture's header tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a picture before it is decoded.

    Attributes:
        kind: the format's name, as in ``Limits.formats``.
        width, height: pixels as stored, before any turning.
        orientation: EXIF's 1 to 8; 1 is upright.
        icc: the embedded ICC colour profile, if there is one.
    """

    kind: str
    width: int
    height: int
    orientation: int = 1
    icc: bytes | None = None

"""The record of what a picture's header tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a picture before it is decoded.

    Attributes:
        kind: the format's name, as in ``Limits.formats``.
        width, height: pixels as stored, before any turning or shrinking.
        orientation: EXIF's 1 to 8; 1 is upright.
        icc: the embedded ICC colour profile, if there is one.
        taken: when the camera took it, by its own clock, if EXIF says so.
        shrunk: it is to be decoded at 1/shrunk of its size.
    """

    kind: str
    width: int
    height: int
    orientation: int = 1
    icc: bytes | None = None
    taken: datetime | None = None
    shrunk: int = 1

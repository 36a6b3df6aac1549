"""What the gallery answers about itself: frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mien.records import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the gallery knows.

    Attributes:
        name: as it is shown.
        templates: how many vectors stand for the person, at least 1.
        created: when the first of them was enrolled, UTC.
    """

    name: str
    templates: int
    created: datetime


@dataclass(frozen=True, slots=True)
class Stats:
    """The gallery in numbers.

    Attributes:
        bytes: of the main file; 0 for a gallery in memory.
        version: of the file's format.
        erasure_owed: True if a removal could not yet be wiped from the file
            (another program was reading); the next writable opening does it.
    """

    people: int
    templates: int
    space: EmbeddingSpace | None
    bytes: int
    version: int
    erasure_owed: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it was written.

    Attributes:
        where: ``file``, ``stamp``, ``space``, ``person 3`` or ``template 17``.
        name: the person it concerns, if that can still be told.
        message: what is wrong and what to do.
    """

    where: str
    message: str
    name: str | None = None

"""What the gallery answers about itself: frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mien.records import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the gallery knows.

    Attributes:
        name: as it is shown.
        templates: how many vectors stand for the person, at least 1.
        created: when the person was first enrolled, UTC.
    """

    name: str
    templates: int
    created: datetime


@dataclass(frozen=True, slots=True)
class EnrolledPhoto:
    """A photo that somebody was enrolled from; of the photo itself nothing is kept.

    Attributes:
        digest: SHA-256 of its size and pixels, 64 hex digits (``mien.images.photo_digest``).
        created: when it was enrolled, UTC.
        file_name: without its folder; None unless it was to be kept.
    """

    digest: str
    created: datetime
    file_name: str | None = None

    def to_json(self) -> dict[str, Any]:
        created = self.created.isoformat()
        return {"digest": self.digest, "created": created, "file_name": self.file_name}


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

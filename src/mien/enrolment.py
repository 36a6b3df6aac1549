"""What becomes of photos that are enrolled: frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mien.errors import MienError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of the gallery and how similar the probe is to them."""

    name: str
    similarity: float

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "similarity": round(self.similarity, 4)}


class EnrolmentStatus(StrEnum):
    """What became of one photo at enrolment."""

    ADDED = "added"
    ALREADY_THERE = "already there"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an enrolled photo may show somebody else than its name says.

    Attributes:
        looks_like: another enrolled person whom it fits at least as well; None without one.
        similarity: to the other photos of its own name; None where there are none.
    """

    looks_like: Candidate | None
    similarity: float | None

    def __str__(self) -> str:
        own = "" if self.similarity is None else f"{self.similarity:.2f}"
        if self.looks_like is None:
            return f"is unlike the person's other photos ({own})"
        like = f"looks like {self.looks_like.name} ({self.looks_like.similarity:.2f})"
        return f"{like} and less like the person's other photos ({own})" if own else like

    def to_json(self) -> dict[str, Any]:
        like, own = self.looks_like, self.similarity
        return {
            "looks_like": None if like is None else like.to_json(),
            "similarity": None if own is None else round(own, 4),
        }


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What became of one photo at enrolment, why it was refused, or what makes one doubt it."""

    source: str
    name: str
    status: EnrolmentStatus
    error: MienError | None = None
    doubt: Doubt | None = None

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"source": self.source, "name": self.name}
        row["status"] = self.status.value
        if self.error is not None:
            row["error"] = {"kind": self.error.kind, "message": str(self.error)}
        if self.doubt is not None:
            row["doubt"] = self.doubt.to_json()
        return row

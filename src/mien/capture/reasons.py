"""Why a picture of the source is not kept, beside the reasons of ``mien.quality``."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Reasons that are not in the face itself."""

    UNREADABLE = "unreadable"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    SOMEBODY_ELSE = "somebody_else"
    CROWDED = "crowded"
    NOT_FOUND_AGAIN = "not_found_again"
    NEAR_DUPLICATE = "near_duplicate"
    IN_THE_GAP = "in_the_gap"
    NOT_NEEDED = "not_needed"


WORDS = {
    Refusal.UNREADABLE: "could not be read",
    Refusal.NO_FACE: "no face",
    Refusal.SEVERAL_FACES: "several faces, and nothing says which is meant",
    Refusal.SOMEBODY_ELSE: "somebody else",
    Refusal.CROWDED: "another face too near",
    Refusal.NOT_FOUND_AGAIN: "the face is not found again in the cut-out picture",
    Refusal.NEAR_DUPLICATE: "much like one that is kept",
    Refusal.IN_THE_GAP: "between training and validation",
    Refusal.NOT_NEEDED: "more than asked for",
}


def words_of(reason: str) -> str:
    """A reason of a refusal, ours or one of ``mien.quality``, in words."""
    return WORDS[Refusal(reason)] if reason in set(Refusal) else reason.replace("_", " ")

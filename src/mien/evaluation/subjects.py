"""Who is on the photos of a list of pairs, where their folders say so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from mien.evaluation.pairs import Pair
from mien.names import one_spelling

Subjects = tuple[tuple[str, str], ...]


def person_of(path: str) -> str:
    """The name of the folder that a photo lies in; empty where it lies in none."""
    return PurePosixPath(path).parent.name


def subjects_of(pairs: Sequence[Pair]) -> Subjects | None:
    """The two people of each pair, or None where the folders do not name them.

    They do if every photo lies in a folder, both photos of each genuine pair in folders of one
    name (see ``mien.names``), and those of each impostor pair in folders of two.
    """
    named = one_spelling(person_of(path) for pair in pairs for path in (pair.path1, pair.path2))
    people = tuple(zip(named[::2], named[1::2], strict=True))
    for pair, (first, second) in zip(pairs, people, strict=True):
        if not first or not second or (first == second) != pair.same:
            return None
    return people

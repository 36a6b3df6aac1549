"""Writing: templates in, people renamed and removed; each inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from mien.errors import PersonExists, PersonNotFound, SpaceMismatch
from mien.gallery.database import Change
from mien.gallery.rows import space_values, template_checksum, text_checksum
from mien.names import clean_name, name_key
from mien.records import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class Template:
    """One checked template on its way in or out.

    Attributes:
        name: cleaned.
        vector: float32 little-endian, unit length.
        digest: 32 bytes.
        created: microseconds since 1970, UTC.
    """

    name: str
    vector: bytes
    digest: bytes
    created: int


def insert(change: Change, space: EmbeddingSpace, templates: list[Template]) -> tuple[bool, ...]:
    """Add templates; False for one whose digest the person already has.

    Raises:
        SpaceMismatch: the gallery holds vectors of another space.
    """
    if not templates:
        return ()
    _settle_space(change.connection, space)
    ids: dict[str, int] = {}
    return tuple(_insert_one(change, template, ids) for template in templates)


def mismatch(expected: EmbeddingSpace, got: EmbeddingSpace) -> SpaceMismatch:
    """The error for vectors of two spaces."""
    return SpaceMismatch(
        f"space: expected vectors of {expected}, got {got}; use the model that the gallery was "
        "enrolled with, or enrol everybody again into a new gallery"
    )


def rename(change: Change, old: str, new: str) -> None:
    """Give a person another name, or another spelling.

    Raises:
        PersonNotFound: nobody has the old name.
        PersonExists: somebody else has the new one.
    """
    key, name = name_key(new), clean_name(new)
    id_, created = find(change.connection, old)
    taken = change.connection.execute(
        "SELECT name FROM person WHERE key = ? AND id <> ?", (key, id_)
    ).fetchone()
    if taken is not None:
        raise PersonExists(
            f"name: expected a new name, got {new!r}, which is “{taken[0]}” of the gallery; "
            "choose another, or remove one of the two"
        )
    change.connection.execute(
        "UPDATE person SET key = ?, name = ?, checksum = ? WHERE id = ?",
        (key, name, text_checksum(id_, key, name, created), id_),
    )
    change.rewrote = True


def remove(change: Change, name: str) -> int:
    """Delete a person; returns how many templates they had.

    Raises:
        PersonNotFound: nobody has that name.
    """
    connection = change.connection
    id_, _ = find(connection, name)
    # Templates first and by hand: a cascade does not report how many rows it took.
    count = connection.execute("DELETE FROM template WHERE person = ?", (id_,)).rowcount
    connection.execute("DELETE FROM person WHERE id = ?", (id_,))
    connection.execute("DELETE FROM space WHERE NOT EXISTS (SELECT 1 FROM template)")
    change.added -= count
    change.rewrote = True
    change.owes_erasure = True
    return count


def find(connection: sqlite3.Connection, name: str) -> tuple[int, int]:
    """Id and time of creation of a person.

    Raises:
        PersonNotFound: nobody has that name.
    """
    row = connection.execute(
        "SELECT id, created FROM person WHERE key = ?", (name_key(name),)
    ).fetchone()
    if row is None:
        raise PersonNotFound(
            f"name: expected somebody the gallery knows, got {name!r}; "
            "`mien gallery list` shows who is there"
        )
    return int(row[0]), int(row[1])


def _settle_space(connection: sqlite3.Connection, space: EmbeddingSpace) -> None:
    values = space_values(space)
    row = connection.execute(
        "SELECT model, sha256, preprocessing, dimensions FROM space"
    ).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO space (id, model, sha256, preprocessing, dimensions, checksum) "
            "VALUES (1, ?, ?, ?, ?, ?)",
            (*values, text_checksum(*values)),
        )
    elif row != values:
        raise mismatch(EmbeddingSpace(*row), space)


def _insert_one(change: Change, template: Template, ids: dict[str, int]) -> bool:
    connection = change.connection
    id_ = ids.get(template.name)
    if id_ is None:
        id_ = ids[template.name] = _find_or_add(connection, template.name, template.created)
    there = connection.execute(
        "SELECT 1 FROM template WHERE person = ? AND digest = ?", (id_, template.digest)
    ).fetchone()
    if there is not None:
        return False
    checksum = template_checksum(id_, 1, template.created, template.digest, template.vector)
    connection.execute(
        "INSERT INTO template (person, space, created, digest, vector, checksum) "
        "VALUES (?, 1, ?, ?, ?, ?)",
        (id_, template.created, template.digest, template.vector, checksum),
    )
    change.added += 1
    return True


def _find_or_add(connection: sqlite3.Connection, name: str, created: int) -> int:
    key = name_key(name)
    row = connection.execute("SELECT id FROM person WHERE key = ?", (key,)).fetchone()
    if row is not None:
        return int(row[0])
    (id_,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM person").fetchone()
    connection.execute(
        "INSERT INTO person (id, key, name, created, checksum) VALUES (?, ?, ?, ?, ?)",
        (id_, key, name, created, text_checksum(id_, key, name, created)),
    )
    return int(id_)

"""Writing: templates in, people renamed and removed; each inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from mien.checks import check_vectors
from mien.errors import (
    InvalidOption,
    PersonExists,
    PersonNotFound,
    PhotoNotFound,
    SpaceMismatch,
)
from mien.gallery.database import Change
from mien.gallery.photos import check_file_name, keep_file_name
from mien.gallery.rows import check_digest, space_values, template_checksum, text_checksum
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
        file_name: the photo's, where it is to be kept.
    """

    name: str
    vector: bytes
    digest: bytes
    created: int
    file_name: str | None = None

    @classmethod
    def checked(cls, item: Any, space: EmbeddingSpace, created: int) -> Template:
        """From ``(name, vector, digest)``, or these and a file name.

        Raises:
            InvalidName, InvalidEmbedding, InvalidOption: a part of it cannot be used.
        """
        try:
            name, vector, digest, *file_name = item
            (kept,) = file_name or (None,)
        except (TypeError, ValueError) as error:
            raise InvalidOption(
                "templates: expected (name, vector, digest) or (name, vector, digest, file_name), "
                f"got {type(item).__name__}"
            ) from error
        name = clean_name(name)
        unit = check_vectors(vector, space.dimensions, f"embedding of “{name}”")
        if len(unit) != 1:
            raise InvalidOption(f"vector: expected one vector, got {len(unit)}; use add_many")
        blob = unit.astype("<f4").tobytes()
        return cls(name, blob, check_digest(digest, blob), created, check_file_name(kept))


def insert(change: Change, space: EmbeddingSpace, templates: list[Template]) -> tuple[bool, ...]:
    """Add templates; False for one whose digest the person already has: it stays as it is.

    It gets its file name, though, if it came without one before.

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
            "choose another, or join the two with `mien gallery merge`"
        )
    change.connection.execute(
        "UPDATE person SET key = ?, name = ?, checksum = ? WHERE id = ?",
        (key, name, text_checksum(id_, key, name, created), id_),
    )
    change.rewrote = True


def remove(change: Change, name: str, digests: Collection[str] | None = None) -> int:
    """Delete a person, or some of their photos; returns how many templates are gone.

    Raises:
        PersonNotFound: nobody has that name.
        PhotoNotFound: one of the digests is of no photo of theirs; nothing is to be committed.
    """
    connection = change.connection
    id_, _ = find(connection, name)
    # Templates first and by hand: a cascade does not report how many rows it took.
    if digests is None:
        count = connection.execute("DELETE FROM template WHERE person = ?", (id_,)).rowcount
    else:
        count = 0
        for digest in set(digests):
            count += connection.execute(
                "DELETE FROM template WHERE person = ? AND digest = ?", (id_, bytes.fromhex(digest))
            ).rowcount
        if count != len(set(digests)):
            raise PhotoNotFound(
                f"photo: expected photos of {name!r}, got one that is there no more; try again"
            )
    _forget(change, id_, count)
    return count


def merge(change: Change, name: str, other: str) -> int:
    """Give a person all photos of another, who is gone then; returns how many were moved.

    A photo that both have is not moved. The caller has made sure that the rows are sound: here
    they get new checksums.

    Raises:
        PersonNotFound: nobody has one of the names.
        InvalidOption: the two are one.
    """
    connection = change.connection
    (id_, created), (source, source_created) = find(connection, name), find(connection, other)
    if id_ == source:
        raise InvalidOption(f"name: expected two people, got {name!r} and {other!r}, who are one")
    moved = connection.execute(
        "SELECT id, space, created, digest, vector FROM template WHERE person = ? "
        "AND digest NOT IN (SELECT digest FROM template WHERE person = ?)",
        (source, id_),
    ).fetchall()
    for template, *row in moved:
        connection.execute(
            "UPDATE template SET person = ?, checksum = ? WHERE id = ?",
            (id_, template_checksum(id_, *row), template),
        )
    key, shown = connection.execute("SELECT key, name FROM person WHERE id = ?", (id_,)).fetchone()
    first = min(created, source_created)
    connection.execute(
        "UPDATE person SET created = ?, checksum = ? WHERE id = ?",
        (first, text_checksum(id_, key, shown, first), id_),
    )
    both = connection.execute("DELETE FROM template WHERE person = ?", (source,)).rowcount
    _forget(change, source, both)
    return len(moved)


def _forget(change: Change, person: int, templates: int) -> None:
    """Note how many templates of a person were deleted; without any the person goes too."""
    bare = "NOT EXISTS (SELECT 1 FROM template WHERE person = ?1)"
    change.connection.execute(f"DELETE FROM person WHERE id = ?1 AND {bare}", (person,))  # noqa: S608 (constant)
    change.connection.execute("DELETE FROM space WHERE NOT EXISTS (SELECT 1 FROM template)")
    change.added -= templates
    change.rewrote = True
    change.owes_erasure = True


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
        "SELECT id FROM template WHERE person = ? AND digest = ?", (id_, template.digest)
    ).fetchone()
    if there is not None:
        if template.file_name is not None:
            change.noted |= keep_file_name(connection, there[0], template.file_name)
        return False
    checksum = template_checksum(id_, 1, template.created, template.digest, template.vector)
    row = connection.execute(
        "INSERT INTO template (person, space, created, digest, vector, checksum) "
        "VALUES (?, 1, ?, ?, ?, ?)",
        (id_, template.created, template.digest, template.vector, checksum),
    )
    if template.file_name is not None:
        keep_file_name(connection, int(row.lastrowid or 0), template.file_name)
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

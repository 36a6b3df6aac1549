"""Rows of the file into an `Index`, each one verified on the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np

from mien.checks import check_vectors
from mien.errors import GalleryDamaged, InvalidOption, PhotoNotFound
from mien.gallery.answers import EnrolledPhoto, Person, Stats
from mien.gallery.database import Database
from mien.gallery.faults import RESTORE, damaged
from mien.gallery.index import Index
from mien.gallery.opening import version_of
from mien.gallery.people import Template, find
from mien.gallery.photos import file_names
from mien.gallery.rows import check_digest, is_sound, read_space, text_checksum, to_time
from mien.gallery.stamp import Stamp
from mien.records import EmbeddingSpace, FloatArray

_CHUNK = 2000
_SAME_FACE = 0.6  # cosine; one face of one photo is above it, whichever detector found it
_COLUMNS = "person, space, created, digest, vector, checksum"


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """An index, and the state of the file that it shows."""

    index: Index
    stamp: Stamp
    last_id: int


def load(database: Database, connection: sqlite3.Connection, before: Loaded | None) -> Loaded:
    """The file's present state, inside the caller's transaction.

    If only templates were added since ``before``, only those are read.

    Raises:
        GalleryDamaged: a row is not as it was written, or rows are missing.
    """
    stamp = database.stamp(connection)
    if before is not None and before.stamp.gallery == stamp.gallery:
        if stamp == before.stamp:
            return before
        if stamp.rewritten == before.stamp.rewritten and stamp.revision > before.stamp.revision:
            return _load_new(database, connection, before, stamp)
    return _load_all(database, connection, stamp)


def sound_space(database: Database, connection: sqlite3.Connection) -> EmbeddingSpace | None:
    """The gallery's space.

    Raises:
        GalleryDamaged: its row is not as it was written.
    """
    space, sound = read_space(connection)
    if not sound:
        raise damaged(database.place, "a damaged space row")
    return space


def sound_people(
    database: Database, connection: sqlite3.Connection, after: int | None = None
) -> dict[int, tuple[str, int]]:
    """Name and time of creation by id: of everybody, or of those with templates above an id.

    Raises:
        GalleryDamaged: a row is not as it was written.
    """
    people = {}
    chosen = "" if after is None else "WHERE id IN (SELECT person FROM template WHERE id > ?)"
    for id_, key, name, created, checksum in connection.execute(
        f"SELECT id, key, name, created, checksum FROM person {chosen}",  # noqa: S608 (constants)
        () if after is None else (after,),
    ):
        if text_checksum(id_, key, name, created) != checksum:
            raise damaged(database.place, f"a damaged row of person {id_} (“{name}”)")
        people[id_] = (name, created)
    return people


def listed(
    database: Database, connection: sqlite3.Connection, name: str | None = None
) -> tuple[Person, ...]:
    """Everybody, sorted by name, or the one of that name.

    Raises:
        PersonNotFound: nobody has that name.
        GalleryDamaged: a row is not as it was written.
    """
    wanted = None if name is None else find(connection, name)[0]
    counts = dict(connection.execute("SELECT person, count(*) FROM template GROUP BY person"))
    people = sorted(
        (shown, counts.get(id_, 0), created)
        for id_, (shown, created) in sound_people(database, connection).items()
        if wanted in (None, id_)
    )
    return tuple(Person(shown, count, to_time(created)) for shown, count, created in people)


def stats(database: Database, connection: sqlite3.Connection) -> Stats:
    """The gallery in numbers."""
    stamp = database.stamp(connection)
    (count,) = connection.execute("SELECT count(*) FROM person").fetchone()
    space = sound_space(database, connection)
    size = 0 if database.path is None else database.path.stat().st_size
    version = version_of(connection)
    return Stats(count, stamp.templates, space, size, version, stamp.erasure_owed)


def damaged_template(database: Database, name: str | None) -> GalleryDamaged:
    """The error for a vector that is not as it was written."""
    if name is None:
        return damaged(database.place, "a template that belongs to nobody")
    cure = f"remove “{name}” and enrol them again, or {RESTORE}"
    return damaged(database.place, f"a damaged template of “{name}”", cure)


def templates(
    database: Database, connection: sqlite3.Connection, space: EmbeddingSpace | None
) -> Iterator[Template]:
    """Every template in the order of enrolment, verified, inside the caller's transaction.

    Raises:
        GalleryDamaged: a row is not as it was written, or rows are missing.
    """
    width = 0 if space is None else 4 * space.dimensions
    people = sound_people(database, connection)
    kept = file_names(database, connection)
    count = 0
    for row in chain.from_iterable(_chunks(connection, 0)):
        name = people.get(row[0], (None, 0))[0]
        if name is None or not is_sound(row, width):
            raise damaged_template(database, name)
        count += 1
        yield Template(name, row[4], row[3], row[2], kept.get((row[0], row[3])))
    if count != database.stamp(connection).templates:
        raise damaged(database.place, f"{count:,} templates where others were written")


def photos(
    database: Database, connection: sqlite3.Connection, name: str
) -> tuple[EnrolledPhoto, ...]:
    """A person's photos in the order of enrolment.

    Raises:
        PersonNotFound: nobody has that name.
        GalleryDamaged: a row is not as it was written.
    """
    space = sound_space(database, connection)
    width = 0 if space is None else 4 * space.dimensions
    person, _ = find(connection, name)
    names = file_names(database, connection, person)
    found = []
    for row in connection.execute(
        f"SELECT {_COLUMNS} FROM template WHERE person = ? ORDER BY id",  # noqa: S608 (constants)
        (person,),
    ):
        if not is_sound(row, width):
            raise damaged_template(database, name)
        _, _, created, digest, _, _ = row
        found.append(EnrolledPhoto(digest.hex(), to_time(created), names.get((person, digest))))
    return tuple(found)


def check_face(
    database: Database, connection: sqlite3.Connection, name: str, digest: Any, vector: Any
) -> None:
    """Compare a vector with the one that is stored of a photo; see `Gallery.check_face`."""
    person, _ = find(connection, name)
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM template WHERE person = ? AND digest = ?",  # noqa: S608 (constants)
        (person, check_digest(digest, b"")),
    ).fetchone()
    if row is None:
        raise PhotoNotFound(f"photo: expected one of {name!r}, got the digest {digest!r:.80}")
    if not is_sound(row, len(row[4])):
        raise damaged_template(database, name)
    stored = np.frombuffer(row[4], dtype="<f4")
    if (check_vectors(vector, len(stored)) @ stored < _SAME_FACE).any():
        raise InvalidOption(
            "expected the face that was enrolled from this photo before, got another of its faces; "
            f"to change it, first take it back: `mien gallery remove NAME --photo {digest[:16]}`"
        )


def _load_all(database: Database, connection: sqlite3.Connection, stamp: Stamp) -> Loaded:
    space = sound_space(database, connection)
    people = sound_people(database, connection)
    if space is None:
        if stamp.templates or people:
            raise damaged(database.place, f"{stamp.templates:,} templates without their space")
        nothing = np.empty((0, 0), dtype=np.float32)
        return Loaded(Index.build(None, (), np.empty(0, dtype=np.int64), nothing), stamp, 0)
    (last_id,) = connection.execute("SELECT max(id) FROM template").fetchone()
    matrix, ids = _read(database, connection, space, people, stamp.templates, 0)
    order = list(people)
    places = {id_: place for place, id_ in enumerate(order)}
    owners = np.fromiter((places[id_] for id_ in ids), dtype=np.int64, count=len(ids))
    if len(set(ids)) != len(people):
        raise damaged(database.place, "people without templates")
    index = Index.build(space, [people[id_][0] for id_ in order], owners, matrix)
    return Loaded(index, stamp, last_id)


def _load_new(
    database: Database, connection: sqlite3.Connection, before: Loaded, stamp: Stamp
) -> Loaded:
    added = stamp.templates - before.stamp.templates
    space = sound_space(database, connection)
    if not added or space is None:
        return Loaded(before.index, stamp, before.last_id)
    people = sound_people(database, connection, before.last_id)
    (last_id,) = connection.execute("SELECT max(id) FROM template").fetchone()
    matrix, ids = _read(database, connection, space, people, added, before.last_id)
    index = before.index.with_rows(space, [people[id_][0] for id_ in ids], matrix)
    return Loaded(index, stamp, last_id)


def _read(
    database: Database,
    connection: sqlite3.Connection,
    space: EmbeddingSpace,
    people: dict[int, tuple[str, int]],
    count: int,
    after: int,
) -> tuple[FloatArray, list[int]]:
    """Vectors ``(count, D)`` and owners' ids of the templates with an id above ``after``."""
    width = 4 * space.dimensions
    matrix = np.empty((count, space.dimensions), dtype=np.float32)
    ids: list[int] = []
    for rows in _chunks(connection, after):
        start, end = len(ids), len(ids) + len(rows)
        if end > count:
            break
        if not all(map(is_sound, rows, repeat(width))) or not people.keys() >= {r[0] for r in rows}:
            bad = next(r for r in rows if not is_sound(r, width) or r[0] not in people)
            raise damaged_template(database, people.get(bad[0], (None, 0))[0])
        vectors = np.frombuffer(b"".join([row[4] for row in rows]), dtype="<f4")
        matrix[start:end] = vectors.reshape(len(rows), space.dimensions)
        ids.extend([row[0] for row in rows])
    if len(ids) != count:
        raise damaged(database.place, f"other than the {count:,} templates that were written")
    return matrix, ids


def _chunks(connection: sqlite3.Connection, after: int) -> Iterator[list[tuple[Any, ...]]]:
    cursor = connection.execute(
        f"SELECT {_COLUMNS} FROM template WHERE id > ? ORDER BY id",  # noqa: S608 (our own constants)
        (after,),
    )
    while rows := cursor.fetchmany(_CHUNK):
        yield rows

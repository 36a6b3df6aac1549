"""Every page and every row compared with what was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from mien.errors import GalleryDamaged, InvalidName
from mien.gallery.answers import Problem
from mien.gallery.database import Database
from mien.gallery.faults import RESTORE, translated
from mien.gallery.photos import are_kept
from mien.gallery.rows import is_sound, is_unit, length_of, read_space, text_checksum
from mien.names import clean_name, name_key


def problems(database: Database) -> Iterator[Problem]:
    """All that is wrong; nothing for a sound gallery. Changes nothing."""
    for part in (_pages, _stamp, _space, _people, _templates, _file_names):
        try:
            with database.reading() as connection, translated(database.place):
                yield from part(database, connection)
        except GalleryDamaged as error:  # the part cannot be read to its end; the others may
            yield Problem("file", str(error))


def _pages(database: Database, connection: sqlite3.Connection) -> Iterator[Problem]:
    for (message,) in connection.execute("PRAGMA integrity_check(20)"):
        if message != "ok":
            yield Problem("file", f"{message}; {RESTORE}")
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Problem(f"{table} {row}", f"belongs to no {parent}; {RESTORE}")


def _stamp(database: Database, connection: sqlite3.Connection) -> Iterator[Problem]:
    stamp = database.stamp(connection)
    (count,) = connection.execute("SELECT count(*) FROM template NOT INDEXED").fetchone()
    if count != stamp.templates:
        yield Problem("stamp", f"expected {stamp.templates:,} templates, got {count:,}; {RESTORE}")


def _space(database: Database, connection: sqlite3.Connection) -> Iterator[Problem]:
    space, sound = read_space(connection)
    if not sound:
        yield Problem("space", f"expected the row as it was written, got another; {RESTORE}")
    templates = connection.execute("SELECT EXISTS (SELECT 1 FROM template)").fetchone()[0]
    if bool(templates) != (space is not None):
        yield Problem("space", f"expected a space if and only if there are templates; {RESTORE}")


def _people(database: Database, connection: sqlite3.Connection) -> Iterator[Problem]:
    for id_, key, name, created, checksum in connection.execute(
        "SELECT id, key, name, created, checksum FROM person"
    ):
        where = f"person {id_}"
        if text_checksum(id_, key, name, created) != checksum:
            yield Problem(where, f"expected the row as it was written, got another; {RESTORE}")
            continue
        try:
            sound = clean_name(name) == name and name_key(name) == key
        except InvalidName:
            sound = False
        if not sound:
            yield Problem(where, "the name does not follow the identity rule; rename it", name)
        if connection.execute("SELECT 1 FROM template WHERE person = ?", (id_,)).fetchone() is None:
            yield Problem(where, "expected at least one template, got none; remove it", name)


def _templates(database: Database, connection: sqlite3.Connection) -> Iterator[Problem]:
    space, _ = read_space(connection)
    width = 0 if space is None else 4 * space.dimensions
    names = dict(connection.execute("SELECT id, name FROM person").fetchall())
    for id_, *row in connection.execute(
        "SELECT id, person, space, created, digest, vector, checksum FROM template NOT INDEXED"
    ):
        name = names.get(row[0])
        cure = f"remove “{name}” and enrol them again, or {RESTORE}" if name else RESTORE
        if not is_sound(tuple(row), width):
            message = f"expected the row as it was written, got another; {cure}"
            yield Problem(f"template {id_}", message, name)
            continue
        if not is_unit(row[4]):
            message = f"expected length 1, got {length_of(row[4]):.7g}; {cure}"
            yield Problem(f"template {id_}", message, name)


def _file_names(database: Database, connection: sqlite3.Connection) -> Iterator[Problem]:
    if not are_kept(connection):
        return
    for id_, name, checksum in connection.execute("SELECT template, name, checksum FROM file_name"):
        if text_checksum(id_, name) != checksum:
            message = f"expected the row as it was written, got another; {RESTORE}"
            yield Problem(f"file name of template {id_}", message)

"""The tables, and the steps from one format version to the next.

The format's version is SQLite's ``user_version``: the number of steps taken. A step is
never changed once released; a new format is a new step at the end.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence

from mien.gallery.stamp import Stamp

APPLICATION_ID = 0x4D49454E  # "MIEN"
PAGE_SIZE = 4096

Step = Sequence[str]

STEPS: tuple[Step, ...] = (
    (
        # First, so that its row lies on the second page, before and after every VACUUM.
        "CREATE TABLE stamp (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL) STRICT",
        """CREATE TABLE space (
            id INTEGER PRIMARY KEY CHECK (id = 1), model TEXT NOT NULL, sha256 TEXT NOT NULL,
            preprocessing TEXT NOT NULL, dimensions INTEGER NOT NULL, checksum INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE person (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            created INTEGER NOT NULL, checksum INTEGER NOT NULL
        ) STRICT""",
        # AUTOINCREMENT: an id is never used twice, so "newer than id n" finds what was added.
        """CREATE TABLE template (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            person INTEGER NOT NULL REFERENCES person ON DELETE CASCADE,
            space INTEGER NOT NULL REFERENCES space,
            created INTEGER NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL,
            checksum INTEGER NOT NULL, UNIQUE (person, digest)
        ) STRICT""",
    ),
    (
        # Only of photos whose file names the user asked to keep. A table of its own: what
        # reads vectors reads both formats alike.
        """CREATE TABLE file_name (
            template INTEGER PRIMARY KEY REFERENCES template ON DELETE CASCADE,
            name TEXT NOT NULL, checksum INTEGER NOT NULL
        ) STRICT""",
    ),
)
VERSION = len(STEPS)


def create(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Make an empty database a gallery, inside the caller's transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    advance(connection, 0, steps)
    stamp = str(Stamp(secrets.token_hex(16)))
    connection.execute("INSERT INTO stamp (id, text) VALUES (1, ?)", (stamp,))


def advance(connection: sqlite3.Connection, version: int, steps: Sequence[Step] = STEPS) -> None:
    """Take the steps after ``version``, inside the caller's transaction."""
    if version >= len(steps):  # another process, perhaps of a later mien, was first
        return
    for step in steps[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(steps)}")


def objects(connection: sqlite3.Connection) -> list[tuple[str, str, str | None]]:
    """All tables, indices, views and triggers with their SQL."""
    return connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()


def expected_objects(steps: Sequence[Step] = STEPS) -> list[tuple[str, str, str | None]]:
    """The schema that a sound gallery has; a view or trigger planted in a file differs."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create(connection, steps)
        return objects(connection)
    finally:
        connection.close()

"""The file that encodings are kept in: SQLite, for its owner alone, for several processes at once.

A row is found by two keys: what the photo's bytes are, and what encoded it. It is an aid and no
archive: what is damaged is refused as a whole and made anew, nothing is mended.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mien.encodings.rows import Row, photo_of, row_of
from mien.errors import InvalidCache, OutputUnwritable
from mien.pipeline import EncodedPhoto
from mien.process import Origin

APPLICATION_ID = 0x6D656E63  # "menc"
VERSION = 1
BUSY_TIMEOUT_S = 30.0

_SCHEMA = """CREATE TABLE encodings (
    recognizer BLOB NOT NULL, photo BLOB NOT NULL,
    record TEXT NOT NULL, vectors BLOB NOT NULL, checksum BLOB NOT NULL,
    PRIMARY KEY (recognizer, photo)
)"""

_UNWRITABLE = {
    sqlite3.SQLITE_BUSY: "another program holds it; try again",
    sqlite3.SQLITE_LOCKED: "another program holds it; try again",
    sqlite3.SQLITE_READONLY: "it is read-only; change its permissions or name another file",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "the system refused to write; see to the disk",
    sqlite3.SQLITE_CANTOPEN: "the system refused to open it; name another file",
    sqlite3.SQLITE_PERM: "the system refused; change its permissions or name another file",
}
_DAMAGED_READS = {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_READ}


class EncodingCache:
    """An open file of encodings; a context manager. One thread at a time may use it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._origin = Origin(self)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> EncodingCache:
        """Open the file, or make it, readable by its owner alone.

        Raises:
            InvalidCache: what stands there is damaged, or something else.
            OutputUnwritable: it cannot be made or opened.
        """
        place = Path(path)
        _make(place)
        with _translated(place):
            connection = sqlite3.connect(
                place, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            try:
                _prepare(connection, place)
            except BaseException:
                connection.close()
                raise
        return cls(connection, place)

    def find(
        self, key: bytes, photos: Iterable[bytes], dimensions: int
    ) -> dict[bytes, EncodedPhoto]:
        """The encodings that are there; their photos have no name.

        Args:
            key: of what encodes; see `encoding_key`.
            photos: SHA-256 of the photos' bytes.
            dimensions: of a vector.

        Raises:
            InvalidCache: a row is not what was once written.
        """
        found = {}
        for digest in photos:
            row = self._row(key, digest)
            if row is not None:
                try:
                    found[digest] = photo_of(row, dimensions)
                except ValueError as error:
                    raise _invalid(self.path, str(error)) from error
        return found

    def keep(self, key: bytes, photos: Iterable[tuple[bytes, EncodedPhoto]]) -> None:
        """Write the encodings of photos, given by the SHA-256 of their bytes: all or none.

        Raises:
            OutputUnwritable: read-only, full, or locked for too long.
        """
        rows = []
        for digest, encoded in photos:
            row = row_of(encoded)
            rows.append((key, digest, row.record, row.vectors, row.checksum(key, digest)))
        if not rows:
            return
        self._check_process()
        with _translated(self.path), _transaction(self._connection):
            self._connection.executemany(
                "INSERT OR REPLACE INTO encodings VALUES (?, ?, ?, ?, ?)", rows
            )

    def close(self) -> None:
        """Close the file."""
        if self._origin.is_here:
            self._connection.close()

    def _check_process(self) -> None:
        self._origin.check(f"cache {self.path}", "open it after the fork")

    def __enter__(self) -> EncodingCache:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _row(self, key: bytes, photo: bytes) -> Row | None:
        self._check_process()
        with _translated(self.path):
            values = self._connection.execute(
                "SELECT record, vectors, checksum FROM encodings "
                "WHERE recognizer = ? AND photo = ?",
                (key, photo),
            ).fetchone()
        if values is None:
            return None
        record, vectors, checksum = values
        if isinstance(record, str) and isinstance(vectors, bytes):
            row = Row(record, vectors)
            if row.checksum(key, photo) == checksum:
                return row
        raise _invalid(self.path, "a damaged row")


def _make(path: Path) -> None:
    """An empty file for its owner alone, unless something stands there."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise OutputUnwritable(
            f"cache: expected to make {path}, got: {reason}; name another file"
        ) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that the file is ours; an empty one becomes ours."""
    if _kind(connection) == (APPLICATION_ID, VERSION):
        return
    with _transaction(connection):
        kind = _kind(connection)  # anew: another process may have been faster
        if path.stat().st_size == 0:  # SQLite takes a file of a few bytes for an empty one too
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute(_SCHEMA)
        elif kind[0] != APPLICATION_ID:
            raise _invalid(path, "another program's database")
        elif kind[1] != VERSION:
            raise _invalid(path, f"version {kind[1]} where {VERSION} is known")


def _kind(connection: sqlite3.Connection) -> tuple[int, int]:
    """The file's application and the version of its form; zeros where it is new."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(application), int(version)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Let only errors of our tree out."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        if code not in _DAMAGED_READS and code & 0xFF in _UNWRITABLE:
            reason = _UNWRITABLE[code & 0xFF]
            raise OutputUnwritable(f"cache: expected to use {path}, but {reason}") from error
        raise _invalid(path, f"“{error}”") from error


def _invalid(path: Path, what: str) -> InvalidCache:
    return InvalidCache(
        f"cache: expected encodings that mien kept in {path}, got {what}; "
        "delete it or name another file"
    )

"""The seam: SQLite's and the operating system's errors become ours, with a cure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from mien.errors import GalleryDamaged, GalleryError, GalleryUnwritable, MienError

RESTORE = (
    "run `mien gallery check`, keep the file, "
    "and restore an export into a new gallery with `mien gallery import`"
)

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_MISMATCH}
# A file that ends too soon reads as an I/O error.
_DAMAGED_READS = {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_READ}
_UNWRITABLE = {
    sqlite3.SQLITE_BUSY: (
        "expected to get the write lock in time, but another program holds the gallery; try again"
    ),
    sqlite3.SQLITE_LOCKED: "expected a free gallery, but it is in use; try again",
    sqlite3.SQLITE_READONLY: (
        "expected a gallery that can be written, got a read-only one; "
        "change its permissions or copy it with `mien gallery export`"
    ),
    sqlite3.SQLITE_FULL: "expected room to write, but the disk is full; free some and try again",
    sqlite3.SQLITE_IOERR: (
        "expected to write and sync the file, but the system refused; "
        "check the disk's space and health and try again"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "expected to open the file and to write in its folder, but the system refused; "
        "check the permissions, or open it for reading only"
    ),
    sqlite3.SQLITE_PERM: "expected access, but the system refused; check the permissions",
    sqlite3.SQLITE_AUTH: "expected access, but the system refused; check the permissions",
}


def damaged(place: str, what: str, cure: str = RESTORE) -> GalleryDamaged:
    """The error for a file that is not a sound gallery."""
    return GalleryDamaged(f"{place}: expected a sound gallery, got {what}; {cure}")


def from_sqlite(error: sqlite3.Error, place: str) -> GalleryError:
    """Our error for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # The sqlite3 module itself: a closed connection, text that is not UTF-8.
        if isinstance(error, sqlite3.OperationalError):
            return damaged(place, str(error))
        return GalleryError(f"{place}: expected an open gallery, got: {error}; open it again")
    primary = code & 0xFF
    if primary in _DAMAGED or code in _DAMAGED_READS:
        return damaged(place, f"“{error}”")
    if primary in _UNWRITABLE:
        return GalleryUnwritable(f"{place}: {_UNWRITABLE[primary]} ({error})")
    return damaged(place, f"“{error}”")


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Let only errors of our tree out.

    Raises:
        GalleryDamaged: SQLite calls the file corrupt or not a database.
        GalleryUnwritable: read-only, full, locked for too long, or refused by the system.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise from_sqlite(error, place) from error
    except OSError as error:
        if isinstance(error, MienError):  # some of ours are OSErrors, too
            raise
        reason = error.strerror or str(error)
        raise GalleryUnwritable(
            f"{place}: expected to read and write there, got: {reason}; "
            "check the path, its permissions and the disk's space"
        ) from error

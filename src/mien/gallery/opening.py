"""From a path to a connection: check, make, probe, open, migrate."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from pathlib import Path
from typing import Any

from mien.errors import ForkedProcess, GalleryNotFound, GalleryUnwritable, InvalidOption
from mien.gallery import probe, schema
from mien.gallery.faults import damaged
from mien.gallery.stamp import Stamp
from mien.process import around_fork, load_library, no_fork

# Closing a file drops every POSIX lock that the process holds on it, SQLite's too
# (https://sqlite.org/howtocorrupt.html, 2.2). So files that this process has open as a
# gallery are not probed again.
FileKey = tuple[int, int]

_open_files: dict[FileKey, int] = {}
_open_files_lock = threading.Lock()
_inherited: set[FileKey] = set()


def default_path() -> Path:
    """``$MIEN_GALLERY``, or ``mien.gallery`` under the user's data directory."""
    chosen = os.environ.get("MIEN_GALLERY")
    if chosen:
        return Path(chosen).expanduser()
    folders = load_library("platformdirs")
    return Path(folders.user_data_dir("mien", appauthor=False)) / "mien.gallery"


def check_path(path: Any) -> Path:
    """A path that a caller gave.

    Raises:
        InvalidOption: if it is none.
    """
    try:
        text = os.fspath(path)
    except TypeError as error:
        raise InvalidOption(f"path: expected a path, got {type(path).__name__}") from error
    try:
        valid = isinstance(text, str) and text and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # a lone surrogate that no file system gave us
        valid = False
    if not valid:
        raise InvalidOption(f"path: expected a path, got {text!r:.80}")
    return Path(text)


def connect_memory() -> sqlite3.Connection:
    """A gallery that is gone when it is closed."""
    connection = _connect("file::memory:", 0.0)
    connection.execute("BEGIN IMMEDIATE")
    schema.create(connection)
    connection.execute("COMMIT")
    return connection


def connect_file(
    path: Path, *, create: bool, read_only: bool, timeout_s: float
) -> tuple[sqlite3.Connection, FileKey]:
    """A connection to a sound gallery of the current version, and the key to release.

    Raises:
        GalleryNotFound, GalleryDamaged, GalleryNewer, GalleryUnwritable: see `Gallery.open`.
        ForkedProcess: an open connection came along, with SQLite's idea of locks that are not held.
    """
    with no_fork(), _open_files_lock:
        try:
            probe.check_kind(path)
        except GalleryNotFound:
            if not create or read_only:
                raise
            _make(path)
            probe.check_kind(path)
        status = path.stat()
        key = (status.st_dev, status.st_ino)
        if key in _inherited:
            raise ForkedProcess(
                f"{path}: expected a gallery that was closed when this process was forked, got "
                "an open one; close it before the fork"
            )
        if key not in _open_files:
            probe.check_header(path)
            probe.check_log(path)
        connection = (
            _open_for_reading(path, timeout_s) if read_only else _open_for_writing(path, timeout_s)
        )
        try:
            _check_schema(connection, path, read_only)
        except BaseException:
            connection.close()
            raise
        _open_files[key] = _open_files.get(key, 0) + 1
        return connection, key


def disconnect(connection: sqlite3.Connection, key: FileKey | None) -> None:
    """Close the connection; the last one moves the log into the main file."""
    with no_fork(), _open_files_lock:
        try:
            connection.close()
        finally:
            if key is not None:
                _open_files[key] -= 1
                if not _open_files[key]:
                    del _open_files[key]


def _make(path: Path) -> None:
    """Put an empty gallery at ``path``, whole or not at all, for the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name[:100]}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = _connect(_uri(draft, "rw"), 0.0)
        try:
            connection.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            schema.create(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()
        try:
            os.link(draft, path)  # unlike a rename it never replaces what another process made
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            if not path.exists():
                draft.rename(path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a new directory entry survive a loss of power, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _uri(path: Path, mode: str) -> str:
    return f"{path.resolve().as_uri()}?mode={mode}"


_PRAGMAS = (
    "synchronous = FULL",
    "fullfsync = ON",  # macOS: fsync alone does not reach the disk
    "checkpoint_fullfsync = ON",
    "secure_delete = ON",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "temp_store = MEMORY",  # VACUUM must not leave faces in a temporary file
    # Checkpoints are ours (see `Database`), made under the write lock: SQLite before
    # 3.51.3 can lose pages when a checkpoint and a commit of two connections meet
    # (https://sqlite.org/wal.html, "The WAL-Reset Bug").
    "wal_autocheckpoint = 0",
)


def _connect(uri: str, timeout_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _open_for_writing(path: Path, timeout_s: float) -> sqlite3.Connection:
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise GalleryUnwritable(
            f"{path}: expected a file and a folder that can be written, got read-only ones; "
            "open it for reading only, or copy it with `mien gallery export`"
        )
    return _connect(_uri(path, "rw"), timeout_s)


def _open_for_reading(path: Path, timeout_s: float) -> sqlite3.Connection:
    try:
        return _connect(_uri(path, "ro"), timeout_s)
    except sqlite3.OperationalError as error:
        refused = error.sqlite_errorcode & 0xFF in (
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
        )
        log = Path(f"{path}-wal")
        if not refused or (log.exists() and log.stat().st_size > 0):
            raise
    # SQLite may not even make its side files here, so nobody is writing either.
    return _connect(_uri(path, "ro") + "&immutable=1", timeout_s)


def _check_schema(connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
    """Bring an older format up to date, unless it is only read; refuse tables that are not ours."""
    place = str(path)
    if version_of(connection) < schema.VERSION and not read_only:
        migrate(connection)
    connection.execute("BEGIN")  # somebody else may bring it up to date just now
    try:
        version, objects = version_of(connection), schema.objects(connection)
    finally:
        connection.execute("ROLLBACK")
    if version > schema.VERSION:
        raise probe.newer(place, version)
    if objects != schema.expected_objects(schema.STEPS[:version]):
        raise damaged(place, "other tables than a gallery's")


def migrate(connection: sqlite3.Connection, steps: tuple[schema.Step, ...] | None = None) -> None:
    """Take the missing steps to the newest format, all or none.

    Raises:
        sqlite3.Error: a step failed; nothing was changed.
    """
    steps = schema.STEPS if steps is None else steps
    connection.execute("BEGIN IMMEDIATE")
    try:
        schema.advance(connection, version_of(connection), steps)  # another process may be done
        (text,) = connection.execute("SELECT text FROM stamp").fetchone()
        stamp = Stamp.find(text.encode())
        if stamp is not None:
            write_stamp(connection, stamp.after(rewrote=True))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """The format's version."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def write_stamp(connection: sqlite3.Connection, stamp: Stamp) -> None:
    """Renew the stamp, inside the caller's transaction."""
    connection.execute("UPDATE stamp SET text = ?", (str(stamp),))


def _in_child() -> None:
    _inherited.update(_open_files)
    _open_files.clear()


around_fork(in_child=_in_child)

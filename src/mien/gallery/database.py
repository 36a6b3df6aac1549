"""The connection with its lock: reading and writing as whole transactions, and wiping."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mien.errors import GalleryError, GalleryUnwritable
from mien.gallery import opening
from mien.gallery.faults import damaged, translated
from mien.gallery.stamp import Stamp
from mien.process import Origin, around_fork, no_fork

# The log is moved into the main file when it has grown to this, in bytes.
_LOG_LIMIT = 4 << 20


@dataclass(slots=True)
class Change:
    """What a transaction did; its stamp is written from this."""

    connection: sqlite3.Connection
    added: int = 0
    rewrote: bool = False
    noted: bool = False
    owes_erasure: bool | None = None

    @property
    def happened(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.added) or self.rewrote or self.noted or self.owes_erasure is not None


class Database:
    """One connection, used by one thread at a time.

    SQLite's locks do not go along with a fork: files are closed before one and opened again by
    whoever uses them next, parent or child. A gallery in memory is copied.

    Attributes:
        place: the path, or ``the gallery in memory``, for messages.
        path: None in memory.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        create: bool = True,
        read_only: bool = False,
        timeout_s: float = 10.0,
    ) -> None:
        self.path = path
        self.place = "the gallery in memory" if path is None else str(path)
        self._read_only = read_only
        self._lock = threading.RLock()
        self._timeout_s = timeout_s
        self._closed = False
        self._tidy_at = _LOG_LIMIT
        self._file = None if path is None else path.absolute()
        self._connection: sqlite3.Connection | None = None
        self._key: opening.FileKey | None = None
        self._openings = 0
        with no_fork(), translated(self.place):
            self._open(create)
            _databases.add(self)
        try:
            with self.reading() as connection:
                owed = self.stamp(connection).erasure_owed
            if owed and not read_only:
                self._try_to_erase()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the file; twice does no harm."""
        with no_fork(), self._lock:
            if self._closed or not self._origin.is_here:
                return
            self._closed = True
            with translated(self.place):
                self._disconnect()

    def rest(self) -> None:
        """Close the file for a fork, unless the thread that forks is at work on it."""
        if self._file is not None and self._connection and not self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._disconnect()

    def _open(self, create: bool) -> sqlite3.Connection:
        if self._file is None:
            connection = opening.connect_memory()
        else:
            connection, self._key = opening.connect_file(
                self._file, create=create, read_only=self._read_only, timeout_s=self._timeout_s
            )
        self._connection, self._origin = connection, Origin()
        self._openings += 1
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            opening.disconnect(connection, self._key)

    def version_of_data(self) -> tuple[int, int]:
        """Changes whenever another connection has committed, and with every opening."""
        with self._use() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            return self._openings, int(version)

    def stamp(self, connection: sqlite3.Connection) -> Stamp:
        """The stamp, inside the caller's transaction.

        Raises:
            GalleryDamaged: there is none that is whole.
        """
        row = connection.execute("SELECT text FROM stamp").fetchone()
        stamp = None if row is None else Stamp.find(str(row[0]).encode())
        if stamp is None:
            raise damaged(self.place, "a destroyed stamp")
        return stamp

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent state; writers are not held up."""
        with self._use() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Change]:
        """A transaction: on the disk when the block is left, or nothing at all.

        Raises:
            GalleryUnwritable: read-only, full, or locked for too long.
        """
        with self._use() as connection:
            if self._read_only:
                raise GalleryUnwritable(
                    f"{self.place}: expected a gallery open for writing, got one that was "
                    "opened for reading only; open it again with read_only=False"
                )
            connection.execute("BEGIN IMMEDIATE")
            try:
                change = Change(connection)
                yield change
                if change.happened:
                    stamp = self.stamp(connection).after(
                        added=change.added, rewrote=change.rewrote, owed=change.owes_erasure
                    )
                    opening.write_stamp(connection, stamp)
                # No transaction without a stamp: `probe` relies on it.
                connection.execute("COMMIT" if change.happened else "ROLLBACK")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._tidy_log(connection)

    def erase(self) -> None:
        """Wipe what was removed: rewrite the file, then empty the log.

        ``secure_delete`` overwrites deleted rows, but copies of them can lie in the slack
        of pages that were split or merged before; only a rewrite is sure to drop these.

        Raises:
            GalleryUnwritable: the removal stands, the wiping is still owed.
        """
        if self.path is None:
            return
        with self._use() as connection:
            try:
                connection.execute("VACUUM")
                wiped = self._empty_log(connection)
            except sqlite3.OperationalError as error:
                raise self._erasure_owed(str(error)) from error
            if not wiped:
                raise self._erasure_owed("another program is reading an older state")
            with self.writing() as change:
                change.owes_erasure = False

    def _try_to_erase(self) -> None:
        try:
            self.erase()
        except GalleryUnwritable:
            return  # still owed, `stats` says so; what the caller came for may be possible

    def _erasure_owed(self, reason: str) -> GalleryUnwritable:
        return GalleryUnwritable(
            f"{self.place}: the removal is done, but expected to wipe its traces from the file, "
            f"got: {reason}; close other programs and open the gallery again, which wipes them"
        )

    def _tidy_log(self, connection: sqlite3.Connection) -> None:
        if self.path is None:
            return
        try:
            size = Path(f"{self.path}-wal").stat().st_size
        except FileNotFoundError:
            return
        if size < self._tidy_at:
            return
        try:
            emptied = self._empty_log(connection)
        except sqlite3.OperationalError:
            emptied = False  # what was written is safe in the log
        # A long reader would make every write wait for it: try again when it is worth it.
        self._tidy_at = _LOG_LIMIT if emptied else size + _LOG_LIMIT

    @staticmethod
    def _empty_log(connection: sqlite3.Connection) -> bool:
        """Move the log into the main file and cut it to nothing; False while others read."""
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        with no_fork(), self._lock, translated(self.place):
            if self._closed:
                raise GalleryError(
                    f"{self.place}: expected an open gallery, got a closed one; open it again"
                )
            connection = self._connection or self._open(create=False)
            if self._file is not None:
                self._origin.check(self.place, "close the gallery before the fork")
            yield connection


_databases: weakref.WeakSet[Database] = weakref.WeakSet()


def _rest_all() -> None:
    for database in list(_databases):
        database.rest()


around_fork(before=_rest_all)

"""A look at the files before SQLite touches them, so that what is refused stays unchanged.

SQLite would replay any well-formed write-ahead log that lies beside a database, also
another database's, or one left from before an old copy was restored; the pages of the
two would be mixed. Every transaction of a gallery leaves its stamp in the log, so the
log's stamps must bear the gallery's id and follow the revision in the main file.

File formats: https://sqlite.org/fileformat2.html, sections 1.3 and 4.
"""

from __future__ import annotations

import os
import stat
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from mien.errors import GalleryDamaged, GalleryNewer, GalleryNotFound
from mien.gallery import schema
from mien.gallery.faults import RESTORE, damaged
from mien.gallery.stamp import STAMP_PAGE, Stamp

SIDE_SUFFIXES = ("-wal", "-shm", "-journal")
_MAGIC = b"SQLite format 3\0"
_WAL_MAGICS = (0x377F0682, 0x377F0683)
_WAL_HEADER = struct.Struct(">8I")
_FRAME_HEADER = struct.Struct(">6I")
_PAGE_COUNT_AT = 28
_TRIES = 6
_PAUSE_S = 0.1


def check_kind(path: Path) -> None:
    """There is an ordinary file at ``path``, not a link, and no link beside it.

    A symbolic link is refused: the write-ahead log lies beside the real file, and
    whoever can plant a link chooses where the faces are written.

    Raises:
        GalleryNotFound: nothing is there.
        GalleryDamaged: something else than a regular file.
    """
    for suffix in ("", *SIDE_SUFFIXES):
        beside = Path(f"{path}{suffix}")
        try:
            mode = beside.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            if suffix:
                continue
            raise GalleryNotFound(
                f"{path}: expected a gallery, found nothing there; "
                "check --gallery and $MIEN_GALLERY, or make one with `mien enroll`"
            ) from None
        if stat.S_ISLNK(mode):
            cure = f"give the path it points to: {os.path.realpath(beside)}"
            raise damaged(str(beside), "a symbolic link", cure)
        if not stat.S_ISREG(mode):
            raise damaged(str(beside), "something that is not a file", "give a gallery's path")


def check_header(path: Path) -> None:
    """The main file begins as a gallery of a version that we know.

    Raises:
        GalleryDamaged: not a gallery, or no longer.
        GalleryNewer: of a later format.
    """
    with path.open("rb") as file:
        head = file.read(100)
    place = str(path)
    if len(head) < 100 or not head.startswith(_MAGIC):
        got = "an empty file" if not head else "something else or a destroyed first page"
        raise damaged(place, got, f"if it was a gallery once, {RESTORE}; else give another path")
    version, application = struct.unpack(">I", head[60:64])[0], struct.unpack(">I", head[68:72])[0]
    if application != schema.APPLICATION_ID:
        raise damaged(place, "the SQLite file of another application", "give another path")
    if version > schema.VERSION:
        raise newer(place, version)
    if struct.unpack(">H", head[16:18])[0] != schema.PAGE_SIZE or version < 1:
        raise damaged(place, "a header that no mien wrote")


def newer(place: str, version: int) -> GalleryNewer:
    """The error for a format from the future."""
    return GalleryNewer(
        f"{place}: expected format {schema.VERSION} or older, got {version}; "
        "upgrade mien, or export it there and import it here"
    )


def check_log(path: Path) -> None:
    """The main file is whole, or its write-ahead log continues it.

    Raises:
        GalleryDamaged: the file was cut, or the log is another gallery's, another time's,
            or not a log.
    """
    for remaining in reversed(range(_TRIES)):
        try:
            _check_log_once(path)
            return
        except GalleryDamaged:
            # Another process may have moved the log into the main file between our two looks.
            if not remaining:
                raise
            time.sleep(_PAUSE_S)


def _check_log_once(path: Path) -> None:
    log = Path(f"{path}-wal")
    with path.open("rb") as file:
        file.seek((STAMP_PAGE - 1) * schema.PAGE_SIZE)
        main = Stamp.find(file.read(schema.PAGE_SIZE))
        file.seek(_PAGE_COUNT_AT)
        pages = int.from_bytes(file.read(4), "big")
        size = os.fstat(file.fileno()).st_size
    stamps = list(_committed_stamps(log))
    if not stamps and size < pages * schema.PAGE_SIZE:
        raise damaged(str(path), f"a file cut to {size:,} of {pages * schema.PAGE_SIZE:,} bytes")
    if main is None or not stamps:  # a torn or zeroed stamp page is left to SQLite and to check()
        return
    present = [stamp for stamp in stamps if stamp is not None]
    cure = f"move {log.name} aside to open the gallery as it was before, or {RESTORE}"
    if not present or any(stamp.gallery != main.gallery for stamp in present):
        raise damaged(str(log), "the write-ahead log of another database", cure)
    if present[0].revision > main.revision + 1 or present[-1].revision < main.revision:
        raise damaged(str(log), "the write-ahead log of another state of this gallery", cure)


def _committed_stamps(log: Path) -> Iterator[Stamp | None]:
    """The stamps in the log's committed frames; one None if it commits frames without a stamp."""
    try:
        file = log.open("rb")
    except FileNotFoundError:
        return
    with file:
        head = file.read(_WAL_HEADER.size)
        if len(head) < _WAL_HEADER.size or not any(head):
            return  # nothing was ever committed to it
        magic, _, page_size, _, *salts, _, _ = _WAL_HEADER.unpack(head)
        if magic not in _WAL_MAGICS or page_size != schema.PAGE_SIZE:
            raise damaged(
                str(log), "a destroyed write-ahead log", f"move {log.name} aside, or {RESTORE}"
            )
        pending: list[Stamp | None] = []
        while len(frame := file.read(_FRAME_HEADER.size)) == _FRAME_HEADER.size:
            page, size_after_commit, *frame_salts, _, _ = _FRAME_HEADER.unpack(frame)
            if frame_salts != salts:
                return  # left from before the log was last started anew
            if page == STAMP_PAGE:
                content = file.read(schema.PAGE_SIZE)
                pending.append(Stamp.find(content))
            else:
                file.seek(schema.PAGE_SIZE, os.SEEK_CUR)
            if size_after_commit:
                yield from pending or [None]
                pending = []

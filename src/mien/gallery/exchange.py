"""The exchange format: JSON Lines in UTF-8, so that no gallery is locked in.

First line ``{"format": "mien-gallery", "version": 1, "space": {...}}``, then one line per
template ``{"name", "created", "digest", "vector"}`` (time ISO 8601 in UTC, SHA-256 in hex,
base64 of float32 little-endian), last line ``{"templates": n, "sha256": ...}`` over all
bytes before it. A file without its last line is refused: it was cut. Where file names of photos
are kept, the version is 2, and a template may have a ``file_name``.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from mien.errors import GalleryDamaged, GalleryUnwritable, InputError, SourceNotFound
from mien.gallery import loading, people
from mien.gallery.database import Database
from mien.gallery.faults import translated
from mien.gallery.opening import sync_folder
from mien.gallery.people import Template
from mien.gallery.photos import check_file_name, file_names
from mien.gallery.probe import SIDE_SUFFIXES
from mien.gallery.rows import check_digest, check_space, from_time, is_unit, length_of, to_time
from mien.names import clean_name
from mien.records import EmbeddingSpace

FORMAT = "mien-gallery"
PLAIN, WITH_FILE_NAMES = 1, 2
"""The versions of the format; the plain one is written where it is enough."""
_KEYS = {"name", "created", "digest", "vector"}
# 16,384 dimensions in base64 are 87,384 characters; the name and the rest fit beside.
_LINE_LIMIT = 100_000


def export(database: Database, target: Path, overwrite: bool) -> int:
    """Write everything of a gallery; see `Gallery.export`."""
    with translated(str(target)):
        check_target(target, database.path, overwrite)
        with database.reading() as connection:
            space = loading.sound_space(database, connection)
            version = WITH_FILE_NAMES if file_names(database, connection) else PLAIN
            templates = loading.templates(database, connection, space)
            return write(target, space, templates, version)


def import_(database: Database, source: Path) -> int:
    """Add everything of an export; see `Gallery.import_`."""
    with (
        translated(str(source)),
        Reader(source) as reader,
        database.writing() as change,
    ):
        for batch in reader.batches():
            if reader.space is not None:  # without one the reader lets no template through
                people.insert(change, reader.space, batch)
        return change.added


def write(
    file: Path, space: EmbeddingSpace | None, templates: Iterable[Template], version: int = PLAIN
) -> int:
    """Write the file whole or not at all, for the owner only; returns how many templates.

    Raises:
        OSError: to be translated by the caller.
    """
    draft = file.with_name(f".{file.name[:100]}.{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            count = _write_lines(stream, space, templates, version)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
        sync_folder(file.parent)
    finally:
        draft.unlink(missing_ok=True)
    return count


def check_target(file: Path, gallery: Path | None, overwrite: bool) -> None:
    """Refuse to write over something.

    Raises:
        GalleryUnwritable: the file exists and may not be replaced.
    """
    own = [] if gallery is None else [f"{gallery}{suffix}" for suffix in ("", *SIDE_SUFFIXES)]
    is_own = file.exists() and any(Path(name).exists() and file.samefile(name) for name in own)
    if is_own or (os.path.lexists(file) and not (overwrite and file.is_file())):
        raise GalleryUnwritable(
            f"{file}: expected a new file, got one that exists; choose another name"
        )


def _write_lines(
    stream: BinaryIO, space: EmbeddingSpace | None, templates: Iterable[Template], version: int
) -> int:
    digest = sha256()
    count = 0

    def put(record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        stream.write(line)

    fields = None if space is None else asdict(space)
    put({"format": FORMAT, "version": version, "space": fields})
    for template in templates:
        count += 1
        record = {
            "name": template.name,
            "created": to_time(template.created).isoformat(),
            "digest": template.digest.hex(),
            "vector": base64.b64encode(template.vector).decode(),
        }
        if template.file_name is not None:
            record["file_name"] = template.file_name
        put(record)
    put({"templates": count, "sha256": digest.hexdigest()})
    return count


class Reader:
    """An export file, checked line by line; use it within a transaction.

    Attributes:
        space: of all templates; None for an export of an empty gallery.

    Raises:
        SourceNotFound: there is no such file.
        GalleryDamaged: it is not a whole and sound export.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._digest = sha256()
        self._line = 0
        # Not `open`: a named pipe would wait for ever.
        try:
            handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise SourceNotFound(
                f"{file}: expected an export of a gallery, found nothing there; check the path"
            ) from error
        self._stream: BinaryIO = os.fdopen(handle, "rb")
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                self._refuse("something that is not a file")
            self.space = self._read_head()
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()

    def templates(self) -> Iterator[Template]:
        """Every template; only after the last one is the file known to be whole."""
        count = 0
        while True:
            before = self._digest.hexdigest()
            record = self._read_line()
            if "templates" in record:
                self._check_end(record, count, before)
                return
            count += 1
            yield self._template(record)

    def batches(self, size: int = 1000) -> Iterator[list[Template]]:
        """As ``templates``, so many at a time."""
        remaining = self.templates()
        while batch := list(islice(remaining, size)):
            yield batch

    def _read_head(self) -> EmbeddingSpace | None:
        head = self._read_line()
        if head.get("format") != FORMAT:
            self._refuse("something else")
        version = head.get("version")
        if version not in (PLAIN, WITH_FILE_NAMES):
            self._refuse(f"version {version!r:.20} where 1 and 2 are known; upgrade mien")
        self._keys = _KEYS if version == PLAIN else _KEYS | {"file_name"}
        fields = head.get("space")
        if fields is None:
            return None
        try:
            return check_space(EmbeddingSpace(**fields))
        except (TypeError, InputError) as error:
            self._refuse(f"a malformed space ({error})", error)

    def _read_line(self) -> dict[str, Any]:
        line = self._stream.readline(_LINE_LIMIT)
        self._line += 1
        if not line.endswith(b"\n"):
            self._refuse("an overlong line" if len(line) == _LINE_LIMIT else "a cut file")
        self._digest.update(line)
        try:
            record = json.loads(line, object_pairs_hook=_without_twins, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            self._refuse(f"a line that is not JSON ({str(error)[:80]})", error)
        if not isinstance(record, dict):
            self._refuse("a line that is not an object")
        return record

    def _template(self, record: dict[str, Any]) -> Template:
        fits = _KEYS <= record.keys() <= self._keys
        if not fits or not all(isinstance(value, str) for value in record.values()):
            self._refuse("a line without exactly name, created, digest and vector as text")
        try:
            vector = base64.b64decode(record["vector"], validate=True)
            created = _parse_time(record["created"])
            digest = check_digest(record["digest"], vector)
            name = clean_name(record["name"])
            file_name = check_file_name(record.get("file_name"))
        except (ValueError, OverflowError, binascii.Error) as error:
            self._refuse(f"a malformed template ({str(error)[:160]})", error)
        if self.space is None or len(vector) != 4 * self.space.dimensions:
            self._refuse("a vector of another length")
        if not is_unit(vector):
            self._refuse(f"a vector of length {length_of(vector):.7g} where 1 is expected")
        return Template(name, vector, digest, created, file_name)

    def _check_end(self, record: dict[str, Any], count: int, digest: str) -> None:
        if record != {"templates": count, "sha256": digest}:
            self._refuse("a last line that does not fit the rest: the file was changed or cut")
        if self._stream.read(1):
            self._refuse("something after the last line")

    def _refuse(self, got: str, cause: BaseException | None = None) -> NoReturn:
        raise GalleryDamaged(
            f"{self._file}, line {self._line}: expected an export of a mien gallery, got {got}; "
            "nothing was imported; write a new one with `mien gallery export`"
        ) from cause


def _parse_time(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() != timedelta(0):
        raise ValueError(f"expected a time in UTC, got {text!r}")
    return from_time(moment.astimezone(UTC))


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice")
    return record


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")

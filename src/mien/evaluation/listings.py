"""Reading lists that somebody wrote: their bytes, their text, and the paths in them.

Paths are relative to the folder of images, with ``/`` between their parts. A
path that leaves the folder (absolute, ``..``, a drive, a NUL) is refused as
text, before any file is touched; links inside the folder are the owner's own
and are followed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from mien.errors import InputError, InvalidLabels, SourceNotFound

MAXIMUM_BYTES = 256 * 1024 * 1024


def read_bytes(source: Path, what: str, invalid: type[InputError]) -> bytes:
    """The whole file; ``what`` says in errors what it should have been.

    Raises:
        SourceNotFound: it cannot be read.
        InputError: of the class ``invalid``: it is too large.
    """
    try:
        with source.open("rb") as stream:
            data = stream.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise SourceNotFound(f"{source}: expected a readable {what}, got: {error}") from error
    if len(data) > MAXIMUM_BYTES:
        raise invalid(f"{source}: expected at most {MAXIMUM_BYTES >> 20} MB, got more")
    return data


def read_text(source: Path, what: str, invalid: type[InputError]) -> str:
    """The whole file as text, from UTF-8 with or without a byte order mark.

    Raises:
        SourceNotFound, InputError: as :func:`read_bytes`; also for other text, with its line.
    """
    data = read_bytes(source, what, invalid)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise invalid(
            f"{source}, line {line}: expected UTF-8 text, got the byte {data[error.start]:#04x}; "
            "save the list as UTF-8"
        ) from error


def read_columns(source: Path, columns: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and stripped cells of each row of a CSV file, in the order of ``columns``.

    The first line names the columns, in any order; others beside them are left out.

    Raises:
        SourceNotFound: it cannot be read.
        InvalidLabels: a column is missing or there twice, a row has another number of cells or is
            blank, or there is no row; with its line.
    """
    reader = csv.reader(
        io.StringIO(read_text(source, "CSV file", InvalidLabels), newline=""), strict=True
    )
    wanted = ",".join(columns)
    try:
        header = [name.strip() for name in next(reader, [])]
        if any(header.count(name) != 1 for name in columns):
            raise InvalidLabels(
                f"{source}, line 1: expected the columns {wanted} once each, got "
                f"{','.join(header)[:200]!r}"
            )
        places = [header.index(name) for name in columns]
        empty = True
        for row in reader:
            if len(row) != len(header):
                got = f"{len(row)}" if row else "a blank line"
                raise InvalidLabels(
                    f"{source}, line {reader.line_num}: expected {len(header)} cells as in line "
                    f"1, got {got}"
                )
            empty = False
            yield reader.line_num, tuple(row[place].strip() for place in places)
    except csv.Error as error:
        raise InvalidLabels(
            f"{source}, line {reader.line_num}: expected comma-separated values, got: {error}"
        ) from error
    if empty:
        raise InvalidLabels(f"{source}: expected rows of {wanted}, got none")


def check_folder(images: str | Path) -> Path:
    """The folder of images.

    Raises:
        SourceNotFound: there is none.
    """
    folder = Path(images)
    if not folder.is_dir():
        raise SourceNotFound(f"{folder}: expected a folder of images, got none there")
    return folder


def check_photo(path: str, folder: Path | None, where: str, invalid: type[InputError]) -> None:
    """Refuse a path that leaves the folder, or that no photo stands at where a folder is given.

    Raises:
        InputError: of the class ``invalid``; ``where`` stands in front.
    """
    parts = path.split("/")
    hostile = "\\" in path or "\0" in path or ":" in parts[0] or ".." in parts
    if hostile or path.startswith("/") or not path.strip():
        raise invalid(f"{where}: expected a path inside the folder of images, got {path[:100]!r}")
    if folder is not None:
        photo = folder / path
        try:
            there, folder_there = photo.is_file(), photo.parent.is_dir()
        except OSError as error:  # a part longer than the file system allows
            raise invalid(
                f"{where}: expected a photo, got {path[:100]!r}: {error.strerror}"
            ) from error
        if not folder_there:
            raise invalid(
                f"{where}: expected a photo at {photo}, got no such person: there is no folder "
                f"{photo.parent}; check the name and --images"
            )
        if not there:
            raise invalid(
                f"{where}: expected a photo at {photo}, got no such photo in its folder; check "
                "the number and --images"
            )

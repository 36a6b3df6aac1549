"""Reading lists that somebody wrote: their bytes, their text, and the paths in them.

Paths are relative to the folder of images, with ``/`` between their parts. A
path that leaves the folder (absolute, ``..``, a drive, a NUL) is refused as
text, before any file is touched; links inside the folder are the owner's own
and are followed.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.errors import InputError, InvalidLabels, SourceNotFound

MAXIMUM_BYTES = 256 * 1024 * 1024
_DELIMITERS = (",", ";", "\t")


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
    """The whole file as text; its lines end with a line feed, however they do in the file.

    It is UTF-8 with or without a byte order mark, or UTF-16 with one, as Excel's "Unicode text".

    Raises:
        SourceNotFound, InputError: as :func:`read_bytes`; also for other text, with its line.
    """
    data = read_bytes(source, what, invalid)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise invalid(
            f"{source}, line {line}: expected UTF-8 text, got the byte {data[error.start]:#04x}; "
            "save the list as UTF-8 (in Excel: CSV UTF-8)"
        ) from error
    if "\0" in text[:2]:
        raise invalid(
            f"{source}, line 1: expected UTF-8 text, got NUL bytes as in UTF-16; save the list as "
            "UTF-8 (in Excel: CSV UTF-8)"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A CSV file: its heading, and its rows as they are read.

    Attributes:
        source: where it stands.
        invalid: the error that refuses it.
        header: the names of the columns, stripped.
        delimiter: what stands between the cells.
        rows: the number of each row's (last) line, and its cells, as many as there are columns.
    """

    source: Path
    invalid: type[InputError]
    header: tuple[str, ...]
    delimiter: str
    rows: Iterator[tuple[int, list[str]]]

    def refuse_header(self, expected: str) -> InputError:
        """The error for a heading that is not as expected."""
        got = self.delimiter.join(self.header)[:200]
        return self.invalid(f"{self.source}, line 1: expected {expected}, got {got!r}")


def read_table(source: Path, invalid: type[InputError]) -> Table:
    """A CSV file as RFC 4180 describes it, or as a spreadsheet writes it.

    Cells are separated by commas, semicolons or tabs, whichever the heading has most of. They may
    stand in double quotes, and hold line ends then.

    Raises:
        SourceNotFound: it cannot be read.
        InputError: of the class ``invalid``, with its line: text or quotes that are broken; a row
            that is blank or has another number of cells than the heading (when it is reached).
    """
    text = read_text(source, "CSV file", invalid)
    before = 0
    if given := re.match(r"sep=(.)\n", text):  # Excel's own word on what separates the cells
        text, before = text[given.end() :], 1
    heading = text.partition("\n")[0]
    delimiter = given[1] if given else max(_DELIMITERS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = _rows(reader, source, invalid, before)
    _, header = next(rows, (1, []))
    names = tuple(name.strip() for name in header)
    return Table(source, invalid, names, delimiter, _as_wide(rows, len(names), source, invalid))


def _rows(
    reader: Any, source: Path, invalid: type[InputError], before: int
) -> Iterator[tuple[int, list[str]]]:
    try:
        for row in reader:
            yield before + reader.line_num, row
    except csv.Error as error:
        raise invalid(
            f"{source}, line {before + reader.line_num}: expected comma-separated values, got: "
            f"{error}"
        ) from error


def _as_wide(
    rows: Iterator[tuple[int, list[str]]], width: int, source: Path, invalid: type[InputError]
) -> Iterator[tuple[int, list[str]]]:
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            raise invalid(f"{source}, line {line}: expected a row, got a blank line; remove it")
        if len(row) != width:
            raise invalid(
                f"{source}, line {line}: expected {width} cells as in line 1, got {len(row)}"
            )
        yield line, row


def read_columns(
    source: Path, columns: Sequence[str], numbers: Sequence[str] = ()
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and stripped cells of each row of a CSV file, in the order of ``columns``.

    The first line names the columns, in any order; others beside them are left out. In the columns
    of ``numbers`` a decimal comma becomes a point, where cells are not separated by commas.

    Raises:
        SourceNotFound: it cannot be read.
        InvalidLabels: a column is missing or there twice, a row has another number of cells or is
            blank, or there is no row; with its line.
    """
    table = read_table(source, InvalidLabels)
    wanted = ",".join(columns)
    if any(table.header.count(name) != 1 for name in columns):
        raise table.refuse_header(f"the columns {wanted} once each")
    places = [(table.header.index(name), name in numbers) for name in columns]
    empty = True
    for line, row in table.rows:
        empty = False
        cells = ((row[place].strip(), is_number) for place, is_number in places)
        yield (
            line,
            tuple(
                cell.replace(",", ".") if is_number and table.delimiter != "," else cell
                for cell, is_number in cells
            ),
        )
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

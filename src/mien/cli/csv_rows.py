"""Rows as a CSV file that a spreadsheet opens without running anything, whole or not at all."""

from __future__ import annotations

import csv
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mien.cli.text import shown
from mien.errors import OutputUnwritable

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvRows:
    """A file of rows under a heading.

    A context manager: the file stands at ``path`` when it is left, also on Ctrl-C and where
    nobody reads the answers any more; any other error leaves what was there before. It is
    written beside its place and then moved there.

    Args:
        path: of the file.
        columns: the heading.
        excel: begin with a byte order mark, by which Excel knows that the text is UTF-8.

    Raises:
        OutputUnwritable: no such folder, no permission, or the disk is full.
    """

    def __init__(self, path: Path, columns: Sequence[str], *, excel: bool = False) -> None:
        self._path = path
        self._columns = columns
        self._draft = path.with_name(f".mien-{secrets.token_hex(8)}")
        with self._translated():
            if _is_folder(path):
                raise IsADirectoryError(0, "a folder")
            encoding = "utf-8-sig" if excel else "utf-8"
            self._stream = self._draft.open("x", encoding=encoding, newline="")
        self._writer = csv.writer(self._stream)

    def __enter__(self) -> Self:
        self.write(self._columns)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None or issubclass(kind, (KeyboardInterrupt, BrokenPipeError)):
                with self._translated():
                    self._stream.flush()
                    os.fsync(self._stream.fileno())
                    self._stream.close()  # an open file cannot be moved on every system
                    self._draft.replace(self._path)
        finally:
            with suppress(OSError):  # what could not be written was reported already
                self._stream.close()
            with suppress(OSError):
                self._draft.unlink(missing_ok=True)

    def write(self, cells: Iterable[Any]) -> None:
        """One row; what a spreadsheet would run is made text."""
        with self._translated():
            self._writer.writerow([harmless(cell) for cell in cells])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # ValueError: a NUL or a lone surrogate in the name
            reason = getattr(error, "strerror", None) or error
            raise OutputUnwritable(
                f"--csv: expected to write {shown(str(self._path))!r}, got: {reason}; "
                "choose another place"
            ) from error


def _is_folder(path: Path) -> bool:
    """As ``Path.is_dir``, but a name that cannot be one is a ValueError."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        return False


def harmless(cell: Any) -> Any:
    """A text that a spreadsheet would run gets an apostrophe in front; numbers stay numbers."""
    if cell is None or not isinstance(cell, str):
        return cell
    # A formula may hide behind white space or a control that is dropped when the file is read.
    hidden = cell.lstrip(" \n\v\f\0\ufeff")
    return shown("'" + cell if cell.startswith(_FORMULA) or hidden.startswith(_FORMULA) else cell)


def rounded(value: float | None, limit: float | None = None) -> float | None:
    """Four decimals, more where it would equal its limit then; nothing stays nothing."""
    from mien.checks import digits_apart

    if value is None:
        return None
    return round(float(value), 4 if limit is None else digits_apart(value, limit, 4))

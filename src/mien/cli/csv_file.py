"""Answers as a CSV file that a spreadsheet opens without running anything, whole or not at all."""

from __future__ import annotations

import csv
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mien.cli.text import shown
from mien.errors import OutputUnwritable

if TYPE_CHECKING:
    from mien.records import Identification, PhotoFailure, PhotoIdentification

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

COLUMNS = (
    *("source", "face", "outcome", "name", "similarity", "threshold", "runner_up", "margin"),
    *("x1", "y1", "x2", "y2", "detection_score", "reasons", "error"),
)


class CsvFile:
    """Rows for the faces of photos: a photo without a face has one row too, and so has a failure.

    A context manager: the file stands at ``path`` when it is left, also on Ctrl-C and where
    nobody reads the answers any more; any other error leaves what was there before. It is
    written beside its place and then moved there.

    Raises:
        OutputUnwritable: no such folder, no permission, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f".mien-{secrets.token_hex(8)}")
        with self._translated():
            if _is_folder(path):
                raise IsADirectoryError(0, "a folder")
            self._stream = self._draft.open("x", encoding="utf-8", newline="")
        self._writer = csv.writer(self._stream)

    def __enter__(self) -> CsvFile:
        self._write(COLUMNS)
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

    def add(self, answer: PhotoIdentification) -> None:
        """One row for each face."""
        for face in answer.faces:
            self._write([answer.photo.source, *_cells(face), ""])
        if not answer.faces:
            self._write([answer.photo.source, "", "no_face", *[""] * (len(COLUMNS) - 3)])

    def add_failure(self, failure: PhotoFailure) -> None:
        """One row with the error."""
        error = f"{failure.error.kind}: {failure.error}"
        self._write([failure.source, *[""] * (len(COLUMNS) - 2), error])

    def _write(self, cells: Iterable[Any]) -> None:
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


def _cells(face: Identification) -> list[Any]:
    runner_up = face.candidates[1] if len(face.candidates) > 1 else None
    return [
        face.index,
        face.outcome.value,
        face.name,
        _rounded(face.similarity),
        _rounded(face.threshold.similarity),
        None if runner_up is None else runner_up.name,
        _rounded(face.margin),
        *face.face.box.to_json(),
        _rounded(face.face.score),
        " ".join(face.quality.reasons),
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)

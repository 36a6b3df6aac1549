"""A small file of plain numbers: read with suspicion, written whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from mien.errors import InputError, OutputUnwritable, SourceNotFound
from mien.gallery.opening import sync_folder

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class RecordKind(Generic[Record]):
    """A kind of file.

    Attributes:
        what: its name in messages.
        largest: in bytes.
        parse: from the file's text to the record; raises ``invalid``.
        invalid: the error for something else.
        command: that makes one.
    """

    what: str
    largest: int
    parse: Callable[[str], Record]
    invalid: type[InputError]
    command: str


def read_record_file(file: str | os.PathLike[str], kind: RecordKind[Record]) -> Record:
    """The record of a file.

    Raises:
        SourceNotFound: there is no such file, or it may not be read.
        InputError: ``kind.invalid``: it is something else, or too large.
    """
    path = Path(file)
    try:
        # Not `open`: a named pipe would wait for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as stream:
            regular = stat.S_ISREG(os.fstat(handle).st_mode)
            content = stream.read(kind.largest + 1) if regular else b""
    except (OSError, ValueError) as error:
        raise SourceNotFound(
            f"{path}: expected a {kind.what}, got: {getattr(error, 'strerror', None) or error}; "
            f"make one with `{kind.command}`"
        ) from error
    if not regular:
        raise kind.invalid(f"{path}: expected a file, got something else")
    if len(content) > kind.largest:
        raise kind.invalid(
            f"{path}: expected a {kind.what} of up to {kind.largest:,} bytes, got more"
        )
    try:
        return kind.parse(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise kind.invalid(f"{path}: expected UTF-8, got other bytes") from error
    except kind.invalid as error:
        raise kind.invalid(f"{path}: {error}") from error


def write_record_file(file: str | os.PathLike[str], record: dict[str, Any], what: str) -> None:
    """Write it whole or not at all; what stood there is replaced.

    Raises:
        OutputUnwritable: the system refuses; what stood there is as it was.
    """
    path = Path(file)
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)
    draft = path.with_name(f".{path.name[:100]}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        try:
            with draft.open("x", encoding="utf-8") as stream:
                stream.write(text + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
            sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise OutputUnwritable(
            f"{path}: expected a place for the {what}, got: {error.strerror or error}; "
            "choose another file"
        ) from error

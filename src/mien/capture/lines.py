"""JSON Lines that are appended to one by one and survive being killed at any moment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mien.errors import InvalidManifest, OutputUnwritable

LONGEST_BYTES = 256 * 2**20


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file; none where there is no file.

    A last line without its end was being written when its writer died: it is left out.

    Raises:
        InvalidManifest: a line that is no JSON object, or a file that cannot be read.
    """
    try:
        if path.stat().st_size > LONGEST_BYTES:
            raise InvalidManifest(f"{path}: expected at most {LONGEST_BYTES:,} bytes; remove it")
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InvalidManifest(f"{path}: expected to read it, got: {error.strerror}") from error
    rows = []
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _damaged(path, number) from error
        if not isinstance(row, dict):
            raise _damaged(path, number)
        rows.append(row)
    return rows


def append_line(path: Path, row: Mapping[str, Any]) -> None:
    """Add a line; when this returns it is on the disk. What was torn before it is cut off.

    Raises:
        OutputUnwritable: no permission, or the disk is full; the file is as it was.
    """
    line = json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    try:
        with path.open("ab+") as file:
            end = _whole_bytes(file)
            file.truncate(end)
            try:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
    except OSError as error:
        raise OutputUnwritable(f"expected to write {path}, got: {error.strerror}") from error


def _whole_bytes(file: Any) -> int:
    """Bytes up to the end of the last whole line."""
    end: int = file.seek(0, os.SEEK_END)
    step = 1 << 16
    place = end
    while place > 0:
        start = max(0, place - step)
        file.seek(start)
        found = file.read(place - start).rfind(b"\n")
        if found >= 0:
            return int(start + found + 1)
        place = start
    return 0


def _damaged(path: Path, number: int) -> InvalidManifest:
    return InvalidManifest(
        f"{path}: expected a JSON object in line {number}, got something else; mend the line, or "
        "remove the file: the photos beside it stay, but count as your own"
    )

"""A calibration as a file of its own, and the one that lies beside a gallery.

Beside and not inside: a gallery's tables are fixed by its format, and a table more would be a new
format, which an older mien refuses. The file holds no people, so `remove` and `export` leave it
alone.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from pathlib import Path

from mien.errors import InvalidCalibration, OutputUnwritable, SourceNotFound
from mien.gallery.opening import sync_folder
from mien.matching import OwnCalibration, parse_calibration

LARGEST_FILE = 1_000_000
SUFFIX = ".calibration.json"


def calibration_beside(gallery: Path) -> Path:
    """Where a gallery's calibration lies: ``team.gallery.calibration.json``."""
    return gallery.with_name(gallery.name + SUFFIX)


def own_calibration_of(gallery: Path | None) -> OwnCalibration | None:
    """The calibration beside a gallery's file; None where there is none, or no file.

    Raises:
        InvalidCalibration: there is something else.
    """
    if gallery is None or not os.path.lexists(calibration_beside(gallery)):
        return None
    return read_calibration(calibration_beside(gallery))


def read_calibration(file: str | os.PathLike[str]) -> OwnCalibration:
    """Read a calibration; whether it fits the vectors is for ``OwnCalibration.check_fits`` to say.

    Raises:
        SourceNotFound: there is no such file, or it may not be read.
        InvalidCalibration: it is not a calibration, or too large for one.
    """
    path = Path(file)
    try:
        # Not `open`: a named pipe would wait for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise InvalidCalibration(f"{path}: expected a file, got something else")
            content = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidCalibration):
            raise
        raise SourceNotFound(
            f"{path}: expected a calibration, got: {getattr(error, 'strerror', None) or error}; "
            "make one with `mien calibrate`"
        ) from error
    if len(content) > LARGEST_FILE:
        raise InvalidCalibration(
            f"{path}: expected a calibration of up to {LARGEST_FILE:,} bytes, got more"
        )
    try:
        return parse_calibration(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidCalibration(f"{path}: expected UTF-8, got other bytes") from error
    except InvalidCalibration as error:
        raise InvalidCalibration(f"{path}: {error}") from error


def write_calibration(file: str | os.PathLike[str], calibration: OwnCalibration) -> None:
    """Write it whole or not at all; what stood there is replaced.

    Raises:
        OutputUnwritable: the system refuses; what stood there is as it was.
    """
    path = Path(file)
    text = json.dumps(calibration.to_json(), ensure_ascii=False, allow_nan=False, indent=1)
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
            f"{path}: expected a place for the calibration, got: {error.strerror or error}; "
            "choose another file"
        ) from error

"""A calibration as a file of its own, and the one that lies beside a gallery.

Beside and not inside: a gallery's tables are fixed by its format, and a table more would be a new
format, which an older mien refuses. The file holds no people, so `remove` and `export` leave it
alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from mien.errors import InvalidCalibration
from mien.gallery.record_file import RecordKind, read_record_file, write_record_file
from mien.matching import OwnCalibration, parse_calibration

CALIBRATION = RecordKind(
    "calibration", 1_000_000, parse_calibration, InvalidCalibration, "mien calibrate"
)
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
    return read_record_file(file, CALIBRATION)


def write_calibration(file: str | os.PathLike[str], calibration: OwnCalibration) -> None:
    """Write it whole or not at all; what stood there is replaced.

    Raises:
        OutputUnwritable: the system refuses; what stood there is as it was.
    """
    write_record_file(file, calibration.to_json(), CALIBRATION.what)

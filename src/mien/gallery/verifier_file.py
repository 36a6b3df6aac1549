"""A verifier of pairs as a file: plain numbers, never code."""

from __future__ import annotations

import os

from mien.errors import InvalidVerifier
from mien.gallery.record_file import RecordKind, read_record_file, write_record_file
from mien.matching import PairVerifier, parse_verifier

VERIFIER = RecordKind("verifier", 4_000_000, parse_verifier, InvalidVerifier, "mien verifier fit")


def read_verifier(file: str | os.PathLike[str]) -> PairVerifier:
    """Read a verifier; whether it fits the vectors is for ``PairVerifier.check_fits`` to say.

    Raises:
        SourceNotFound: there is no such file, or it may not be read.
        InvalidVerifier: it is not a verifier, was changed, or is too large for one.
    """
    return read_record_file(file, VERIFIER)


def write_verifier(file: str | os.PathLike[str], verifier: PairVerifier) -> None:
    """Write it whole or not at all; what stood there is replaced.

    Raises:
        OutputUnwritable: the system refuses; what stood there is as it was.
    """
    write_record_file(file, verifier.to_json(), VERIFIER.what)

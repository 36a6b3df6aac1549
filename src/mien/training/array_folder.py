"""Arrays kept in a folder under names that are hashes of what they were made of.

Each file is whole or absent; one that is damaged counts as absent and is made anew. Features of
faces are personal data: the folder belongs to its owner alone.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mien.errors import OutputUnwritable
from mien.records import FloatArray

_CHECKSUM_BYTES = 32


@dataclass(frozen=True, slots=True)
class ArrayFolder:
    """A folder of float32 arrays.

    Attributes:
        folder: made at the first array that is kept, with mode 0700.
    """

    folder: Path

    def find(self, name: str) -> FloatArray | None:
        """The array of that name, if it is there and sound."""
        try:
            data = self._place(name).read_bytes()
        except OSError:
            return None
        checksum, body = data[:_CHECKSUM_BYTES], data[_CHECKSUM_BYTES:]
        if hashlib.sha256(body).digest() != checksum:
            return None
        try:
            array = np.load(io.BytesIO(body), allow_pickle=False)
        except (ValueError, EOFError, OSError):  # sound, but not of this version's making
            return None
        return array if array.dtype == np.float32 else None

    def keep(self, name: str, array: FloatArray) -> None:
        """Write an array.

        Raises:
            OutputUnwritable: read-only, or the disk is full.
        """
        file = io.BytesIO()
        np.save(file, np.ascontiguousarray(array, dtype=np.float32), allow_pickle=False)
        body = file.getvalue()
        place = self._place(name)
        part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                part.write_bytes(hashlib.sha256(body).digest() + body)
                part.replace(place)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise OutputUnwritable(
                f"features: expected to keep them in {self.folder}, got: "
                f"{error.strerror or error}; name another folder with --cache"
            ) from error

    def _place(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.array"

"""Crops kept in a folder that the user names, found again by the bytes of their photos.

Faces are personal data: nothing is kept unless a folder is given, and it belongs to its owner
alone. No name and no path of a photo is in it. Each file is whole or absent; one that is damaged
counts as absent, and is made anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from mien.alignment import Template
from mien.encodings import finder_key
from mien.errors import OutputUnwritable
from mien.models import ModelStore
from mien.pipeline import FaceChoice, FaceFinder
from mien.records import ImageArray
from mien.training.whole_photos import THUMBNAIL_SIDE, WholePhoto

VERSION: Final = 1
"""Rises with every change of what an entry holds: older ones are not found again."""

_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True, eq=False)
class CutFace:
    """The face that was taken from a photo.

    Attributes:
        pixels: ``(S, S, 3) uint8``, RGB.
        usable_faces: how many the photo shows.
        whole: of the photo.
        taken: when the camera took it, if EXIF says so.
    """

    pixels: ImageArray
    usable_faces: int
    whole: WholePhoto
    taken: datetime | None


@dataclass(frozen=True, slots=True)
class CropCache:
    """A folder of crops.

    Attributes:
        folder: made if need be, with mode 0700.
        key: everything but the photo that a crop depends on; see `crop_key`.
        side: of the crops, pixels.
    """

    folder: Path
    key: bytes
    side: int

    @classmethod
    def at(
        cls,
        folder: Path,
        finder: FaceFinder,
        template: Template,
        store: ModelStore | None = None,
        choice: FaceChoice = FaceChoice.LARGEST,
    ) -> CropCache:
        """The crops that this finder and template cut where that face of each photo is meant.

        Raises:
            InvalidOption: a detector of one's own, of which nothing is known here.
            OutputUnwritable: the folder cannot be made.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise _unwritable(folder, error) from error
        return cls(folder, crop_key(finder, template, choice, store or ModelStore()), template.size)

    def find(self, photo: bytes) -> CutFace | None:
        """The crop of the photo with these bytes' SHA-256, if it is there and sound."""
        try:
            # a ZIP archive: what is read of it is checked by CRC-32
            with self._place(photo).open("rb") as file, np.load(file, allow_pickle=False) as kept:
                face = _read(kept)
        except _DAMAGE:
            return None
        return face if face.pixels.shape == (self.side, self.side, 3) else None

    def keep(self, photo: bytes, face: CutFace) -> None:
        """Write a crop.

        Raises:
            OutputUnwritable: read-only, or the disk is full.
        """
        place = self._place(photo)
        file = io.BytesIO()
        np.savez(
            file,
            pixels=face.pixels,
            usable_faces=np.int64(face.usable_faces),
            thumbnail=face.whole.thumbnail,
            digest=np.frombuffer(face.whole.digest, dtype=np.uint8),
            taken=np.array("" if face.taken is None else face.taken.isoformat()),
        )
        part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
        try:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            try:
                part.write_bytes(file.getvalue())
                part.replace(place)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def _place(self, photo: bytes) -> Path:
        name = hashlib.sha256(self.key + photo).hexdigest()
        return self.folder / name[:2] / f"{name}.npz"


def crop_key(
    finder: FaceFinder, template: Template, choice: FaceChoice, store: ModelStore
) -> bytes:
    """32 bytes that differ where the same photo could give another crop.

    Raises:
        InvalidOption: a detector of one's own, of which nothing is known here.
    """
    view = json.dumps([VERSION, template.name, template.size, template.points_xy, choice.value])
    return hashlib.sha256(finder_key(finder, store) + view.encode()).digest()


def _read(kept: Mapping[str, Any]) -> CutFace:
    """An entry's fields.

    Raises:
        ValueError, KeyError: it is not what was once written.
    """
    pixels, thumbnail = kept["pixels"], kept["thumbnail"]
    taken = str(kept["taken"])
    if pixels.dtype != np.uint8 or thumbnail.shape != (THUMBNAIL_SIDE, THUMBNAIL_SIDE):
        raise ValueError("another form")
    return CutFace(
        pixels,
        int(kept["usable_faces"]),
        WholePhoto(thumbnail, kept["digest"].tobytes()),
        datetime.fromisoformat(taken) if taken else None,
    )


def _unwritable(folder: Path, error: Exception) -> OutputUnwritable:
    reason = getattr(error, "strerror", None) or error
    return OutputUnwritable(
        f"crops: expected to keep them in {folder}, got: {reason}; name another folder"
    )

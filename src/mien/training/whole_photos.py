"""What is kept of a whole photo once its face is cut out: enough to see that two are the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from mien.images import DEFAULT_LIMITS, Limits, ReadPhoto, photo_digest
from mien.images.decode import decode_bytes
from mien.images.header import read_header
from mien.images.reading import read_path
from mien.records import ImageArray

THUMBNAIL_SIDE = 96


@dataclass(frozen=True, slots=True, eq=False)
class WholePhoto:
    """A photo as a whole.

    Attributes:
        thumbnail: ``(96, 96) uint8``, grey, squeezed into a square.
        digest: SHA-256 of its size and pixels, 32 bytes.
    """

    thumbnail: ImageArray
    digest: bytes

    @classmethod
    def of(cls, image: ImageArray) -> WholePhoto:
        """Of an upright ``(H, W, 3) uint8`` RGB picture."""
        return cls(thumbnail_of(image), bytes.fromhex(photo_digest(image)))


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo's file: the SHA-256 of its bytes, and when the camera took it, if EXIF says so."""

    sha256: bytes
    taken: datetime | None


class PhotoReader:
    """Reads each photo once, and remembers what its file was; several threads may use it.

    Attributes:
        limits: what a photo must keep.
        files: of the photos that could be read.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.files: dict[Path, PhotoFile] = {}

    def read(self, path: Path) -> ReadPhoto:
        """The photo; raises as ``mien.images.read_photo``."""
        data = read_path(path, self.limits)
        photo = decode_bytes(data, self.limits)
        taken = read_header(data, self.limits).taken
        self.files[path] = PhotoFile(hashlib.sha256(data).digest(), taken)
        return photo


def thumbnail_of(image: ImageArray) -> ImageArray:
    """``(H, W, 3) uint8`` RGB to ``(96, 96) uint8`` grey."""
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    return np.asarray(cv2.resize(grey, side, interpolation=cv2.INTER_AREA), dtype=np.uint8)

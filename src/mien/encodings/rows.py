"""An encoded photo as a row of the file, and back: the same values to the last bit."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.pipeline import EncodedPhoto
from mien.quality import Reason
from mien.records import Box, Encoding, Face, Landmarks, Photo, Quality

REASONS = frozenset(reason.value for reason in Reason)


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of a photo.

    Attributes:
        record: JSON of its size and of its faces but for their vectors.
        vectors: of its N faces, ``(N, D) float32``, little-endian, row after row.
    """

    record: str
    vectors: bytes

    def checksum(self, key: bytes, photo: bytes) -> bytes:
        """SHA-256 of the row under its two keys: no bit of it changes unseen."""
        hashed = hashlib.sha256(key + photo + hashlib.sha256(self.record.encode()).digest())
        hashed.update(self.vectors)
        return hashed.digest()


def row_of(encoded: EncodedPhoto) -> Row:
    """The row of an encoded photo; its name is left out."""
    record = {
        "width": encoded.photo.width,
        "height": encoded.photo.height,
        "shrunk": encoded.photo.shrunk,
        "faces": [_face_json(encoding) for encoding in encoded.faces],
    }
    vectors = [encoding.vector.astype("<f4").tobytes() for encoding in encoded.faces]
    return Row(json.dumps(record, allow_nan=False), b"".join(vectors))


def photo_of(row: Row, dimensions: int) -> EncodedPhoto:
    """The encoded photo of a row; it has no name.

    Raises:
        ValueError: a value is missing, or is none that could have been written.
    """
    try:
        record = json.loads(row.record, parse_constant=_refuse)
        faces = [_face(values) for values in record["faces"]]
        size = [_whole(record[name]) for name in ("width", "height", "shrunk")]
        vectors = np.frombuffer(row.vectors, dtype="<f4").reshape(len(faces), dimensions)
    except (KeyError, TypeError, IndexError, OverflowError, RecursionError) as error:
        raise ValueError(f"a row that does not hold a photo ({type(error).__name__})") from error
    if not np.isfinite(vectors).all():
        raise ValueError("a vector with NaN or infinity")
    encodings = (
        Encoding(face, quality, np.array(vector, dtype=np.float32), norm)
        for (face, quality, norm), vector in zip(faces, vectors, strict=True)
    )
    return EncodedPhoto(Photo("", *size), tuple(encodings))


def _face_json(encoding: Encoding) -> dict[str, Any]:
    face, quality = encoding.face, encoding.quality
    points = None if face.landmarks is None else face.landmarks.points.tolist()
    return {
        "box": [float(value) for value in face.box.xyxy],
        "score": float(face.score),
        "landmarks": points,
        "usable": bool(quality.usable),
        "reasons": list(quality.reasons),
        "measures": {name: float(value) for name, value in quality.measures.items()},
        "norm": float(encoding.norm),
    }


def _face(values: dict[str, Any]) -> tuple[Face, Quality, float]:
    x1, y1, x2, y2 = (_number(value) for value in values["box"])
    points = values["landmarks"]
    landmarks = None
    if points is not None:
        landmarks = Landmarks([[_number(value) for value in point] for point in points])
    reasons = tuple(values["reasons"])
    if not REASONS.issuperset(reasons) or values["usable"] is not (not reasons):
        raise ValueError("a reason that is none")
    measures = {str(name): _number(value) for name, value in values["measures"].items()}
    face = Face(Box(x1, y1, x2, y2), _number(values["score"]), landmarks)
    return face, Quality(not reasons, reasons, measures), _number(values["norm"])


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} where a number belongs")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r:.40} where a count of pixels belongs")
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} where a number belongs")

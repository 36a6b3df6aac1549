"""Copies of a photo as people and sites make them, and EXIF as cameras write it."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image


def jpeg(image: np.ndarray, quality: int = 90) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def smaller(image: np.ndarray, share: float) -> np.ndarray:
    size = (round(share * image.shape[1]), round(share * image.shape[0]))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))


def cut(image: np.ndarray, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Without these shares at the sides."""
    high, wide = image.shape[:2]
    inside = slice(round(top * high), round(high - bottom * high))
    return image[inside, round(left * wide) : round(wide - right * wide)]


def lighter(image: np.ndarray, levels: int) -> np.ndarray:
    return np.clip(image.astype(np.int16) + levels, 0, 255).astype(np.uint8)


COPIES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "saved at quality 40": lambda image: decoded(jpeg(image, 40)),
    "half the size": lambda image: smaller(image, 0.5),
    "40 levels lighter": lambda image: lighter(image, 40),
    "40 levels darker": lambda image: lighter(image, -40),
    "in grey": lambda image: np.asarray(Image.fromarray(image).convert("L").convert("RGB")),
    "5 % cut at each side": lambda image: cut(image, 0.05, 0.05, 0.05, 0.05),
    "10 % cut at each side": lambda image: cut(image, 0.1, 0.1, 0.1, 0.1),
    "15 % cut at the top": lambda image: cut(image, 0, 0.15, 0, 0),
    "mirrored": lambda image: image[:, ::-1],
    "darker, cut, smaller and saved at quality 50": lambda image: decoded(
        jpeg(smaller(cut(lighter(image, -20), 0.06, 0.03, 0.02, 0.08), 0.7), 50)
    ),
}


def exif(taken: str, order: str = "<") -> bytes:
    """An EXIF block with the time of taking, ``YYYY:MM:DD HH:MM:SS``, and one of editing."""
    signature = b"II*\0" if order == "<" else b"MM\0*"
    edited = struct.pack(order + "HHII", 0x0132, 2, 20, 38)
    pointer = struct.pack(order + "HHII", 0x8769, 4, 1, 58)
    first = struct.pack(order + "H", 2) + edited + pointer + struct.pack(order + "I", 0)
    entry = struct.pack(order + "HHII", 0x9003, 2, 20, 76)
    second = struct.pack(order + "H", 1) + entry + struct.pack(order + "I", 0)
    block = signature + struct.pack(order + "I", 8) + first
    return block + b"2031:01:01 00:00:00\0" + second + taken.encode() + b"\0"


def with_exif(image: np.ndarray, taken: str) -> bytes:
    """A JPEG that says when it was taken."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", exif=b"Exif\0\0" + exif(taken))
    return file.getvalue()

"""The one decoder: whatever a picture comes as, it leaves as upright sRGB pixels."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.errors import UnsupportedImage
from mien.images import colour, jpeg, raster, webp
from mien.images.arrays import from_array
from mien.images.facts import Header
from mien.images.header import read_header
from mien.images.limits import DEFAULT_LIMITS, Limits
from mien.images.orientation import upright
from mien.images.reading import read_file_object, read_path
from mien.process import no_fork
from mien.records import ImageArray

ImageSource: TypeAlias = (
    str | os.PathLike[Any] | bytes | bytearray | memoryview | BinaryIO | NDArray[Any]
)


def read_image(source: ImageSource, limits: Limits = DEFAULT_LIMITS) -> ImageArray:
    """Read a photo from a path, bytes, an open binary file or an array.

    A ``str`` is always a path, ``bytes`` are always a file's content; base64
    text goes through ``from_base64``, arrays follow ``from_array``.

    Args:
        source: the photo.
        limits: what is accepted; checked before anything is decoded.

    Returns:
        ``(H, W, 3) uint8``, 0-255, sRGB in the order RGB, upright, C-contiguous.

    Raises:
        SourceNotFound: no such file, or it cannot be read.
        UnsupportedImage: not a picture, or of a kind that is not accepted.
        DamagedImage: cut or corrupt.
        ImageTooLarge, ImageTooSmall: its size is outside ``limits``.
        InvalidArray: an array of the wrong shape, dtype or range.
    """
    if isinstance(source, np.ndarray):
        return from_array(source, limits)
    return decode_bytes(_read(source, limits), limits)


@no_fork()
def decode_bytes(data: bytes, limits: Limits = DEFAULT_LIMITS) -> ImageArray:
    """Decode a file's content; returns and raises as ``read_image``."""
    limits.check_bytes(len(data))
    header = read_header(data, limits)
    pixels = colour.to_srgb(_decode_stored(data, header, limits), header.icc)
    return upright(pixels, header.orientation)


def _decode_stored(data: bytes, header: Header, limits: Limits) -> ImageArray:
    if header.kind == "JPEG":
        return jpeg.decode(data, limits)
    if header.kind == "WebP":
        return webp.decode(data, header)
    return raster.decode(data, header)


def _read(source: Any, limits: Limits) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, (bytearray, memoryview)):
        limits.check_bytes(memoryview(source).nbytes)
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        return read_path(source, limits)
    if callable(getattr(source, "read", None)):
        return read_file_object(source, limits)
    raise UnsupportedImage(
        f"expected a path, bytes, a binary file or a numpy array, got {type(source).__name__}"
    )

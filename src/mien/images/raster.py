"""The formats that Pillow decodes: PNG, BMP, GIF and TIFF."""

from __future__ import annotations

import ctypes
import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np

from mien.errors import DamagedImage, UnsupportedImage
from mien.images import colour, gif, png, tiff
from mien.images.facts import Header
from mien.process import load_library

if TYPE_CHECKING:
    from PIL.Image import Image

    from mien.records import ImageArray

# The plugin's class is called directly: Image.open would try other formats, and
# its own size limit is a global and a warning where ours is an argument and an error.
_PLUGINS: Final = {
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
}
# What Pillow's plugins are seen to raise on broken files; warnings are here for
# programs that turn them into errors.
PILLOW_ERRORS: Final = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError,
    RuntimeError, AttributeError, struct.error, zlib.error, Warning,
)  # fmt: skip
_PREPARED: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "PNG": png.without_metadata,
    "GIF": gif.first_frame,
    "TIFF": tiff.as_stored,
}
"""What the decoder gets of a file: no more than makes its pixels."""
_WITH_ALPHA: Final = frozenset(["RGBA", "RGBa", "LA", "PA"])
_WITHOUT: Final = frozenset(["1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"])
_SIXTEEN_BITS: Final = {"I;16": "<u2", "I;16L": "<u2", "I;16B": ">u2", "I;16N": "=u2"}


def decode(data: bytes, header: Header) -> ImageArray:
    """Decode all pixels as stored, every mode turned into RGB on white.

    Returns:
        ``(height, width, 3) uint8``, RGB, C-contiguous, not yet turned upright.

    Raises:
        DamagedImage: wherever the decoder fails, or finds another size than the header's.
        UnsupportedImage: a kind of pixel that is no photo's, such as floats.
    """
    try:
        image = _open(_PREPARED.get(header.kind, bytes)(data), header.kind)
        if image.size != (header.width, header.height):
            raise ValueError(f"the size {image.size} where the header says otherwise")
        image.load()
    except PILLOW_ERRORS as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise DamagedImage(
            f"expected a sound {header.kind} file, got: {reason}; get the original file"
        ) from error
    return to_rgb(image)


def to_rgb(image: Image) -> ImageArray:
    """The pixels of a loaded picture in a new array, every mode turned into RGB on white.

    Raises:
        UnsupportedImage: a kind of pixel that is no photo's, such as floats.
    """
    if image.mode not in _WITH_ALPHA | _WITHOUT | _SIXTEEN_BITS.keys():
        raise UnsupportedImage(
            f"expected pixels of 8 or 16 bits, got Pillow's mode {image.mode}; convert it to RGB"
        )
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for rows in colour.row_bands(image.width, image.height):
        pixels[rows] = _band_to_rgb(image.crop((0, rows.start, image.width, rows.stop)))
    return pixels


def _open(data: bytes, kind: str) -> Image:
    module, name = _PLUGINS[kind]
    if kind == "TIFF":
        _silence_libtiff()
    image: Image = getattr(load_library(module), name)(BytesIO(data))
    return image


def _band_to_rgb(image: Image) -> ImageArray:
    """Some rows of a picture, ``(H, W, 3) uint8``."""
    if image.mode in _SIXTEEN_BITS:
        return _sixteen_bits_to_rgb(image)
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA"))
        return colour.on_white(rgba[..., :3], rgba[..., 3])
    return np.asarray(image.convert("RGB"))


def _sixteen_bits_to_rgb(image: Image) -> ImageArray:
    values = np.frombuffer(image.tobytes(), _SIXTEEN_BITS[image.mode])
    values = values.reshape(image.height, image.width).astype(np.uint16)
    grey = colour.to_8_bits(values)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return colour.grey_to_rgb(grey)


@cache
def _silence_libtiff() -> None:
    """Keep libtiff from writing its errors to standard error; Pillow raises them, too.

    Pillow does the same with its warnings, but offers nothing for its errors.
    """
    from PIL import _imaging

    with suppress(AttributeError, OSError):  # a Pillow with libtiff inside, or without it
        set_handler = ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler
        set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
        set_handler(None)

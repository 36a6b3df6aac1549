"""The pixels of HEIC and AVIF: libheif decodes the one, Pillow's libavif the other."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

from mien.errors import DamagedImage, UnsupportedImage
from mien.images import colour, heif
from mien.images.facts import Header
from mien.records import ImageArray

# What both libraries are seen to raise on broken files.
_ERRORS = (OSError, SyntaxError, ValueError, RuntimeError, EOFError, LookupError, MemoryError)


def decode(data: bytes, header: Header) -> ImageArray:
    """Decode all pixels, 10 and 12 bits as 8, transparency laid on white.

    Returns:
        ``(height, width, 3) uint8``, RGB, C-contiguous; HEIC is upright already, AVIF is not.

    Raises:
        DamagedImage: wherever the decoder fails, or finds another size than the header's.
        UnsupportedImage: the library is missing.
    """
    try:
        owner, stored = _heic(data) if header.kind == "HEIC" else _avif(data)
    except ImportError as error:
        package = "pi-heif" if header.kind == "HEIC" else "--upgrade pillow"
        raise UnsupportedImage(
            f"expected what reads {header.kind}, got: {error}; get it with: pip install {package}"
        ) from error
    except _ERRORS as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise DamagedImage(
            f"expected a sound {header.kind} file, got: {reason}; get the original file"
        ) from error
    if stored.shape[:2] != (header.height, header.width):
        raise DamagedImage(
            f"expected {header.width:,} x {header.height:,} pixels in {header.kind}, got "
            f"{stored.shape[1]:,} x {stored.shape[0]:,}; get the original file"
        )
    premultiplied = owner.mode.endswith("a")
    pixels = np.empty((header.height, header.width, 3), np.uint8)
    for rows in colour.row_bands(header.width, header.height):
        pixels[rows] = _band(stored[rows], premultiplied=premultiplied)
    return pixels


def _heic(data: bytes) -> tuple[Any, ImageArray]:
    """The picture, and its pixels, whose memory is gone with it: the array does not keep it."""
    import pi_heif

    file = pi_heif.open_heif(data)
    picture = file[file.primary_index]
    return picture, np.asarray(picture)


def _avif(data: bytes) -> tuple[Any, ImageArray]:
    from PIL import AvifImagePlugin

    if not AvifImagePlugin.SUPPORTED:
        raise ImportError("a Pillow without AVIF")
    image = AvifImagePlugin.AvifImageFile(BytesIO(heif.without_exif(data)))
    decoder: Any = getattr(image, "_decoder", None)
    if decoder is None:  # another Pillow: the same pixels, which take twice the memory
        return image, np.asarray(image)
    raw = decoder.get_frame(0)[0]
    return image, np.frombuffer(raw, np.uint8).reshape(image.height, image.width, -1)


def _band(stored: ImageArray, *, premultiplied: bool) -> ImageArray:
    """Some rows of grey, RGB, or either with opacity, as RGB on white."""
    channels = 1 if stored.ndim == 2 else stored.shape[2]
    shape = (*stored.shape[:2], 3)
    if channels in (1, 3):
        return np.broadcast_to(stored.reshape(*stored.shape[:2], channels), shape)
    tint, opacity = np.broadcast_to(stored[..., :-1], shape), stored[..., -1]
    if premultiplied:
        return tint + (255 - opacity)[..., None]
    return colour.on_white(tint, opacity)

"""Colour: transparency laid on white, 16 bits to 8, wide gamuts to sRGB."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.records import ImageArray

_WHITE: Final = 255
_BAND_PIXELS: Final = 2_000_000


def on_white(colour: ImageArray, alpha: ImageArray) -> ImageArray:
    """Lay a picture on white, so that what its author hid stays hidden.

    Args:
        colour: ``(H, W, 3) uint8``, not premultiplied.
        alpha: ``(H, W) uint8``, 0 transparent, 255 opaque.

    Returns:
        ``(H, W, 3) uint8``, C-contiguous.
    """
    if alpha.min() == _WHITE:
        return np.ascontiguousarray(colour)
    weight = alpha[..., None].astype(np.uint16)
    # At most 255 * 255 + 127, which fits 16 bits.
    mixed = colour * weight + _WHITE * (_WHITE - weight) + np.uint16(127)
    return (mixed // np.uint16(_WHITE)).astype(np.uint8)


def to_8_bits(values: NDArray[np.uint16]) -> ImageArray:
    """16 bits to 8: 65,535 is 257 times 255, so the nearest level is a division by 257."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def grey_to_rgb(grey: ImageArray) -> ImageArray:
    """``(H, W) uint8`` to ``(H, W, 3) uint8``, C-contiguous."""
    return np.repeat(grey[..., None], 3, axis=2)


def row_bands(width: int, height: int) -> list[slice]:
    """Rows in bands of about two megapixels, which keeps the memory of a conversion small."""
    rows = max(1, _BAND_PIXELS // width)
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


def to_srgb(pixels: ImageArray, profile: bytes | None) -> ImageArray:
    """Convert from an embedded RGB profile to sRGB, perceptually as a viewer does.

    A profile that is sRGB already, is not of an RGB picture or cannot be read
    changes nothing, as in a viewer.

    Args:
        pixels: ``(H, W, 3) uint8``, RGB; may be overwritten.
        profile: an ICC profile, or None.
    """
    if profile is None or profile[16:20] != b"RGB " or _says_srgb(profile):
        return pixels
    transform = _transform_to_srgb(profile)
    if transform is None:
        return pixels
    from PIL import Image

    if not pixels.flags.writeable:
        pixels = pixels.copy()
    for rows in row_bands(pixels.shape[1], pixels.shape[0]):
        band = Image.fromarray(pixels[rows])
        pixels[rows] = np.asarray(transform.apply(band))
    return pixels


def _says_srgb(profile: bytes) -> bool:
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile


def _transform_to_srgb(profile: bytes) -> Any:
    """A Pillow transform, or None where the profile is garbage or Pillow has no LittleCMS."""
    from io import BytesIO

    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError, ImportError):
        return None

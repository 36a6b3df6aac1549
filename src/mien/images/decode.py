"""The one decoder: whatever a picture comes as, it leaves as upright sRGB pixels."""

from __future__ import annotations

import hashlib

from mien.images import colour, heif_pixels, jpeg, pnm, raster, webp
from mien.images.door import ImageSource, opened
from mien.images.facts import Header
from mien.images.header import read_header
from mien.images.limits import DEFAULT_LIMITS, Limits
from mien.images.orientation import upright
from mien.records import ImageArray


def read_image(source: ImageSource, limits: Limits = DEFAULT_LIMITS) -> ImageArray:
    """Read a photo from a path, bytes, an open binary file, a PIL image or an array.

    A ``str`` is always a path, ``bytes`` are always a file's content; base64
    text goes through ``from_base64``, arrays and what numpy makes arrays of,
    such as a tensor, follow ``from_array``, PIL images ``from_pil``. A file is
    read from where it stands; one that stands at its end, from its start.

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
    found = opened(source, limits)
    return decode_bytes(found, limits) if isinstance(found, bytes) else found


def photo_digest(image: ImageArray) -> str:
    """SHA-256 of a picture's size and pixels: the same photo under another name is the same."""
    return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()


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
    if header.kind == "PNM":
        return pnm.decode(data, header)
    if header.kind in ("HEIC", "AVIF"):
        return heif_pixels.decode(data, header)
    return raster.decode(data, header)

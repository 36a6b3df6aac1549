"""The one decoder: whatever a picture comes as, it leaves as upright sRGB pixels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from mien.errors import InvalidOption
from mien.images import colour, heif_pixels, jpeg, pnm, raster, webp
from mien.images.door import ImageSource, opened
from mien.images.facts import Header
from mien.images.header import read_header
from mien.images.limits import DEFAULT_LIMITS, Limits
from mien.images.orientation import upright
from mien.process import no_fork
from mien.records import ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class ReadPhoto:
    """A photo's pixels, and the size that it has in its file.

    Attributes:
        pixels: ``(H, W, 3) uint8``, 0-255, sRGB in the order RGB, upright, C-contiguous.
        size_wh: of the upright photo in its file.
        shrunk: ``pixels`` are 1/shrunk of that size: 1, or 2, 4 or 8 where the limits say so.
    """

    pixels: ImageArray
    size_wh: tuple[int, int]
    shrunk: int = 1


def read_image(
    source: ImageSource, limits: Limits | None = None, *, max_megapixels: float | None = None
) -> ImageArray:
    """Read a photo from a path, bytes, an open binary file, a PIL image or an array.

    A ``str`` is always a path, ``bytes`` are always a file's content; base64
    text goes through ``from_base64``, arrays and what numpy makes arrays of,
    such as a tensor, follow ``from_array``, PIL images ``from_pil``. A file is
    read from where it stands; one that stands at its end, from its start.

    Args:
        source: the photo.
        limits: what is accepted; checked before anything is decoded.
        max_megapixels: in place of limits: ``Limits.of_megapixels`` of it.

    Returns:
        ``(H, W, 3) uint8``, 0-255, sRGB in the order RGB, upright, C-contiguous.

    Raises:
        SourceNotFound: no such file, or it cannot be read.
        UnsupportedImage: not a picture, or of a kind that is not accepted.
        DamagedImage: cut or corrupt.
        ImageTooLarge, ImageTooSmall: its size is outside ``limits``.
        InvalidArray: an array of the wrong shape, dtype or range.
        InvalidOption: both limits and megapixels, or megapixels out of range.
    """
    if max_megapixels is not None:
        if limits is not None:
            raise InvalidOption("read_image: expected limits or max_megapixels, got both")
        limits = Limits.of_megapixels(max_megapixels)
    return read_photo(source, limits or DEFAULT_LIMITS).pixels


def read_photo(source: ImageSource, limits: Limits = DEFAULT_LIMITS) -> ReadPhoto:
    """As ``read_image``, with the size in the file."""
    found = opened(source, limits)
    if isinstance(found, bytes):
        return decode_bytes(found, limits)
    return ReadPhoto(found, (found.shape[1], found.shape[0]))


def photo_digest(image: ImageArray) -> str:
    """SHA-256 of a picture's size and pixels: the same photo under another name is the same."""
    return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()


@no_fork()
def decode_bytes(data: bytes, limits: Limits = DEFAULT_LIMITS) -> ReadPhoto:
    """Decode a file's content; returns and raises as ``read_photo``."""
    limits.check_bytes(len(data))
    header = read_header(data, limits)
    pixels = colour.to_srgb(_decode_stored(data, header, limits), header.icc)
    size_wh = (header.width, header.height)
    turned = header.orientation >= 5
    return ReadPhoto(
        upright(pixels, header.orientation), size_wh[::-1] if turned else size_wh, header.shrunk
    )


def _decode_stored(data: bytes, header: Header, limits: Limits) -> ImageArray:
    if header.kind == "JPEG":
        return jpeg.decode(data, header, limits)
    if header.kind == "WebP":
        return webp.decode(data, header)
    if header.kind == "PNM":
        return pnm.decode(data, header)
    if header.kind in ("HEIC", "AVIF"):
        return heif_pixels.decode(data, header)
    return raster.decode(data, header)

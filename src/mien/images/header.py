"""What a picture's header tells, read from its bytes before any decoder sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mien.errors import UnsupportedImage
from mien.images import bmp, gif, heif, jpeg, png, pnm, tiff, webp
from mien.images.facts import Header
from mien.images.limits import Limits
from mien.images.signature import recognise

_READERS: Final[Mapping[str, Callable[[bytes, Limits], Header]]] = {
    "JPEG": jpeg.read_header,
    "PNG": png.read_header,
    "WebP": webp.read_header,
    "BMP": bmp.read_header,
    "GIF": gif.read_header,
    "TIFF": tiff.read_header,
    "HEIC": heif.read_heic_header,
    "AVIF": heif.read_avif_header,
    "PNM": pnm.read_header,
}


def read_header(data: bytes, limits: Limits) -> Header:
    """Recognise a picture by its content and check what its header announces.

    Raises:
        UnsupportedImage: not a picture, or of a kind that ``limits`` does not accept.
        DamagedImage: its structure is broken or cut.
        ImageTooLarge, ImageTooSmall: its size is outside ``limits``.
    """
    kind = recognise(data)
    if kind not in limits.formats:
        raise UnsupportedImage(
            f"expected {', '.join(limits.formats)}, got {kind}; save it as JPEG or PNG"
        )
    return _READERS[kind](data, limits)

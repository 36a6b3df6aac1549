"""Pictures that come as Pillow's images: the rules of files hold for their pixels, too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

from mien.errors import DamagedImage, SourceNotFound
from mien.images import colour, raster
from mien.images.limits import DEFAULT_LIMITS, Limits
from mien.images.orientation import upright

if TYPE_CHECKING:
    from PIL.Image import Image

    from mien.records import ImageArray

_ORIENTATION = 0x0112


def is_pil(source: Any) -> TypeGuard[Image]:
    """Whether it is one of Pillow's images; Pillow is not loaded to find out."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(source, pillow.Image)


def from_pil(image: Image, limits: Limits = DEFAULT_LIMITS) -> ImageArray:
    """The pixels of a Pillow image, of the frame that it stands at.

    Turned as its EXIF says, laid on white, brought to sRGB and to 8 bits, as a file would be. What
    ``Image.open`` has not read yet is read now.

    Returns:
        ``(H, W, 3) uint8``, RGB, upright, C-contiguous; never the image's own memory.

    Raises:
        ImageTooLarge, ImageTooSmall: a size outside ``limits``; nothing was decoded.
        DamagedImage: its file is cut or corrupt.
        SourceNotFound: its file was closed before it was read.
        UnsupportedImage: a kind of pixel that is no photo's, such as floats.
    """
    limits.check_size(*image.size)
    try:
        image.load()
    except (*raster.PILLOW_ERRORS, AssertionError) as error:
        if "closed" in str(error) or isinstance(error, (AssertionError, AttributeError)):
            raise SourceNotFound(
                "expected an open PIL image, got one whose file was closed before it was read; "
                "call its load() first"
            ) from error
        raise DamagedImage(
            f"expected a sound PIL image, got: {str(error).rstrip('.')}; get the original file"
        ) from error
    profile = image.info.get("icc_profile")
    pixels = raster.to_rgb(image)
    pixels = colour.to_srgb(pixels, profile if isinstance(profile, bytes) else None)
    return upright(pixels, _orientation(image))


def _orientation(image: Image) -> int:
    """EXIF's 1 to 8; upright where it says something else or cannot be read, as in files."""
    try:
        stated = image.getexif().get(_ORIENTATION, 1)
        return int(stated) if stated in range(2, 9) else 1
    except raster.PILLOW_ERRORS:
        return 1

"""Writing a picture so that it is there whole, or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mien.checks import check_rgb
from mien.errors import InvalidOption, OutputUnwritable
from mien.images.reading import shown
from mien.process import no_fork
from mien.records import ImageArray

# Full colour resolution keeps coloured lines and small letters sharp.
_JPEG: Final = {"format": "JPEG", "quality": 92, "subsampling": 0}
_OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": {"format": "PNG", "compress_level": 4},
}


@no_fork()
def save_image(image: ImageArray, path: str | os.PathLike[str]) -> Path:
    """Write a picture as JPEG (quality 92) or PNG, by the suffix; an older file is replaced.

    It is written beside its place first and then moved there, so that a reader
    never sees a half. No metadata of the original is carried over.

    Args:
        image: ``(H, W, 3) uint8``, RGB.
        path: ends in .jpg, .jpeg or .png.

    Returns:
        The path.

    Raises:
        InvalidArray: not such an image.
        InvalidOption: another suffix.
        OutputUnwritable: no such folder, no permission, or the disk is full.
    """
    from PIL import Image

    pixels = check_rgb(image)
    target = Path(path)
    options = _OPTIONS.get(target.suffix.lower())
    if options is None:
        raise InvalidOption(
            f"expected a name that ends in .jpg or .png, got {shown(target.name)}; rename it"
        )
    beside = target.with_name(f".mien-{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            Image.fromarray(pixels).save(file, **options)
        beside.replace(target)
    except (OSError, ValueError) as error:  # ValueError: a NUL or a lone surrogate in the name
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise OutputUnwritable(f"expected to write {shown(str(target))}, got: {reason}") from error
    finally:
        _discard(beside)
    return target


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except (OSError, ValueError):
        return  # its folder is not there or not writable, which was reported already

"""Small pictures of the mistakes, for a page that may show them: faces are people."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from mien.errors import MienError
from mien.evaluation import Example
from mien.images import Limits, read_image
from mien.records import ImageArray

MAXIMUM_PHOTOS = 80
HEIGHT = 128
"""Pixels of a thumbnail: sharp at half that size on a dense screen."""


def small_pictures(
    examples: Iterable[Example], images: Path | Mapping[str, ImageArray]
) -> dict[str, str]:
    """``data:`` addresses of the examples' photos by their names, the worst examples first.

    A photo that cannot be read is left out, and so is what comes after the first 80 photos.

    Args:
        examples: worst first.
        images: the folder that their paths are relative to, or the pictures themselves.
    """
    names = list(dict.fromkeys(name for example in examples for name in example.photos))
    made: dict[str, str] = {}
    for name in names[:MAXIMUM_PHOTOS]:
        try:
            made[name] = _data_address(_picture(images, name))
        except MienError:
            continue  # the page shows the name alone, and says so
    return made


def _picture(images: Path | Mapping[str, ImageArray], name: str) -> ImageArray:
    if isinstance(images, Path):
        return read_image(images / name, Limits(shrink_large=True))
    return images[name]


def _data_address(pixels: ImageArray) -> str:
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((2 * HEIGHT, HEIGHT))
    file = io.BytesIO()
    picture.save(file, format="JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")

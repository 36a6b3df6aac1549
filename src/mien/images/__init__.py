"""Photos in and out: one decoder for every source, and annotated pictures.

Importing this room loads numpy alone; Pillow and libjpeg-turbo come when a
picture is read or drawn.
"""

from __future__ import annotations

from mien.images.arrays import from_array
from mien.images.base64_text import from_base64
from mien.images.decode import ReadPhoto, photo_digest, read_image, read_photo
from mien.images.door import ImageSource, file_name, hold, is_path, photos_of, source_name
from mien.images.draw import Label, annotate
from mien.images.folders import PHOTO_SUFFIXES, FolderWalk
from mien.images.lettering import Lettering
from mien.images.limits import DEFAULT_LIMITS, MEGAPIXELS, Limits
from mien.images.people import find_people, name_photos
from mien.images.pil_image import from_pil
from mien.images.save import save_image
from mien.images.skipped import Reason, Skip
from mien.images.sources import find_photos

__all__ = [
    "DEFAULT_LIMITS",
    "MEGAPIXELS",
    "PHOTO_SUFFIXES",
    "FolderWalk",
    "ImageSource",
    "Label",
    "Lettering",
    "Limits",
    "ReadPhoto",
    "Reason",
    "Skip",
    "annotate",
    "file_name",
    "find_people",
    "find_photos",
    "from_array",
    "from_base64",
    "from_pil",
    "hold",
    "is_path",
    "name_photos",
    "photo_digest",
    "photos_of",
    "read_image",
    "read_photo",
    "save_image",
    "source_name",
]

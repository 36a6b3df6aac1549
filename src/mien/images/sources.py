"""What a user names, files, folders and globs, as a list of photos."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from mien.errors import SourceNotFound
from mien.images.reading import address_cure, shown

PHOTO_SUFFIXES: Final = frozenset([".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp"])


def find_photos(
    inputs: Iterable[str | os.PathLike[Any]], suffixes: frozenset[str] = PHOTO_SUFFIXES
) -> list[Path]:
    """Expand what a user named.

    A file is taken whatever its suffix. A folder gives the pictures in it and
    below it by their suffix, in the order of their paths; hidden files and
    folders are passed over, linked folders are not followed. A glob (``*``,
    ``?``, ``[...]``, ``**``) gives what it matches, files and folders alike; a
    file that really has such a name comes first. A photo reached twice is
    listed once, where it was reached first.

    Raises:
        SourceNotFound: an input that gives no photo, or a folder that cannot be read.
    """
    found: dict[str, Path] = {}
    for name in inputs:
        photos = list(_expand(os.fsdecode(name), suffixes))
        for photo in photos:
            # Path.resolve would follow links, and a linked photo is one of its own.
            found.setdefault(os.path.abspath(photo), photo)  # noqa: PTH100 (no links)
    return list(found.values())


def _expand(name: str, suffixes: frozenset[str]) -> Iterator[Path]:
    path = Path(name)
    if os.path.isdir(name):  # noqa: PTH112 (Path.is_dir raises where a name is too long)
        photos = photos_in(path, suffixes)
        if not photos:
            raise SourceNotFound(
                f"expected photos ({', '.join(sorted(suffixes))}) in {shown(name)}, got none"
            )
    elif _exists(path):
        photos = [path]
    else:
        photos = _matching(name, suffixes)
        if not photos:
            raise SourceNotFound(
                f"expected a photo or a folder at {shown(name)}, got nothing{address_cure(name)}"
            )
    yield from photos


def _exists(path: Path) -> bool:
    """Whether something has that name, be it a broken link."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def photos_in(folder: Path, suffixes: frozenset[str] = PHOTO_SUFFIXES) -> list[Path]:
    """The pictures in a folder and below it, by their suffix, in the order of their paths."""
    photos = []
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        photos += [
            Path(parent, name)
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes
        ]
    return sorted((photo for photo in photos if photo.is_file()), key=lambda photo: photo.parts)


def _matching(pattern: str, suffixes: frozenset[str]) -> list[Path]:
    if not glob.has_magic(pattern) or "\0" in pattern:
        return []
    photos: list[Path] = []
    matches = map(Path, glob.glob(pattern, recursive=True))  # noqa: PTH207 (may be absolute)
    for match in sorted(matches, key=lambda path: path.parts):
        if match.is_dir():
            photos += photos_in(match, suffixes)
        elif match.suffix.lower() in suffixes:
            photos.append(match)
    return photos


def _refuse(error: OSError) -> None:
    raise SourceNotFound(
        f"expected to read the folder {shown(str(error.filename))}, got: {error.strerror}"
    ) from error

"""Whose photo is whose: a folder with a folder for each person, named photos, NAME=PHOTO pairs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from mien.errors import InvalidOption, SourceNotFound
from mien.images.sources import PHOTO_SUFFIXES, find_photos, photos_in
from mien.names import name_from_file, one_spelling


def find_people(inputs: Iterable[str | os.PathLike[str]]) -> list[tuple[str, Path]]:
    """Pairs of a name and a photo, in a fixed order; each person in one spelling, the first.

    Each input is one of

    * a folder: photos in its subfolders belong to the person whom the subfolder is named after;
      photos directly in it to the person whom the file is named after: ``ada.jpg``,
      ``ada_2.jpg`` and ``ada (2).jpg`` to ``ada`` (``mien.names.name_from_file``);
    * a photo, named like that;
    * ``NAME=PHOTO``, where PHOTO may be a folder or a glob too.

    Raises:
        SourceNotFound: an input that does not exist or holds no photo.
        InvalidOption: a pair without a name.
    """
    found: list[tuple[str, Path]] = []
    for given in inputs:
        text = os.fspath(given)
        if "=" in text and not os.path.lexists(text):
            name, _, photos = text.partition("=")
            if not name or not photos:
                raise InvalidOption(f"people: expected NAME=PHOTO, got {text!r}")
            found += [(name, photo) for photo in find_photos([photos])]
        elif os.path.isdir(text):  # noqa: PTH112 (Path.is_dir raises where a name is too long)
            found += _folder(Path(text))
        else:
            found += [(name_from_file(photo.stem), photo) for photo in find_photos([text])]
    names = one_spelling(name for name, _ in found)
    return [(name, photo) for name, (_, photo) in zip(names, found, strict=True)]


def _folder(folder: Path) -> list[tuple[str, Path]]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise SourceNotFound(f"expected to read the folder {folder}, got: {error}") from error
    found: list[tuple[str, Path]] = []
    for entry in entries:
        if entry.is_dir():
            found += [(entry.name, photo) for photo in photos_in(entry)]
        elif _is_photo(entry):
            found.append((name_from_file(entry.stem), entry))
    if not found:
        raise SourceNotFound(
            f"expected a folder for each person, or photos named after them, in {folder}, got none"
        )
    return found


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()

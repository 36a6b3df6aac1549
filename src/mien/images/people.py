"""Whose photo is whose: a folder with a folder for each person, named photos, NAME=PHOTO pairs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mien.errors import InvalidOption, SourceNotFound
from mien.images.door import is_path, is_photo, photos_of
from mien.images.reading import address_cure
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
        if "=" in text and not os.path.lexists(text) and not address_cure(text):
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


def name_photos(people: Any) -> Iterable[tuple[str, Any]]:
    """Pairs of a name and a photo, from what ``find_people`` takes and such pairs themselves.

    One input alone will do. Of a list, every input is looked up before anything is answered; an
    iterator's are looked up one by one, as they come.

    Raises:
        SourceNotFound, InvalidOption: as ``find_people``; or an input that is none of these.
    """
    alone = _is_pair(people) and isinstance(people[0], str) and is_photo(people[1])
    if alone and not is_path(people[1]):  # of two names, both may be folders
        people = [people]
    inputs = photos_of(people, "people")
    pairs = (pair for one in inputs for pair in _pairs(one))
    return pairs if isinstance(inputs, Iterator) else list(pairs)


def _is_pair(one: Any) -> bool:
    return isinstance(one, (tuple, list)) and len(one) == 2


def _pairs(one: Any) -> Iterable[tuple[str, Any]]:
    if is_path(one):
        return find_people([one])
    if _is_pair(one):
        return [(one[0], one[1])]
    raise InvalidOption(
        "people: expected a folder, NAME=PHOTO, or a pair of a name and a photo, got "
        f"{type(one).__name__}; pass [(name, photo)]"
    )


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

"""Whose photo is whose: a folder with a folder for each person, named photos, NAME=PHOTO pairs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mien.errors import InvalidOption, SourceNotFound
from mien.images.door import is_path, is_photo, photos_of
from mien.images.folders import FolderWalk
from mien.images.reading import address_cure
from mien.images.skipped import Reason, words_for
from mien.images.sources import find_photos
from mien.names import name_from_file, one_spelling


def find_people(
    inputs: Iterable[str | os.PathLike[str]], walk: FolderWalk | None = None
) -> list[tuple[str, Path]]:
    """Pairs of a name and a photo, in a fixed order; each person in one spelling, the first.

    Each input is one of

    * a folder: photos in its subfolders belong to the person whom the subfolder is named after;
      photos directly in it to the person whom the file is named after: ``ada.jpg``,
      ``ada_2.jpg`` and ``ada (2).jpg`` to ``ada`` (``mien.names.name_from_file``);
    * a photo, named like that;
    * ``NAME=PHOTO``, where PHOTO may be a folder or a glob too.

    What is passed over in folders says `mien.images.folders`. A linked folder is a person's where
    it leads out of the folder, and passed over where it leads back into it.

    Args:
        inputs: see above.
        walk: what is excluded; afterwards it says what was passed over, and which folders could
            not be read. Without one, these are an error.

    Raises:
        SourceNotFound: an input that does not exist or holds no photo.
        InvalidOption: a pair without a name.
    """
    told, walk = walk is not None, walk or FolderWalk()
    found: list[tuple[str, Path]] = []
    for given in inputs:
        text = os.fspath(given)
        if "=" in text and not os.path.lexists(text) and not address_cure(text):
            name, _, photos = text.partition("=")
            if not name or not photos:
                raise InvalidOption(f"people: expected NAME=PHOTO, got {text!r}")
            found += [(name, photo) for photo in find_photos([photos], walk)]
        elif os.path.isdir(text):  # noqa: PTH112 (Path.is_dir raises where a name is too long)
            found += _folder(Path(text), walk)
        else:
            found += [(name_from_file(photo.stem), photo) for photo in find_photos([text], walk)]
    if not told:
        walk.check_read()
    names = one_spelling(name for name, _ in found)
    return [(name, photo) for name, (_, photo) in zip(names, found, strict=True)]


def name_photos(people: Any, exclude: Iterable[str] = ()) -> Iterable[tuple[str, Any]]:
    """Pairs of a name and a photo, from what ``find_people`` takes and such pairs themselves.

    One input alone will do. Of a list, every input is looked up before anything is answered; an
    iterator's are looked up one by one, as they come.

    Args:
        people: see above.
        exclude: patterns of what is passed over in folders; see ``FolderWalk``.

    Raises:
        SourceNotFound, InvalidOption: as ``find_people``; or an input that is none of these.
    """
    alone = _is_pair(people) and isinstance(people[0], str) and is_photo(people[1])
    if alone and not is_path(people[1]):  # of two names, both may be folders
        people = [people]
    inputs, walk = photos_of(people, "people"), FolderWalk(exclude)
    pairs = (pair for one in inputs for pair in _pairs(one, walk))
    return pairs if isinstance(inputs, Iterator) else list(pairs)


def _is_pair(one: Any) -> bool:
    return isinstance(one, (tuple, list)) and len(one) == 2


def _pairs(one: Any, walk: FolderWalk) -> Iterable[tuple[str, Any]]:
    if is_path(one):
        found = find_people([one], walk)
        walk.check_read()
        return found
    if _is_pair(one):
        return [(one[0], one[1])]
    raise InvalidOption(
        "people: expected a folder, NAME=PHOTO, or a pair of a name and a photo, got "
        f"{type(one).__name__}; pass [(name, photo)]"
    )


def _folder(folder: Path, walk: FolderWalk) -> list[tuple[str, Path]]:
    before = len(walk.skipped)
    folders, photos, linked = walk.entries(folder, folder)
    for link in linked:
        if _leads_back(link, folder):
            walk.skip(link, Reason.LINKED, is_folder=True)
        else:
            folders.append(link)
    found = [(name_from_file(photo.stem), photo) for photo in photos]
    for person in folders:
        inside = walk.below(person, folder)
        if not inside:
            walk.skip(person, Reason.EMPTY, is_folder=True)
        found += [(person.name, photo) for photo in inside]
    if not found:
        passed = words_for(walk.skipped[before:])
        raise SourceNotFound(
            f"expected a folder for each person, or photos named after them, in {folder}, got "
            f"{passed or 'nothing'}"
        )
    return sorted(found, key=lambda one: one[1].parts)


def _leads_back(link: Path, folder: Path) -> bool:
    """Whether a linked folder leads to where the walk is or was: its photos are others' already."""
    target, own = link.resolve(), folder.resolve()
    return target.is_relative_to(own) or own.is_relative_to(target)

"""Whose photo is whose: a folder with a folder for each person, named photos, NAME=PHOTO pairs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mien.errors import InvalidOption, SourceNotFound
from mien.images.folders import YALE_CONDITIONS, FolderWalk
from mien.images.skipped import Reason, words_for
from mien.images.sources import find_photos

_NUMBER: Final = re.compile(r"_\d+$")


def find_people(
    inputs: Iterable[str | os.PathLike[str]], walk: FolderWalk | None = None
) -> list[tuple[str, Path]]:
    """Pairs of a name and a photo, in a fixed order.

    Each input is one of

    * a folder: photos in its subfolders belong to the person whom the subfolder is named after;
      photos directly in it to the person whom the file is named after, see `name_from_file`;
    * a photo, named like that;
    * ``NAME=PHOTO``, where PHOTO may be a folder or a glob too.

    What is passed over in folders says `mien.images.folders`. A linked folder is a person's where
    it leads out of the folder, and passed over where it leads back into it.

    Args:
        inputs: see above.
        walk: what is excluded; afterwards it says what was passed over.

    Raises:
        SourceNotFound: an input that does not exist or holds no photo.
        InvalidOption: a pair without a name.
    """
    walk = walk or FolderWalk()
    found: list[tuple[str, Path]] = []
    for given in inputs:
        text = os.fspath(given)
        if "=" in text and not os.path.lexists(text):
            name, _, photos = text.partition("=")
            if not name or not photos:
                raise InvalidOption(f"people: expected NAME=PHOTO, got {text!r}")
            found += [(name, photo) for photo in find_photos([photos], walk)]
        elif os.path.isdir(text):  # noqa: PTH112 (Path.is_dir raises where a name is too long)
            found += _folder(Path(text), walk)
        else:
            found += [(name_from_file(photo), photo) for photo in find_photos([text], walk)]
    return found


def _folder(folder: Path, walk: FolderWalk) -> list[tuple[str, Path]]:
    before = len(walk.skipped)
    folders, photos, linked = walk.entries(folder, folder)
    for link in linked:
        if _leads_back(link, folder):
            walk.skip(link, Reason.LINKED, is_folder=True)
        else:
            folders.append(link)
    found = [(name_from_file(photo), photo) for photo in photos]
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


def name_from_file(photo: Path) -> str:
    """Whom a photo is named after.

    ``ada.jpg`` and ``ada_2.jpg`` are both of ``ada``, and so are ``ada.happy`` and
    ``ada.happy.gif``: in the Yale face database's names the condition stands behind a point.
    """
    stem = photo.stem
    name, _, condition = stem.rpartition(".")
    if name and f".{condition.lower()}" in YALE_CONDITIONS:
        stem = name
    return _NUMBER.sub("", stem)

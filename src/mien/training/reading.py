"""From a folder on the disk to a `Dataset`.

What a folder holds may come from anywhere: names are checked by the one identity rule, links are
taken only where they stay inside, and whatever is not used is listed with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from mien.errors import InsufficientData, InvalidDataset, InvalidName, SourceNotFound
from mien.images import PHOTO_SUFFIXES
from mien.images.reading import shown
from mien.names import clean_name, one_spelling
from mien.training.dataset import Dataset, Ignored, LabelledPhoto, Part, check_people, listed

PART_FOLDERS: Final[Mapping[str, Part]] = {
    "train": Part.TRAIN,
    "validation": Part.VALIDATION,
    "val": Part.VALIDATION,
    "valid": Part.VALIDATION,
    "test": Part.TEST,
}

_Owned = tuple[Part | None, Path]  # a person's folder, and the part that it lies in


def read_dataset(path: Path) -> Dataset:
    """List the photos of a folder and whose they are; no photo is opened.

    Linked folders are not followed. A linked photo counts where its target lies in the folder
    too. Both are listed as ignored otherwise, so that nothing from elsewhere slips in.

    Raises:
        SourceNotFound: no such folder, or it cannot be read.
        InvalidName: a folder whose name nobody can have.
        InvalidDataset: folders that make no sense side by side.
        InsufficientData: no photo, one person only, or somebody with fewer than two photos.
    """
    root = _existing(path)
    try:
        return _read(root)
    except OSError as error:
        if isinstance(error, SourceNotFound):
            raise
        place = shown(os.fsdecode(error.filename or root))
        raise SourceNotFound(f"data: expected to read {place}, got: {error.strerror}") from error


def _read(root: Path) -> Dataset:
    walk = _Walk(root)
    folders = walk.folders(root)
    parts = _parts(root, folders)
    owned: list[_Owned] = [(None, folder) for folder in folders]
    if parts:
        owned = [(part, folder) for part, place in parts for folder in walk.folders(place)]
    found = [(part, folder, walk.photos(folder)) for part, folder in owned]
    owned = [(part, folder) for part, folder, inside in found if inside is not None]
    names = _names(owned)
    people = dict(zip(owned, names, strict=True))
    photos = [
        LabelledPhoto(photo, walk.place(photo), people[part, folder], part)
        for part, folder, inside in found
        for photo in inside or ()
    ]
    ignored = tuple(sorted(walk.ignored, key=lambda one: one.place))
    dataset = Dataset((), ignored).with_photos(photos, *_joined(owned, names))
    _check(dataset, set(names), root)
    return dataset


class _Walk:
    """Lists folders, and keeps what it passed over."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.ignored: list[Ignored] = []

    def place(self, path: Path) -> str:
        """The path below the root, as text that can be written everywhere."""
        text = path.relative_to(self._root).as_posix()
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    def folders(self, parent: Path) -> list[Path]:
        """The folders in a folder, by name; files beside them belong to nobody."""
        found = []
        for entry in self._entries(parent):
            if entry.is_dir() and not entry.is_symlink():
                found.append(entry)
            else:
                linked = "a linked folder" if entry.is_dir() else "it lies in no person's folder"
                self._ignore(entry, linked)
        return found

    def photos(self, folder: Path) -> list[Path] | None:
        """The photos in a person's folder and below it; None where nothing at all lies there."""
        found: list[Path] = []
        seen = 0
        for entry in self._below(folder):
            seen += 1
            reason = self._reason_against(entry)
            if reason is None:
                found.append(entry)
            else:
                self._ignore(entry, reason)
        if not seen:
            self._ignore(folder, "an empty folder")
            return None
        return found

    def _below(self, folder: Path) -> Iterator[Path]:
        waiting = [folder]  # no recursion: folders may be nested as deep as paths are long
        while waiting:
            for entry in self._entries(waiting.pop()):
                if entry.is_dir() and not entry.is_symlink():
                    waiting.append(entry)
                else:
                    yield entry

    def _entries(self, folder: Path) -> list[Path]:
        return sorted(entry for entry in folder.iterdir() if not _is_hidden(entry.name))

    def _reason_against(self, entry: Path) -> str | None:
        if entry.is_dir():
            return "a linked folder"
        if entry.suffix.lower() not in PHOTO_SUFFIXES:
            return "not a photo by its suffix"
        if entry.is_symlink() and not entry.exists():
            return "a link that leads nowhere"
        if entry.is_symlink() and not entry.resolve().is_relative_to(self._root.resolve()):
            return "a link that leaves the folder"
        return None if entry.is_file() else "no regular file"

    def _ignore(self, entry: Path, reason: str) -> None:
        self.ignored.append(Ignored(self.place(entry), reason))


def _is_hidden(name: str) -> bool:
    # What begins with two dots would be a path, and is refused by name instead of passed over.
    return name.startswith(".") and not name.startswith("..")


def _existing(path: Path) -> Path:
    # os.path's questions are answered with no where a name is too long or holds a NUL.
    if not os.path.isdir(path):  # noqa: PTH112
        what = "a file" if os.path.isfile(path) else "nothing"  # noqa: PTH113
        raise SourceNotFound(
            f"data: expected a folder with one folder for each person at {shown(str(path))}, "
            f"got {what}"
        )
    return path


def _parts(root: Path, folders: Sequence[Path]) -> list[tuple[Part, Path]]:
    """The folders that are sides of a split, train first; none where mien is to split."""
    parts = [
        (PART_FOLDERS[folder.name.lower()], folder)
        for folder in folders
        if folder.name.lower() in PART_FOLDERS and _holds_folders(folder)
    ]
    if not parts:
        return []
    others = [folder.name for folder in folders if folder not in {place for _, place in parts}]
    kinds = [part for part, _ in parts]
    if others or Part.TRAIN not in kinds or len(set(kinds)) < len(kinds):
        raise InvalidDataset(
            f"data: expected train with validation and perhaps test in {shown(str(root))}, got "
            f"{listed(shown(folder.name) for folder in folders)}; move the people's folders into "
            "train and validation, or all of them out and leave the split to mien"
        )
    return sorted(parts, key=lambda one: list(Part).index(one[0]))


def _holds_folders(folder: Path) -> bool:
    return any(entry.is_dir() for entry in folder.iterdir() if not _is_hidden(entry.name))


def _names(owned: Sequence[_Owned]) -> list[str]:
    """Whose each folder is; one person has one spelling, that of the first folder."""
    for _, folder in owned:
        try:
            clean_name(folder.name)
        except InvalidName as error:
            raise InvalidName(f"data: the folder {shown(str(folder))}: {error}") from error
    return one_spelling(folder.name for _, folder in owned)


def _joined(owned: Sequence[_Owned], names: Sequence[str]) -> Iterator[str]:
    """What to say of folders side by side that are one person's."""
    folders: dict[tuple[Part | None, str], list[str]] = {}
    for (part, folder), name in zip(owned, names, strict=True):
        folders.setdefault((part, name), []).append(repr(folder.name))
    for (_, name), spellings in folders.items():
        if len(spellings) > 1:
            yield f"{' and '.join(spellings)} are one person, {name!r}"


def _check(dataset: Dataset, people: set[str], root: Path) -> None:
    ignored = listed(f"{shown(one.place)} ({one.reason})" for one in dataset.ignored)
    if not dataset.photos:
        raise InsufficientData(
            f"data: expected a folder of photos for each person in {shown(str(root))}, got none"
            + (f"; ignored: {ignored}" if ignored else "")
        )
    bare = people - set(dataset.names)
    if bare:
        raise InsufficientData(
            f"data: expected photos ({', '.join(sorted(PHOTO_SUFFIXES))}) in every folder, got "
            f"none of {listed(map(repr, sorted(bare)))}; convert them, or remove the folder"
        )
    check_people(dataset)

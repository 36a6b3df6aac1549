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
from mien.images import FolderWalk, Reason
from mien.images.reading import shown
from mien.names import clean_name, name_from_file, one_spelling
from mien.training.dataset import Dataset, Ignored, LabelledPhoto, Part, check_people, listed

PART_FOLDERS: Final[Mapping[str, Part]] = {
    "train": Part.TRAIN,
    "validation": Part.VALIDATION,
    "val": Part.VALIDATION,
    "valid": Part.VALIDATION,
    "test": Part.TEST,
}

_NO_PERSON: Final = frozenset((Reason.HIDDEN, Reason.SYSTEM, Reason.NO_MEDIA, Reason.EXCLUDED))

_Owned = tuple[Part | None, Path]  # a person's folder, and the part that it lies in


def read_dataset(path: Path, exclude: Sequence[str] = ()) -> Dataset:
    """List the photos of a folder and whose they are; no photo is opened.

    What is passed over says `mien.images.folders`. Linked folders are not followed. A linked photo
    counts where its target lies in the folder too. Both are listed as ignored otherwise, so that
    nothing from elsewhere slips in.

    Args:
        path: the folder.
        exclude: patterns of what is passed over, too; see `mien.images.FolderWalk`.

    Raises:
        SourceNotFound: no such folder, or it cannot be read.
        InvalidName: a folder whose name nobody can have.
        InvalidDataset: folders that make no sense side by side.
        InsufficientData: no photo, one person only, or somebody with fewer than two photos.
        InvalidOption: a pattern that could match nothing.
    """
    root = _existing(path)
    try:
        return _read(root, FolderWalk(exclude))
    except OSError as error:
        if isinstance(error, SourceNotFound):
            raise
        place = shown(os.fsdecode(error.filename or root))
        raise SourceNotFound(f"data: expected to read {place}, got: {error.strerror}") from error


def _read(root: Path, walk: FolderWalk) -> Dataset:
    folders, loose = _listed(root, root, walk)
    parts = _parts(root, folders, walk)
    owned: list[_Owned] = [(None, folder) for folder in folders]
    if parts:
        owned = []
        for part, place in parts:
            inside, files = _listed(place, root, walk)
            owned += [(part, folder) for folder in inside]
            loose += files
    found = [(part, folder, _photos(folder, root, walk)) for part, folder in owned]
    owned = [(part, folder) for part, folder, inside in found if inside is not None]
    names = _names(owned)
    people = dict(zip(owned, names, strict=True))
    photos = [
        LabelledPhoto(photo, _place(photo, root), people[part, folder], part)
        for part, folder, inside in found
        for photo in inside or ()
    ]
    if photos:
        for file in loose:
            walk.skip(file, Reason.NOBODY)
    else:
        photos = _named_by_files(loose, root)
    ignored = [Ignored(_place(one.path, root), one.reason) for one in walk.skipped]
    notes = [*([str(walk)] if walk.skipped else []), *_joined(owned, names)]
    dataset = Dataset((), tuple(sorted(ignored, key=lambda one: one.place)))
    dataset = dataset.with_photos(photos, *notes)
    _check(dataset, set(names), root, str(walk))
    return dataset


def _place(path: Path, root: Path) -> str:
    """The path below the root, as text that can be written everywhere."""
    text = path.relative_to(root).as_posix()
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _listed(folder: Path, root: Path, walk: FolderWalk) -> tuple[list[Path], list[Path]]:
    """The folders and the photos in a folder."""
    folders, photos, linked = walk.entries(folder, root)
    for path in linked:
        walk.skip(path, Reason.LINKED, is_folder=True)
    return folders, [photo for photo in photos if _stays_inside(photo, root, walk)]


def _photos(folder: Path, root: Path, walk: FolderWalk) -> list[Path] | None:
    """The photos in a person's folder and below it; None where nothing of a person lies there."""
    before = len(walk.skipped)
    photos = walk.below(folder, root)
    if not photos and {one.reason for one in walk.skipped[before:]} <= _NO_PERSON:
        walk.skip(folder, Reason.EMPTY, is_folder=True)
        return None
    return [photo for photo in photos if _stays_inside(photo, root, walk)]


def _stays_inside(photo: Path, root: Path, walk: FolderWalk) -> bool:
    inside = not photo.is_symlink() or photo.resolve().is_relative_to(root.resolve())
    if not inside:
        walk.skip(photo, Reason.OUTSIDE)
    return inside


def _named_by_files(photos: Sequence[Path], root: Path) -> list[LabelledPhoto]:
    """Where no folder is a person's, photos are of whom they are named after."""
    names = [name_from_file(photo.stem) for photo in photos]
    for name, photo in zip(names, photos, strict=True):
        try:
            clean_name(name)
        except InvalidName as error:
            raise InvalidName(f"data: the photo {shown(str(photo))}: {error}") from error
    return [
        LabelledPhoto(photo, _place(photo, root), name)
        for name, photo in zip(one_spelling(names), photos, strict=True)
    ]


def _existing(path: Path) -> Path:
    # os.path's questions are answered with no where a name is too long or holds a NUL.
    if not os.path.isdir(path):  # noqa: PTH112
        what = "a file" if os.path.isfile(path) else "nothing"  # noqa: PTH113
        raise SourceNotFound(
            f"data: expected a folder with one folder for each person at {shown(str(path))}, "
            f"got {what}"
        )
    return path


def _parts(root: Path, folders: Sequence[Path], walk: FolderWalk) -> list[tuple[Part, Path]]:
    """The folders that are sides of a split, train first; none where mien is to split."""
    parts = [
        (PART_FOLDERS[folder.name.lower()], folder)
        for folder in folders
        if folder.name.lower() in PART_FOLDERS and walk.entries(folder, root)[0]
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


def _check(dataset: Dataset, people: set[str], root: Path, passed_over: str) -> None:
    if not dataset.photos:
        raise InsufficientData(
            f"data: expected a folder of photos for each person in {shown(str(root))}, got none"
            + (f"; {passed_over}" if passed_over else "")
        )
    bare = people - set(dataset.names)
    if bare:
        raise InsufficientData(
            f"data: expected photos in every folder, got none in {listed(map(repr, sorted(bare)))} "
            f"({passed_over}); convert what is there, or remove the folder"
        )
    check_people(dataset, f"({passed_over})" if passed_over else "")

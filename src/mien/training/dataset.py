"""A folder of labelled photos: whose photo each one is, and on which side of a split it stands.

Three layouts are read::

    DATA/NAME/…photos                               mien splits it
    DATA/train/NAME/…, DATA/validation/NAME/…       split already; test/ may stand beside them
    DATA/NAME.jpg, DATA/NAME_2.jpg, …               no folders: photos named after people
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from mien.errors import InsufficientData
from mien.names import clean_name

MINIMUM_PHOTOS = 2
"""Of each person: one to learn from, one to see whether it was learned."""


class Part(StrEnum):
    """What a photo is used for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo and who is on it.

    Attributes:
        path: where it can be opened.
        place: its path below the data folder, with ``/``: what orders photos and names them in
            messages, the same wherever the folder lies.
        name: the person's, as ``mien.gallery.clean_name`` gives it.
        part: its side of the split, once there is one.
        session: photos of one person with the same number were taken together, so that no split
            parts them; None where nothing ties it to another photo.
    """

    path: Path
    place: str
    name: str
    part: Part | None = None
    session: int | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """What lay in the folder and is not used, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled photos, ordered by their places.

    Attributes:
        photos: no two have the same place.
        ignored: what else lay in the folder.
        notes: what was decided on the way, in words for the user.

    Raises:
        InvalidName: a name that nobody can have.
    """

    photos: tuple[LabelledPhoto, ...]
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.names:
            clean_name(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The people in alphabetical order: the classes, class 0 first."""
        return tuple(sorted({photo.name for photo in self.photos}))

    @property
    def is_split(self) -> bool:
        """Whether every photo stands on a side."""
        return all(photo.part is not None for photo in self.photos)

    def count(self, part: Part | None = None) -> Counter[str]:
        """Photos of each person, all or those of a part; people without one count 0."""
        counted = Counter(dict.fromkeys(self.names, 0))
        counted.update(photo.name for photo in self.photos if part in (None, photo.part))
        return counted

    def keep(self, wanted: Callable[[LabelledPhoto], bool], *notes: str) -> Dataset:
        """The same without the photos that are not wanted."""
        photos = tuple(photo for photo in self.photos if wanted(photo))
        return replace(self, photos=photos, notes=self.notes + notes)

    def with_photos(self, photos: Iterable[LabelledPhoto], *notes: str) -> Dataset:
        """The same with these photos, put in order."""
        ordered = tuple(sorted(photos, key=lambda photo: photo.place))
        return replace(self, photos=ordered, notes=self.notes + notes)


def check_people(dataset: Dataset, cause: str = "") -> None:
    """Refuse what nothing can be learned from.

    Args:
        dataset: split or not.
        cause: why photos are missing, if some are; goes into the message.

    Raises:
        InsufficientData: fewer than two people, or somebody with fewer than ``MINIMUM_PHOTOS``
            photos, or with none to learn from; the message names them.
    """
    behind = f" {cause}" if cause else ""
    counts = dataset.count()
    if len(counts) < 2:
        who = f"one only, {next(iter(counts))!r}" if counts else "none"
        raise InsufficientData(
            f"data: expected photos of at least two people, got {who}{behind}; "
            "add a folder of photos for each person"
        )
    few = {name: count for name, count in sorted(counts.items()) if count < MINIMUM_PHOTOS}
    if few:
        raise InsufficientData(
            f"data: expected at least {MINIMUM_PHOTOS} photos of each person, got "
            f"{listed(f'{count} of {name!r}' for name, count in few.items())}{behind}; "
            "add photos, or remove the folder"
        )
    if dataset.is_split:
        unlearned = [name for name, count in dataset.count(Part.TRAIN).items() if not count]
        if unlearned:
            raise InsufficientData(
                f"data: expected photos to learn from of each person, got none in train of "
                f"{listed(map(repr, sorted(unlearned)))}{behind}; add photos to train"
            )


def listed(items: Iterable[str], most: int = 5) -> str:
    """Items for a message: the first few, and how many more there are."""
    every = list(items)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most:,} more"

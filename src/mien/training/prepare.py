"""From a folder to what a network learns from, on one page.

read -> same files -> faces -> near duplicates -> sessions -> split. Faces are cut before the
split, so that shares are shares of what can be used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.alignment import find_template
from mien.checks import check_count
from mien.errors import InvalidOption
from mien.images import DEFAULT_LIMITS, Limits
from mien.images.reading import shown
from mien.models.machine import core_count
from mien.pipeline import FaceFinder
from mien.records import ImageArray
from mien.training.crop_cache import CropCache
from mien.training.crops import Crops, Refusal, cut_faces, read_crops
from mien.training.dataset import Dataset, Ignored, LabelledPhoto, Part, check_people
from mien.training.duplicates import drop_duplicates, drop_same_files, find_near_duplicates
from mien.training.reading import read_dataset
from mien.training.sessions import group_sessions
from mien.training.splits import Shares, split

Step = Callable[[str, int, int], None]
"""Told what is being done, how many photos of it are done, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """How a folder becomes crops.

    Attributes:
        template, side: the crop's view and its side in pixels.
        detect: whether faces are to be found; if not, the photos are taken for ready crops.
        shares: of photos that are held out, where mien splits.
        seed: of the split.
        divide: splits in place of shares and seed, where something else than each person's photos
            is to be split.
        sessions: whether EXIF's times keep photos together.
        reading: what ready crops must keep; photos must keep the finder's.
        cache: a folder where crops are kept from run to run, if wanted.
        exclude: patterns of what is passed over; see `mien.images.FolderWalk`.
    """

    template: str = "arcface-112"
    side: int = 112
    detect: bool = True
    shares: Shares = field(default_factory=Shares)
    seed: int = 0
    divide: Callable[[Dataset], Dataset] | None = None
    sessions: bool = True
    reading: Limits = DEFAULT_LIMITS
    cache: Path | None = None
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_count(self.side, "side", low=16, high=4096)
        find_template(self.template, self.side)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedData:
    """What a network learns from: N crops with their labels and parts.

    Attributes:
        pixels: ``(N, S, S, 3) uint8``, RGB, upright.
        labels: ``(N,) int64``, indices into ``names``.
        names: the people, in alphabetical order.
        photos: where each row comes from: path, place, part, session.
        refused: photos that could not be used, and why.
        ignored: what else lay in the folder.
        notes: what was decided on the way, in words for the user.
    """

    pixels: ImageArray
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    photos: tuple[LabelledPhoto, ...]
    refused: tuple[Refusal, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()

    def rows_of(self, part: Part) -> NDArray[np.int64]:
        """The rows of a part, rising."""
        return np.array(
            [row for row, photo in enumerate(self.photos) if photo.part is part], dtype=np.int64
        )


def prepare(
    data: Path,
    options: DataOptions | None = None,
    finder: FaceFinder | None = None,
    step: Step | None = None,
) -> PreparedData:
    """Read, check, cut and split a folder of labelled photos.

    Args:
        data: the folder; see `mien.training.dataset`.
        options: how.
        finder: finds the faces; not needed for ready crops.
        step: hears how far it is.

    Raises:
        InputError: the folder is not sound; see ``docs/training-data.md`` for each case.
        OutputUnwritable: the cache of crops cannot be written.
    """
    options = options or DataOptions()
    dataset = drop_same_files(read_dataset(data, options.exclude))
    crops = _crops(dataset, options, finder, step)
    usable = {photo.place for photo in crops.photos}
    check_people(dataset.keep(lambda photo: photo.place in usable), _cause(crops))
    workers = core_count() if finder is None else finder.workers
    pairs = find_near_duplicates(crops, workers)
    crops = group_sessions(drop_duplicates(crops, pairs), pairs, times=options.sessions)
    check_people(dataset.with_photos(crops.photos), "once copies are left out")
    usable_photos = dataset.with_photos(crops.photos, *crops.notes)
    if options.divide is not None:
        done = options.divide(usable_photos)
    else:
        done = split(usable_photos, options.shares, options.seed)
    return _prepared(crops, done)


def _crops(
    dataset: Dataset, options: DataOptions, finder: FaceFinder | None, step: Step | None
) -> Crops:
    photos = dataset.photos
    done = 0

    def progress() -> None:
        nonlocal done
        done += 1
        if step is not None:
            step("cutting faces" if options.detect else "reading crops", done, len(photos))

    if not options.detect:
        return read_crops(
            photos,
            options.side,
            workers=core_count(),
            reading=options.reading,
            progress=progress,
        )
    if finder is None:
        raise InvalidOption("finder: expected one, got None; or say that photos are ready crops")
    template = find_template(options.template, options.side)
    cache = None if options.cache is None else CropCache.at(options.cache, finder, template)
    return cut_faces(photos, finder, template, cache=cache, progress=progress)


def _cause(crops: Crops) -> str:
    """Why photos are missing, for the message that too few are left."""
    if not crops.refused:
        return ""
    first = crops.refused[0]
    return (
        f"after {len(crops.refused):,} that could not be used "
        f"(the first: {shown(first.photo.place)}: {first.error})"
    )


def _prepared(crops: Crops, done: Dataset) -> PreparedData:
    parts = {photo.place: photo.part for photo in done.photos}
    photos = tuple(replace(photo, part=parts[photo.place]) for photo in crops.photos)
    number = {name: index for index, name in enumerate(done.names)}
    labels = np.array([number[photo.name] for photo in photos], dtype=np.int64)
    return PreparedData(
        crops.pixels, labels, done.names, photos, crops.refused, done.ignored, done.notes
    )

"""The same photo twice: under two names an error, on two sides of a split a lie, else kept once.

Files with the same bytes are found before any photo is opened. Copies that were made smaller,
cut, brightened or saved anew are found once the faces are cut out, both by the whole photo and by
the face: two framings of one photo share little more than the face.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.encodings import file_digest
from mien.errors import InvalidDataset
from mien.images.reading import shown
from mien.training.crops import Crops
from mien.training.dataset import Dataset, Ignored, LabelledPhoto, Part, listed
from mien.training.likeness import COARSE_MINIMUM, find_likenesses
from mien.training.whole_photos import thumbnail_of

OF_ONE_PERSON: Final = 0.55
OF_TWO_PEOPLE: Final = 0.7
"""From which correlation on two photos count as one; ``docs/training-data.md`` says why. Photos of
one person are only kept together by it, so there it may be lower than where it is an error."""

COARSE_OF_FACES: Final = 0.9
"""All aligned faces are roughly alike; copies are much more so."""

MOST_COMPARED: Final = 10_000
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two photos that are one, or nearly.

    Attributes:
        first, second: the photos, in the order of their places.
        correlation: of their fine structure; see `mien.training.likeness`.
        same: whether their pixels are equal to the last bit.
    """

    first: LabelledPhoto
    second: LabelledPhoto
    correlation: float
    same: bool = False


def drop_same_files(dataset: Dataset) -> Dataset:
    """Keep one of several files with the same bytes.

    Files that cannot be read are left for whoever opens them.

    Raises:
        InvalidDataset: they are of two people, or on two sides of a split; the message names them.
    """
    groups: dict[bytes, list[LabelledPhoto]] = defaultdict(list)
    for photo in dataset.photos:
        digest = file_digest(photo.path)
        groups[digest or photo.place.encode()].append(photo)
    twins = [group for group in groups.values() if len(group) > 1]
    _refuse_two_names([group for group in twins if len({photo.name for photo in group}) > 1])
    _refuse_two_sides([group for group in twins if len({photo.part for photo in group}) > 1])
    extra = {photo.place: group[0].place for group in twins for photo in group[1:]}
    if not extra:
        return dataset
    ignored = [Ignored(place, f"the same file as {shown(first)}") for place, first in extra.items()]
    kept = dataset.keep(
        lambda photo: photo.place not in extra,
        f"photos there twice, byte for byte, and used once: {len(extra):,}",
    )
    return replace(kept, ignored=kept.ignored + tuple(ignored))


def find_near_duplicates(crops: Crops, workers: int = 2) -> tuple[NearDuplicate, ...]:
    """All pairs of photos that are one, by their pixels, as a whole, or by their face.

    Of more than ``MOST_COMPARED`` photos only those of one person are compared with each other,
    but for equal pixels: time grows with the square of the number.

    Args:
        crops: of usable photos.
        workers: threads.
    """
    found = dict.fromkeys(_same_pixels(crops.digests), 1.0)
    faces = np.array([thumbnail_of(crop) for crop in crops.pixels], dtype=np.uint8)
    for rows in _compared(crops.photos):
        for pictures, coarse in ((crops.thumbnails, COARSE_MINIMUM), (faces, COARSE_OF_FACES)):
            likenesses = find_likenesses(
                pictures[rows], OF_ONE_PERSON, coarse=coarse, workers=workers
            )
            for one in likenesses:
                pair = (int(rows[one.first]), int(rows[one.second]))
                found[pair] = max(one.correlation, found.get(pair, -1.0))
    pairs = [
        NearDuplicate(
            crops.photos[first],
            crops.photos[second],
            correlation,
            crops.digests[first] == crops.digests[second],
        )
        for (first, second), correlation in sorted(found.items())
    ]
    return tuple(one for one in pairs if _one_person(one) or one.correlation >= OF_TWO_PEOPLE)


def _compared(photos: Sequence[LabelledPhoto]) -> list[NDArray[np.int64]]:
    """Rows, rising, that are compared with each other."""
    if len(photos) <= MOST_COMPARED:
        return [np.arange(len(photos))]
    rows: dict[str, list[int]] = defaultdict(list)
    for row, photo in enumerate(photos):
        rows[photo.name].append(row)
    return [np.array(own, dtype=np.int64) for own in rows.values()]


def drop_duplicates(crops: Crops, pairs: Sequence[NearDuplicate]) -> Crops:
    """Leave out what would be counted twice or tell the answer.

    Of photos with the same pixels the first is kept. Where a split came with the folder, a photo
    of train that nearly is one of validation or test is left out of train: what is measured on
    stays as it was.

    Raises:
        InvalidDataset: a photo under two names, or the very same on two sides of a split.
    """
    straddling = [one for one in pairs if one.first.part != one.second.part]
    _refuse_two_names([[one.first, one.second] for one in pairs if not _one_person(one)])
    _refuse_two_sides([[one.first, one.second] for one in straddling if one.same])
    twice = {one.second.place for one in pairs if one.same}
    leaking = {
        photo.place
        for one in straddling
        for photo in (one.first, one.second)
        if photo.part is Part.TRAIN
    } - twice
    notes = []
    if twice:
        notes.append(f"photos there twice, pixel for pixel, and used once: {len(twice):,}")
    if leaking:
        notes.append(
            "photos of train that nearly are photos of validation or test, and are left out: "
            f"{listed(map(shown, sorted(leaking)))}"
        )
    out = twice | leaking
    kept = crops.rows(np.array([photo.place not in out for photo in crops.photos], dtype=np.bool_))
    return replace(kept, notes=kept.notes + tuple(notes))


def _one_person(pair: NearDuplicate) -> bool:
    return pair.first.name == pair.second.name


def _same_pixels(digests: Sequence[bytes]) -> list[tuple[int, int]]:
    """Each row with the first one that has its digest."""
    first: dict[bytes, int] = {}
    for row, digest in enumerate(digests):
        first.setdefault(digest, row)
    return [(first[digest], row) for row, digest in enumerate(digests) if first[digest] != row]


def _refuse_two_names(groups: Sequence[Sequence[LabelledPhoto]]) -> None:
    if groups:
        raise InvalidDataset(
            f"data: expected each photo under one name, got {_told(groups)}; "
            "remove it where it is wrong, or cut it so that each shows one person"
        )


def _refuse_two_sides(groups: Sequence[Sequence[LabelledPhoto]]) -> None:
    if groups:
        raise InvalidDataset(
            f"data: expected each photo on one side of the split, got {_told(groups)}; "
            "remove one of each"
        )


def _told(groups: Sequence[Sequence[LabelledPhoto]]) -> str:
    pairs = (" = ".join(shown(photo.place) for photo in group) for group in groups)
    return listed(pairs, _MOST_NAMED)

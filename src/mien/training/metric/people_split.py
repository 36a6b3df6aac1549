"""Who is learned from, who chooses the epoch, and on whom the result is measured: people, not photos.

A network that is measured on people whom it learned from says only that it remembers them. So each
person stands on one side with all their photos.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mien.errors import InsufficientData
from mien.gallery import name_key
from mien.training.dataset import Dataset, LabelledPhoto, Part, listed

FEWEST_EACH = 2
"""People on a side: one alone has nobody to be taken for."""
FEWEST_PEOPLE = FEWEST_EACH * len(Part)
FEWEST_IMPOSTORS = 100
"""Pairs of held-out people: with fewer, a false accept rate of 1 % lets not a single one pass."""


@dataclass(frozen=True, slots=True)
class PeopleShares:
    """Of the people, who do not learn."""

    validation: float = 0.15
    test: float = 0.25


def split_people(dataset: Dataset, seed: int = 0, shares: PeopleShares | None = None) -> Dataset:
    """Put every person on one side.

    A folder that came split by people keeps its sides; what it lacks is drawn from train. One
    whose people stand on several sides was split by photos: that is dropped, with a note.

    Args:
        dataset: its people have at least two photos each.
        seed: another one draws other people.
        shares: of the people; they are raised where the held-out people would have too few pairs.

    Raises:
        InsufficientData: too few people or photos; the message says how many are needed.
    """
    given, notes = _given_sides(dataset)
    shares = shares or PeopleShares()
    counts = dataset.count()
    _check_people(counts)
    sides = dict(given)
    free = [name for name in dataset.names if sides.get(name, Part.TRAIN) is Part.TRAIN]
    drawn = [free[index] for index in np.random.default_rng(seed).permutation(len(free))]
    total = len(dataset.names)
    for part, share in ((Part.TEST, shares.test), (Part.VALIDATION, shares.validation)):
        if part in sides.values():
            continue
        wanted = max(FEWEST_EACH, round(share * total))
        left = 2 * FEWEST_EACH if part is Part.TEST else FEWEST_EACH
        while part is Part.TEST and wanted < len(drawn) - left:
            if impostor_pairs(counts[name] for name in drawn[:wanted]) >= FEWEST_IMPOSTORS:
                break
            wanted += 1
        sides.update(dict.fromkeys(drawn[:wanted], part))
        drawn = drawn[wanted:]
    sides.update(dict.fromkeys(drawn, Part.TRAIN))
    done = dataset.with_photos(
        (replace(photo, part=sides[photo.name]) for photo in dataset.photos), *notes
    )
    check_sides(done)
    return done


def check_sides(dataset: Dataset) -> None:
    """Whether each side has enough people, and the held-out ones enough pairs.

    Raises:
        InsufficientData: they have not; the message says how many are needed.
    """
    counts = dataset.count()
    _check_people(counts)
    people = people_of(dataset)
    for part in Part:
        if len(people[part]) < FEWEST_EACH:
            raise InsufficientData(
                f"data: expected at least {FEWEST_EACH} people in {part.value}, got "
                f"{len(people[part])}; people are split, never photos: add people to "
                f"{part.value}, or leave the split to mien"
            )
    pairs = impostor_pairs(counts[name] for name in people[Part.TEST])
    if pairs < FEWEST_IMPOSTORS:
        raise InsufficientData(
            f"data: expected at least {FEWEST_IMPOSTORS} pairs of two held-out people's photos, so "
            f"that a false accept rate of 1 % can be measured, got {pairs} of "
            f"{len(people[Part.TEST])} held-out people; with as many photos each as now "
            f"{_needed_people(counts)} people are needed in all, or more photos of these"
        )


def people_of(dataset: Dataset) -> Mapping[Part, tuple[str, ...]]:
    """The people of each side, in alphabetical order."""
    sides = {photo.name: photo.part for photo in dataset.photos}
    return {
        part: tuple(sorted(name for name, side in sides.items() if side is part)) for part in Part
    }


def impostor_pairs(counts: Iterable[int]) -> int:
    """Pairs of photos of two people, of each of whom there are so many photos."""
    sizes = list(counts)
    return (sum(sizes) ** 2 - sum(size**2 for size in sizes)) // 2


def _check_people(counts: Counter[str]) -> None:
    if len(counts) < FEWEST_PEOPLE:
        raise InsufficientData(
            f"data: expected photos of at least {FEWEST_PEOPLE} people, got {len(counts)}: "
            f"{FEWEST_EACH} to learn from, {FEWEST_EACH} to choose the epoch by and {FEWEST_EACH} "
            f"to be measured on, for people are split, never photos; add "
            f"{FEWEST_PEOPLE - len(counts)}"
        )


def _needed_people(counts: Counter[str]) -> int:
    """So that enough of them can be held out, with the mean number of photos."""
    each = max(1.0, sum(counts.values()) / len(counts))
    held = 0.5 + math.sqrt(0.25 + 2 * FEWEST_IMPOSTORS / each**2)  # h (h - 1) / 2 * each^2 = 100
    return max(math.ceil(held), FEWEST_EACH) + 2 * FEWEST_EACH


def _given_sides(dataset: Dataset) -> tuple[Mapping[str, Part], tuple[str, ...]]:
    if not dataset.is_split:
        return {}, ()
    sides: dict[str, set[Part]] = {}
    for photo in dataset.photos:
        if photo.part is not None:
            sides.setdefault(name_key(photo.name), set()).add(photo.part)
    both = [name for name in dataset.names if len(sides[name_key(name)]) > 1]
    if both:
        note = (
            "the folder is split by photos, which is not used here: people are split, and "
            f"{listed(map(repr, both))} stood on several sides"
        )
        return {}, (note,)
    return {photo.name: photo.part for photo in dataset.photos if photo.part is not None}, ()


def photos_on(dataset: Dataset, part: Part) -> tuple[LabelledPhoto, ...]:
    """The photos of a side, in order."""
    return tuple(photo for photo in dataset.photos if photo.part is part)

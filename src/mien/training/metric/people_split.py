"""Who is learned from, who chooses the epoch, who is measured on: people, not photos.

A network that is measured on people whom it learned from says only that it remembers them. So each
person stands on one side with all their photos.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mien.errors import InsufficientData
from mien.training.dataset import Dataset, Part

VALIDATION, HELD_OUT = 0.15, 0.25
"""Shares of the people who do not learn."""
FEWEST_EACH = 2
"""People on a side: one alone has nobody to be taken for."""
FEWEST_PEOPLE = FEWEST_EACH * len(Part)
FEWEST_IMPOSTORS = 100
"""Pairs of held-out people: with fewer, a false accept rate of 1 % lets not a single one pass."""


def split_people(
    dataset: Dataset, seed: int = 0, validation: int | None = None, held_out: int | None = None
) -> Dataset:
    """Put every person on one side.

    Args:
        dataset: its people have at least two photos each. A split by photos that it may have is
            dropped, with a note.
        seed: another one draws other people.
        validation, held_out: how many people; by default about a seventh and a quarter, and of
            the held-out ones as many more as enough pairs need.

    Raises:
        InsufficientData: too few people or photos; the message says how many are needed.
    """
    counts = dataset.count()
    _check_people(counts)
    order = np.random.default_rng(seed).permutation(len(dataset.names))
    drawn = [dataset.names[index] for index in order]
    first = _held_out(drawn, counts) if held_out is None else held_out
    second = max(FEWEST_EACH, round(VALIDATION * len(drawn))) if validation is None else validation
    sides = dict.fromkeys(drawn[:first], Part.TEST)
    sides.update(dict.fromkeys(drawn[first : first + second], Part.VALIDATION))
    note = "people are split, never photos: the folder's own split is not used here"
    done = dataset.with_photos(
        (replace(photo, part=sides.get(photo.name, Part.TRAIN)) for photo in dataset.photos),
        *((note,) if dataset.is_split else ()),
    )
    check_sides(done)
    return done


def _held_out(drawn: Sequence[str], counts: Counter[str]) -> int:
    """How many of the people to hold out: their pairs must say something."""
    wanted = max(FEWEST_EACH, round(HELD_OUT * len(drawn)))
    while wanted < len(drawn) - 2 * FEWEST_EACH:
        if impostor_pairs(counts[name] for name in drawn[:wanted]) >= FEWEST_IMPOSTORS:
            break
        wanted += 1
    return wanted


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
                f"{len(people[part])}; people are split, never photos: add people, or "
                "hold fewer out"
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

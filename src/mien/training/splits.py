"""Which photos to learn from, to choose by, and to be measured on.

Every person is split alike (stratified), and photos of one session stay together: a network that
saw the neighbouring frame of a burst has seen the answer. Drawing depends on the seed, the names
and the places of the photos, not on the order in which a disk lists them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData, InvalidOption
from mien.training.dataset import Dataset, LabelledPhoto, Part, check_people, listed

MINIMUM_SESSIONS_FOR_TEST = 4
"""Whoever has fewer is learned from and validated on, and not tested: two to learn from first."""

_Session = list[LabelledPhoto]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Shares:
    """How many of each person's photos are held out, as shares of all.

    Attributes:
        validation: to stop and to choose by.
        test: to be measured on, once.
    """

    validation: float = 0.2
    test: float = 0.2

    def __post_init__(self) -> None:
        check_fraction(self.validation, "validation", high=0.9)
        check_fraction(self.test, "test", high=0.9)
        if self.validation + self.test > 0.9:
            raise InvalidOption(
                "validation and test: expected at most 0.9 together, got "
                f"{self.validation + self.test:g}; leave photos to learn from"
            )


def split(dataset: Dataset, shares: Shares | None = None, seed: int = 0) -> Dataset:
    """Put every photo on one side.

    A folder that came split stays as it is; only where it has no validation, that is drawn from
    its train. Each person has at least one session in train, one in validation where they have
    two, one in test where they have four; counts beyond that follow the shares as nearly as whole
    sessions allow.

    Args:
        dataset: with sessions, where they are known.
        shares: of what is held out.
        seed: another one draws another split.

    Raises:
        InsufficientData: fewer than two people or too few photos of one; or nobody can be
            validated on though it was asked for.
    """
    shares = shares or Shares()
    check_count(seed, "seed", low=0, high=2**32)
    check_people(dataset)
    given = dataset.is_split
    if given and any(photo.part is Part.VALIDATION for photo in dataset.photos):
        return dataset
    wanted = replace(shares, test=0.0) if given else shares
    placed = [photo for photo in dataset.photos if photo.part is Part.TEST]
    free = dataset.keep(lambda photo: photo.part is not Part.TEST)
    for name, sessions in _sessions(free).items():
        placed += _split_person(sessions, wanted, _generator(seed, name))
    done = dataset.with_photos(placed)
    return replace(done, notes=done.notes + _notes(done, wanted))


def folds(
    dataset: Dataset, k: int = 5, seed: int = 0, validation: float = 0.0
) -> tuple[Dataset, ...]:
    """K splits for cross-validation: each photo is in ``test`` of exactly one of them.

    Args:
        dataset: parts that it has are dropped.
        k: how many.
        seed: another one draws other folds.
        validation: share of each person's other photos that is held out to choose by.

    Raises:
        InsufficientData: somebody whose photos are all of one session: while they are tested
            there is nothing to learn from.
    """
    check_count(k, "folds", low=2, high=1_000)
    check_count(seed, "seed", low=0, high=2**32)
    shares = Shares(validation, 0.0)
    check_people(dataset)
    people = _sessions(dataset)
    single = [name for name, sessions in people.items() if len(sessions) < 2]
    if single:
        raise InsufficientData(
            "folds: expected photos of two sessions at least of each person, got one of "
            f"{listed(map(repr, single))}; add photos of another day, or leave sessions out"
        )
    fold_of: dict[str, int] = {}
    totals = [0] * k
    for name, sessions in people.items():
        own = [0] * k
        drawn = _shuffled(sessions, _generator(seed, name))
        for session in sorted(drawn, key=len, reverse=True):
            fold = min(range(k), key=lambda one: (own[one], totals[one], one))
            own[fold] += len(session)
            totals[fold] += len(session)
            fold_of.update((photo.place, fold) for photo in session)
    return tuple(_fold(dataset, fold_of, fold, shares, seed) for fold in range(k))


def _fold(
    dataset: Dataset, fold_of: dict[str, int], fold: int, shares: Shares, seed: int
) -> Dataset:
    placed = [replace(p, part=Part.TEST) for p in dataset.photos if fold_of[p.place] == fold]
    others = dataset.keep(lambda photo: fold_of[photo.place] != fold)
    for name, sessions in _sessions(others).items():
        placed += _split_person(sessions, shares, _generator(seed, name))
    return dataset.with_photos(placed)


def _split_person(
    sessions: list[_Session], shares: Shares, generator: np.random.Generator
) -> list[LabelledPhoto]:
    """One person's photos with their parts."""
    total = sum(map(len, sessions))
    left = _shuffled(sessions, generator)
    placed = []
    for part, share, least in (
        (Part.VALIDATION, shares.validation, 2),
        (Part.TEST, shares.test, MINIMUM_SESSIONS_FOR_TEST),
    ):
        if share and len(sessions) >= least and len(left) > 1:
            taken = _take(left, round(share * total))
            left = [one for one in left if one not in taken]
            placed += [replace(photo, part=part) for one in taken for photo in one]
    return placed + [replace(photo, part=Part.TRAIN) for one in left for photo in one]


def _take(sessions: list[_Session], photos: int) -> list[_Session]:
    """Sessions with about as many photos as wanted, at least one, never all."""
    taken: list[_Session] = []
    room = photos
    for session in sessions:
        if len(session) <= room and len(taken) < len(sessions) - 1:
            taken.append(session)
            room -= len(session)
    return taken or [min(sessions, key=len)]


def _sessions(dataset: Dataset) -> dict[str, list[_Session]]:
    """Each person's photos as groups that stay together, in a fixed order."""
    people: dict[str, dict[int | str, _Session]] = {name: {} for name in dataset.names}
    for photo in dataset.photos:
        key = photo.place if photo.session is None else photo.session
        people[photo.name].setdefault(key, []).append(photo)
    return {name: list(sessions.values()) for name, sessions in people.items()}


def _generator(seed: int, name: str) -> np.random.Generator:
    """Each person has one of their own: others who come or go change nothing."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def _shuffled(items: list[_Item], generator: np.random.Generator) -> list[_Item]:
    return [items[index] for index in generator.permutation(len(items))]


def _notes(dataset: Dataset, shares: Shares) -> tuple[str, ...]:
    """Who could not be split as asked.

    Raises:
        InsufficientData: nobody could be validated on.
    """
    notes = []
    for part, share in ((Part.VALIDATION, shares.validation), (Part.TEST, shares.test)):
        without = [name for name, count in dataset.count(part).items() if not count]
        if not share or not without:
            continue
        if part is Part.VALIDATION and len(without) == len(dataset.names):
            raise InsufficientData(
                "split: expected photos of two sessions of somebody at least, got one session of "
                "each person, so that nothing can be held out; add photos of another day, give "
                "DATA/train and DATA/validation yourself, or leave sessions out"
            )
        notes.append(f"too few photos for {part}: {listed(map(repr, sorted(without)))}")
    return tuple(notes)

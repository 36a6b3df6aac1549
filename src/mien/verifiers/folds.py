"""Pairs in folds that share no person: what is learned on some people is tested on others.

A pair belongs to one fold, so both its people do: where folds are dealt here, an impostor pair
of people of two folds is left out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mien.errors import InsufficientData
from mien.evaluation import Pair, subjects_of
from mien.evaluation.subjects import Subjects

FEWEST_FOLDS = 3
"""One is tested on, and of the others one at least tests what the rest gives."""
MOST_FOLDS = 10
PEOPLE_A_FOLD = 4
MOST_GENUINE_OF_ONE = 200
MOST_GENUINE = 10_000
MOST_IMPOSTOR = 40_000


@dataclass(frozen=True, slots=True)
class PairList:
    """Labelled pairs in three folds at least.

    Attributes:
        pairs: with their folds.
        subjects: the two people of each; None where the paths do not say.
        left_out: impostor pairs of people of two folds.
        notes: what the reader must know of the folds.
    """

    pairs: tuple[Pair, ...]
    subjects: Subjects | None
    left_out: int = 0
    notes: tuple[str, ...] = ()


def pairs_of_list(pairs: Sequence[Pair], seed: int = 0) -> PairList:
    """A list in its own folds; one without folds is dealt into three, by people.

    Raises:
        InsufficientData: two folds only, or none and people who are not known or too few.
    """
    subjects = subjects_of(pairs)
    folds = {pair.fold for pair in pairs}
    if len(folds) >= FEWEST_FOLDS:
        return PairList(tuple(pairs), subjects, 0, _notes(pairs, subjects))
    if len(folds) > 1 or subjects is None:
        got = f"{len(folds)} folds" if len(folds) > 1 else "none, and paths that name no people"
        raise InsufficientData(
            f"verifier: expected a list of {FEWEST_FOLDS} folds at least, got {got}; number "
            "the folds so that nobody is in two of them, or put each person's photos into a "
            "folder of their own"
        )
    counts = Counter(name for names in subjects for name in names)
    fold_of = deal(counts, FEWEST_FOLDS, seed)
    kept = [
        (replace(pair, fold=fold_of[a]), (a, b))
        for pair, (a, b) in zip(pairs, subjects, strict=True)
        if fold_of[a] == fold_of[b]
    ]
    return PairList(
        tuple(pair for pair, _ in kept),
        tuple(names for _, names in kept),
        len(pairs) - len(kept),
        (f"the list has no folds: its people were dealt into {FEWEST_FOLDS}",),
    )


def pairs_of_people(photos: Sequence[tuple[str, str]], seed: int = 0) -> PairList:
    """Pairs of labelled photos, people dealt into folds; of very many pairs a part, at random.

    Args:
        photos: names of people, and their photos' paths.
        seed: of the dealing and of the part.

    Raises:
        InsufficientData: too few people for three folds.
    """
    generator = np.random.default_rng(seed)
    counts = Counter(name for name, _ in photos)
    folds = min(MOST_FOLDS, max(FEWEST_FOLDS, len(counts) // PEOPLE_A_FOLD))
    fold_of = deal(counts, folds, seed)
    pairs: list[Pair] = []
    subjects: list[tuple[str, str]] = []
    for fold in range(1, folds + 1):
        own = [(name, path) for name, path in photos if fold_of[name] == fold]
        for same in (True, False):
            for a, b in _drawn(own, same, folds, generator):
                pairs.append(Pair(fold, same, own[a][1], own[b][1]))
                subjects.append((own[a][0], own[b][0]))
    return PairList(tuple(pairs), tuple(subjects))


def deal(photos: Mapping[str, int], folds: int, seed: int) -> dict[str, int]:
    """The fold of each person, 1 to ``folds``: as many people each, about as many photos.

    Raises:
        InsufficientData: fewer than two people a fold.
    """
    if len(photos) < 2 * folds:
        raise InsufficientData(
            f"verifier: expected photos of {2 * folds} people at least, two for each of {folds} "
            f"folds, got {len(photos)}; add people, with two photos or more each"
        )
    names = sorted(photos)
    shuffled = [names[place] for place in np.random.default_rng(seed).permutation(len(names))]
    order = sorted(shuffled, key=lambda name: -photos[name])  # stable
    # Dealt as 1 2 3 3 2 1 1 2 3 ...: whoever got much first gets little next.
    turn = [*range(1, folds + 1), *range(folds, 0, -1)]
    return {name: turn[place % len(turn)] for place, name in enumerate(order)}


def _drawn(
    photos: Sequence[tuple[str, str]], same: bool, folds: int, generator: np.random.Generator
) -> list[tuple[int, int]]:
    """Pairs of places in ``photos``, of one person or of two; all, or a share of the most."""
    people = [name for name, _ in photos]
    codes = np.unique(people, return_inverse=True)[1]
    if same:
        pairs = [
            pair
            for code in range(int(codes.max()) + 1)
            for pair in _part_of_pairs(np.flatnonzero(codes == code), generator)
        ]
        most = MOST_GENUINE // folds
        if len(pairs) <= most:
            return pairs
        return [pairs[place] for place in sorted(generator.choice(len(pairs), most, replace=False))]
    most = MOST_IMPOSTOR // folds
    total = len(photos) * (len(photos) - 1) // 2
    if total <= 20 * most:
        a, b = np.triu_indices(len(photos), 1)
    else:  # too many to list: draw, and let go of what was drawn twice
        a, b = np.sort(generator.integers(len(photos), size=(2, 3 * most)), axis=0)
        a, b = np.unique(np.stack([a[a != b], b[a != b]]), axis=1)
    other = np.flatnonzero(codes[a] != codes[b])
    if len(other) > most:
        other = np.sort(generator.choice(other, most, replace=False))
    return list(zip(a[other].tolist(), b[other].tolist(), strict=True))


def _part_of_pairs(
    places: np.ndarray[tuple[int], np.dtype[np.intp]], generator: np.random.Generator
) -> list[tuple[int, int]]:
    """All pairs of one person's photos, or ``MOST_GENUINE_OF_ONE`` of them."""
    # Of n photos n (n - 1) / 2 pairs: no more photos than could be needed.
    enough = math.isqrt(40 * MOST_GENUINE_OF_ONE)
    if len(places) > enough:
        places = np.sort(generator.choice(places, enough, replace=False))
    a, b = np.triu_indices(len(places), 1)
    if len(a) > MOST_GENUINE_OF_ONE:
        chosen = np.sort(generator.choice(len(a), MOST_GENUINE_OF_ONE, replace=False))
        a, b = a[chosen], b[chosen]
    return list(zip(places[a].tolist(), places[b].tolist(), strict=True))


def _notes(pairs: Sequence[Pair], subjects: Subjects | None) -> tuple[str, ...]:
    if subjects is None:
        return (
            "the paths do not name people: whether somebody is in two folds cannot be seen; "
            "if so, these numbers flatter",
        )
    folds: dict[str, set[int]] = {}
    for pair, names in zip(pairs, subjects, strict=True):
        for name in names:
            folds.setdefault(name, set()).add(pair.fold)
    several = sum(len(one) > 1 for one in folds.values())
    if not several:
        return ()
    return (f"{several:,} people are in several folds of the list: these numbers flatter",)

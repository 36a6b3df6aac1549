"""Photos that were taken together, so that no split parts them.

Two photos of one person belong together if they are nearly the same (`find_near_duplicates`), or
if the camera took them within a few hours of each other. Numbers in file names are not believed:
they count photos, not days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from mien.training.crops import Crops
from mien.training.dataset import LabelledPhoto
from mien.training.duplicates import NearDuplicate

GAP: Final = timedelta(hours=6)
"""A pause longer than this begins a new session: another meal, other light, often other clothes."""


def group_sessions(crops: Crops, pairs: Sequence[NearDuplicate], *, times: bool = True) -> Crops:
    """Number the sessions of the photos; a photo that nothing ties to another gets none.

    Args:
        crops: their photos and when they were taken.
        pairs: near duplicates; those of photos that are not there any more are passed over.
        times: whether what EXIF says counts.
    """
    groups = _Groups(photo.place for photo in crops.photos)
    for pair in pairs:
        groups.join(pair.first.place, pair.second.place)
    if times:
        for first, second in _taken_together(crops.photos, crops.taken):
            groups.join(first.place, second.place)
    photos = tuple(replace(photo, session=groups.number(photo.place)) for photo in crops.photos)
    return replace(crops, photos=photos, notes=crops.notes + _note(photos))


def _taken_together(
    photos: Sequence[LabelledPhoto], taken: Sequence[datetime | None]
) -> Iterable[tuple[LabelledPhoto, LabelledPhoto]]:
    """Each photo with the next one of its person, if that came soon."""
    people: dict[str, list[tuple[datetime, str, LabelledPhoto]]] = defaultdict(list)
    for photo, time in zip(photos, taken, strict=True):
        if time is not None:
            people[photo.name].append((time, photo.place, photo))
    for timed in people.values():
        for (before, _, first), (after, _, second) in pairwise(sorted(timed)):
            if after - before <= GAP:
                yield first, second


def _note(photos: Sequence[LabelledPhoto]) -> tuple[str, ...]:
    tied = [photo.session for photo in photos if photo.session is not None]
    if not tied:
        return ()
    return (
        f"sessions of several photos, which no split parts: {len(set(tied)):,} "
        f"with {len(tied):,} photos",
    )


class _Groups:
    """Disjoint sets by their first members."""

    def __init__(self, members: Iterable[str]) -> None:
        self._above = {member: member for member in members}
        self._numbers: dict[str, int] = {}

    def join(self, one: str, other: str) -> None:
        if one in self._above and other in self._above:
            first, second = sorted((self._root(one), self._root(other)))
            self._above[second] = first

    def number(self, member: str) -> int | None:
        """Of the set, counted from 0 as they are asked for; None for a set of one."""
        if not self._numbers:
            sizes: dict[str, int] = defaultdict(int)
            for one in self._above:
                sizes[self._root(one)] += 1
            several = [root for root, size in sizes.items() if size > 1]
            self._numbers = {root: number for number, root in enumerate(several)}
        return self._numbers.get(self._root(member))

    def _root(self, member: str) -> str:
        while self._above[member] != member:
            self._above[member] = self._above[self._above[member]]
            member = self._above[member]
        return member

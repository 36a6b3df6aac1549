"""The pairs worth a look: the strangers who are most alike, and one person's photos that are least.

A wrong label shows here first: it makes a false match of a genuine pair.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np

from mien.evaluation.labelled import LabelledSet
from mien.evaluation.pair_blocks import pair_blocks

Found = tuple[int, int, float]
"""Positions of two photos, the first before the second, and their similarity."""


def most_alike_strangers(data: LabelledSet, count: int = 5) -> list[Found]:
    """The impostor pairs with the highest similarities, the highest first."""
    return heapq.nlargest(count, _extremes(data, count, same=False), key=lambda one: one[2])


def least_alike_photos(data: LabelledSet, count: int = 5) -> list[Found]:
    """The genuine pairs with the lowest similarities, the lowest first."""
    return heapq.nsmallest(count, _extremes(data, count, same=True), key=lambda one: one[2])


def _extremes(data: LabelledSet, count: int, *, same: bool) -> Iterator[Found]:
    """The most extreme pairs of each block of rows."""
    sign = -1.0 if same else 1.0
    for block in pair_blocks(data):
        kind = block.genuine if same else block.impostor
        scores = np.where(kind, sign * block.similarities, -np.inf).ravel()
        best = np.argpartition(scores, -min(count, len(scores)))[-count:]
        for place in best[np.isfinite(scores[best])]:
            row, column = divmod(int(place), kind.shape[1])
            yield block.start + row, block.start + column, float(sign * scores[place])

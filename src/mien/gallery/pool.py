"""What follows from a gallery's templates, computed once for each state of them."""

from __future__ import annotations

import numpy as np

from mien.gallery.index import Index
from mien.records import FloatArray


class Pool:
    """One template a person, and how near strangers come to them; made anew with the index.

    Threads may share it: at worst two compute the same.
    """

    def __init__(self) -> None:
        self._people: tuple[Index, Index] | None = None
        self._reached: tuple[Index, FloatArray, FloatArray] | None = None

    def people(self, index: Index) -> Index:
        """See ``Index.pooled``."""
        kept = self._people
        if kept is None or kept[0] is not index:
            kept = self._people = index, index.pooled()
        return kept[1]

    def reached(self, people: Index, strangers: FloatArray) -> FloatArray:
        """Similarity of each stranger, ``(S, D)``, to the most similar of some people: ``(S,)``."""
        kept = self._reached
        if kept is None or kept[0] is not people or kept[1] is not strangers:
            best = np.max(people.scores(strangers), axis=1, initial=-1.0)
            kept = self._reached = people, strangers, best
        return kept[2]

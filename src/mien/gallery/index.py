"""All vectors in memory, and the exact search over them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.records import Candidate, EmbeddingSpace, FloatArray

# Similarities in one block: 4 million float32 are 16 MB.
_BLOCK = 4 << 20
_EXACT_ROWS = 8192
# Equal to this many decimals is a tie: the rounding of float32 is not evidence.
_DECIMALS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A state of the gallery, never changed once made.

    Attributes:
        space: of all vectors; None while there are none.
        names: ``P`` people, sorted.
        starts: ``(P,) int64``, the first row of each person.
        matrix: ``(T, D) float32``, unit vectors, sorted by person, read-only.
    """

    space: EmbeddingSpace | None
    names: tuple[str, ...]
    starts: NDArray[np.int64]
    matrix: FloatArray

    @staticmethod
    def build(
        space: EmbeddingSpace | None,
        names: Sequence[str],
        owners: NDArray[np.int64],
        matrix: FloatArray,
    ) -> Index:
        """An index of rows in any order; ``owners[i]`` says whose row ``i`` is, ``0..P-1``."""
        order = sorted(range(len(names)), key=names.__getitem__)
        rank = np.empty(len(names), dtype=np.int64)
        rank[order] = np.arange(len(names))
        owners = rank[owners]
        if (owners[1:] < owners[:-1]).any():
            rows = np.argsort(owners, kind="stable")
            owners, matrix = owners[rows], matrix[rows]
        return Index._of(space, tuple(names[index] for index in order), owners, matrix)

    @staticmethod
    def _of(
        space: EmbeddingSpace | None,
        names: tuple[str, ...],
        owners: NDArray[np.int64],
        matrix: FloatArray,
    ) -> Index:
        matrix.setflags(write=False)
        return Index(space, names, np.searchsorted(owners, np.arange(len(names))), matrix)

    def counts(self) -> tuple[int, ...]:
        """The number of templates of each person."""
        return tuple(np.diff(self.starts, append=len(self.matrix)).tolist())

    def pooled(self) -> Index:
        """One row a person: the direction of the mean of their templates.

        The mean keeps what the photos have in common. The best of many photos would be more like
        any stranger the more of them there are: ``docs/matching.md`` has the numbers.
        """
        if len(self.matrix) == len(self.names):
            return self
        sums = np.add.reduceat(self.matrix, self.starts, axis=0, dtype=np.float64)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        cancelled = lengths < 1e-3  # photos that cancel out say nothing
        means = np.where(cancelled, 0.0, sums / np.where(cancelled, 1.0, lengths))
        means = means.astype(np.float32)
        return Index._of(self.space, self.names, np.arange(len(means)), means)

    def _place(self, name: str) -> int | None:
        place = bisect_left(self.names, name)
        return place if place < len(self.names) and self.names[place] == name else None

    @property
    def owners(self) -> NDArray[np.int64]:
        """``(T,) int64``: the person of each row."""
        counts = np.diff(self.starts, append=len(self.matrix))
        return np.repeat(np.arange(len(self.names)), counts)

    def with_rows(
        self, space: EmbeddingSpace | None, owner_names: Sequence[str], matrix: FloatArray
    ) -> Index:
        """This index and some more rows; ``owner_names[i]`` says whose row ``i`` is."""
        if not len(self.matrix):
            known = sorted(set(owner_names))
            place = {name: index for index, name in enumerate(known)}
            owners = np.array([place[name] for name in owner_names], dtype=np.int64)
            return Index.build(space, known, owners, matrix)
        unknown = sorted(name for name in set(owner_names) if self._place(name) is None)
        places = [bisect_left(self.names, name) for name in unknown]
        names = tuple(sorted((*self.names, *unknown))) if unknown else self.names
        owners = self.owners
        # Everybody moves up by the number of newcomers that sort before them.
        old = owners + np.searchsorted(places, owners, side="right")
        new = np.array([bisect_left(names, name) for name in owner_names], dtype=np.int64)
        order = np.argsort(new, kind="stable")
        positions = np.searchsorted(old, new[order], side="right")
        return Index._of(
            space,
            names,
            np.insert(old, positions, new[order]),
            np.insert(self.matrix, positions, matrix[order], axis=0),
        )

    def scores(self, probes: FloatArray) -> FloatArray:
        """``(N, P) float32``: each probe's similarity to each person, the best of their templates.

        ``probes`` is ``(N, D) float32``, unit vectors.
        """
        scores = np.empty((len(probes), len(self.names)), dtype=np.float32)
        for rows, similarities in self._blocks(probes):
            np.maximum.reduceat(similarities, self.starts, axis=1, out=scores[rows])
        return np.clip(scores, -1.0, 1.0, out=scores)

    def search(self, probes: FloatArray, top_k: int) -> list[list[Candidate]]:
        """The ``top_k`` most similar people for each probe; ties by name.

        The matrix product in float32 only selects: equal vectors can differ there in the
        last bit, by their place in the matrix. Whoever can be among the ``top_k`` is
        computed again in float64, so the answer does not depend on the batch, the order
        of enrolment or the processor.
        """
        answers: list[list[Candidate]] = []
        if not self.names:
            return [[] for _ in probes]
        for rows, similarities in self._blocks(probes):
            best = np.maximum.reduceat(similarities, self.starts, axis=1)
            for probe, of_rows, of_people in zip(probes[rows], similarities, best, strict=True):
                answers.append(self._top(probe, of_rows, of_people, top_k))
        return answers

    def _blocks(self, probes: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
        if not self.names:
            return
        size = max(1, _BLOCK // len(self.matrix))
        for start in range(0, len(probes), size):
            rows = slice(start, start + size)
            yield rows, probes[rows] @ self.matrix.T

    def _top(
        self, probe: FloatArray, of_rows: FloatArray, of_people: FloatArray, top_k: int
    ) -> list[Candidate]:
        count = min(top_k, len(self.names))
        last = len(self.names) - count
        # |error| of a float32 dot product of unit vectors <= D * eps / 2 (Higham, 3.1), twice.
        slack = 2 * self.matrix.shape[1] * np.finfo(np.float32).eps
        rows = np.flatnonzero(of_rows >= np.partition(of_people, last)[last] - slack)
        people = np.searchsorted(self.starts, rows, side="right") - 1
        firsts = np.flatnonzero(np.diff(people, prepend=-1))
        similarities = np.maximum.reduceat(self._exact(probe, rows), firsts)
        people = people[firsts]
        order = np.lexsort((people, -similarities))[:count]
        return [
            Candidate(self.names[person], float(similarity))
            for person, similarity in zip(people[order], similarities[order], strict=True)
        ]

    def _exact(self, probe: FloatArray, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        exact = np.empty(len(rows))
        wide = probe.astype(np.float64)
        for start in range(0, len(rows), _EXACT_ROWS):
            part = slice(start, start + _EXACT_ROWS)
            exact[part] = (self.matrix[rows[part]] * wide).sum(axis=1)
        return np.clip(exact.round(_DECIMALS), -1.0, 1.0)

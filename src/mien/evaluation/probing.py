"""Every probe searched for in a gallery: where its own person stands, and who comes nearest.

A search is *mated* if the probe's person is meant to be in the gallery, else *non-mated*.

Ties are counted against us: the rank of the mate is 1 + the number of other people who score as
high or higher. A gallery in which everybody is alike therefore finds nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.templates import Templates, gallery_index
from mien.gallery.index import Index

NEVER = np.iinfo(np.int64).max
"""The rank of a mate that a search cannot return: no face in the probe, or nobody enrolled."""

_BLOCK = 2 << 20  # similarities at a time: some copies of 16 MB
# float32 products of equal vectors can differ in the seventh digit, by their place in a matrix.
_DECIMALS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Probing:
    """The outcome of N searches.

    Attributes:
        names: P people who can be found.
        people: N names, whose photo each probe is.
        mated: ``(N,)``.
        acquired: ``(N,)``, False where the probe gave no face: it finds nobody.
        mate: ``(N,) float64``, similarity to the own person; ``-inf`` if not comparable.
        rank: ``(N,) int64``, of the own person, 1 is best; ``NEVER`` if not comparable, and in
            non-mated searches.
        rival: ``(N,) float64``, the best similarity to anybody else; ``-inf`` if none.
        rival_person: ``(N,) int64``, who that is, a place in ``names``; -1 if nobody.
    """

    names: tuple[str, ...]
    people: tuple[str, ...]
    mated: NDArray[np.bool_]
    acquired: NDArray[np.bool_]
    mate: NDArray[np.float64]
    rank: NDArray[np.int64]
    rival: NDArray[np.float64]
    rival_person: NDArray[np.int64]

    @property
    def codes(self) -> NDArray[np.int64]:
        """``(N,)``: the probe's person as 0 to one less than there are people with probes."""
        index: dict[str, int] = {}
        return np.array([index.setdefault(name, len(index)) for name in self.people], np.int64)

    @property
    def found(self) -> NDArray[np.float64]:
        """``(N,)``: the score that decides a search.

        For a mated search the mate's if it stands first, else ``-inf``; for a non-mated one the
        best of all.
        """
        return np.where(self.mated, np.where(self.rank == 1, self.mate, -np.inf), self.rival)


def probe_gallery(
    gallery: PeoplePhotos,
    probes: PeoplePhotos,
    templates: Templates = Templates.MAX,
    most: int | None = None,
) -> Probing:
    """Search for every probe.

    Similarities are the gallery's own: the best over a person's templates, rounded to six
    decimals. About two million are held at a time.

    Args:
        gallery: photos of the people to enrol. People whose photos all failed are not found,
            and searches for them stay mated.
        probes: photos to search with; whose person is not in ``gallery`` is non-mated.
        templates: all photos of a person, or their mean.
        most: enrol at most the first so many photos with a face of each person.

    Raises:
        InsufficientData: no probe, or fewer than two people who can be enrolled.
        InvalidArray: vectors of the two sets that differ in length.
    """
    index = gallery_index(gallery, templates, most)
    meant = set(gallery.people)
    mated = np.array([name in meant for name in probes.people], dtype=np.bool_)
    acquired = probes.acquired
    if acquired.any() and probes.vectors.shape[1] != index.matrix.shape[1]:
        raise InvalidArray(
            f"probes: expected vectors of {index.matrix.shape[1]} numbers as in the gallery, "
            f"got {probes.vectors.shape[1]}"
        )
    result = _empty(index.names, probes.people, mated, acquired)
    columns = _columns(index.names, probes.people)
    for places in blocks(index, np.flatnonzero(acquired)):
        scores = similarities(index, probes, places)
        _fill(result, places, scores, columns[places])
    return result


def probing_of_scores(
    scores: Any, names: Sequence[str], people: Sequence[str], mated: Any, acquired: Any = None
) -> Probing:
    """The same from a matrix of similarities that is there already.

    Args:
        scores: ``(N, P)``, finite; rows of failed probes are not read.
        names: P different people, the columns.
        people: N names, whose photo each probe is.
        mated: ``(N,) bool``; True for everybody among ``names``.
        acquired: ``(N,) bool``, None if all were.

    Raises:
        InvalidArray: shapes that do not fit, NaN or infinity, or a probe that is non-mated
            although its person is a column.
        InsufficientData: no probe, or fewer than two people.
    """
    matrix = np.asarray(scores, dtype=np.float64)
    truth = np.asarray(mated)
    seen = np.ones(len(people), np.bool_) if acquired is None else np.asarray(acquired)
    if matrix.shape != (len(people), len(names)) or len(set(names)) != len(names):
        raise InvalidArray(
            f"scores: expected ({len(people)}, {len(names)}), one column a person, "
            f"got {matrix.shape}"
        )
    for flags in (truth, seen):
        if flags.shape != (len(people),) or flags.dtype != np.bool_:
            raise InvalidArray(f"scores: expected ({len(people)},) bool, got {flags.shape}")
    if not np.isfinite(matrix[seen]).all():
        raise InvalidArray("scores: expected finite numbers, got NaN or infinity")
    columns = _columns(names, people)
    if ((columns >= 0) & ~truth).any():
        raise InvalidArray("scores: expected mated searches for people in the gallery, got others")
    result = _empty(tuple(names), tuple(people), truth, seen)
    places = np.flatnonzero(seen)
    _fill(result, places, matrix[places], columns[places])
    return result


def blocks(index: Index, places: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The places in parts whose similarities to all templates fit in the memory allowed."""
    rows = max(1, _BLOCK // len(index.matrix))
    return [places[start : start + rows] for start in range(0, len(places), rows)]


def similarities(
    index: Index, probes: PeoplePhotos, places: NDArray[np.int64]
) -> NDArray[np.float64]:
    """``(N, P)``: of the probes at these places to each person, as they are ranked."""
    return index.scores(probes.vectors[probes.rows[places]]).astype(np.float64).round(_DECIMALS)


def _columns(names: Sequence[str], people: Sequence[str]) -> NDArray[np.int64]:
    column = {name: place for place, name in enumerate(names)}
    return np.array([column.get(name, -1) for name in people], dtype=np.int64)


def _empty(
    names: tuple[str, ...],
    people: tuple[str, ...],
    mated: NDArray[np.bool_],
    acquired: NDArray[np.bool_],
) -> Probing:
    if not people:
        raise InsufficientData("probes: expected photos to search with, got none")
    if len(names) < 2:
        raise InsufficientData(
            f"gallery: expected two people with a face at least, got {len(names)}; a search "
            "among one person is a verification"
        )
    count = len(people)
    return Probing(
        names,
        people,
        mated,
        acquired,
        mate=np.full(count, -np.inf),
        rank=np.full(count, NEVER, dtype=np.int64),
        rival=np.full(count, -np.inf),
        rival_person=np.full(count, -1, dtype=np.int64),
    )


def _fill(
    result: Probing,
    places: NDArray[np.int64],
    scores: NDArray[np.float64],
    columns: NDArray[np.int64],
) -> None:
    """Enter some searches; ``columns`` is where each one's own person stands, -1 for nowhere."""
    rows = np.flatnonzero(columns >= 0)
    own = scores[rows, columns[rows]]
    others = scores.copy()
    others[rows, columns[rows]] = -np.inf
    result.mate[places[rows]] = own
    result.rank[places[rows]] = 1 + (others[rows] >= own[:, None]).sum(axis=1)
    result.rival_person[places] = others.argmax(axis=1)
    result.rival[places] = others.max(axis=1)

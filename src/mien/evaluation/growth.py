"""How often strangers are found, as the gallery grows: measured beside the model.

Of a gallery of P people, m score at or above the threshold for some stranger. A gallery of n of
them, drawn at random, holds none of those m with the chance C(P - m, n) / C(P, n). The mean of
one minus it over all searches is the FPIR averaged over *every* gallery of n people, exactly:
none has to be drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count
from mien.errors import InsufficientData
from mien.evaluation.intervals import Rate
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.people_rates import rate_over_people
from mien.evaluation.probing import blocks, similarities
from mien.evaluation.templates import Templates, gallery_index
from mien.matching import false_positive_rate_of_search


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """Strangers found in a gallery of some size.

    Attributes:
        people: in the gallery.
        fpir: mean over all galleries of that many of these people; its interval is over
            strangers, the people who may be enrolled are given.
        model: ``1 - (1 - FMR)^people``, FMR the share of (stranger's photo, person) comparisons
            at or above the threshold.
    """

    people: int
    fpir: Rate
    model: float

    def to_json(self) -> dict[str, Any]:
        return {"people": self.people, "fpir": self.fpir.to_json(), "model": self.model}


def people_reached(
    gallery: PeoplePhotos,
    probes: PeoplePhotos,
    threshold: float,
    templates: Templates = Templates.MAX,
) -> tuple[NDArray[np.int64], int]:
    """How many people of the gallery score at or above the threshold for each probe.

    Returns:
        ``(N,)`` counts, 0 for a failure to acquire; and the number of people in the gallery.
    """
    index = gallery_index(gallery, templates)
    reached = np.zeros(len(probes), dtype=np.int64)
    for places in blocks(index, np.flatnonzero(probes.acquired)):
        reached[places] = (similarities(index, probes, places) >= threshold).sum(axis=1)
    return reached, len(index.names)


def growth(
    reached: NDArray[np.int64], strangers: Sequence[str], people: int, sizes: Sequence[int]
) -> tuple[GrowthPoint, ...]:
    """FPIR for galleries of some sizes.

    Args:
        reached: ``(N,)``, for each non-mated search how many of the gallery's people reach the
            threshold.
        strangers: N names, whose photo each probe is.
        people: in the gallery.
        sizes: 1 to ``people``.

    Raises:
        InsufficientData: no search.
        InvalidOption: a size out of range.
    """
    if not len(reached):
        raise InsufficientData("growth: expected non-mated searches, got none")
    index: dict[str, int] = {}
    codes = np.array([index.setdefault(name, len(index)) for name in strangers])
    trials = np.bincount(codes)
    fmr = float(reached.sum()) / (len(reached) * people)
    points = []
    for size in (check_count(value, "gallery size", high=people) for value in sizes):
        found = 1.0 - _chance_of_none(people, size)[reached]
        rate = rate_over_people(
            np.minimum(np.bincount(codes, weights=found), trials),
            trials,
            errors=int(found.sum() + 1e-9),
        )
        points.append(GrowthPoint(size, rate, false_positive_rate_of_search(fmr, size)))
    return tuple(points)


def usual_sizes(people: int) -> tuple[int, ...]:
    """1, 2, 5, 10, 20, 50 ... below ``people``, and ``people``."""
    steps = (step * 10**power for power in range(7) for step in (1, 2, 5))
    return (*(size for size in steps if size < people), people)


def _chance_of_none(people: int, size: int) -> NDArray[np.float64]:
    """``(people + 1,)``: C(people - m, size) / C(people, size) for m = 0 to people."""
    marked = np.arange(people)
    # One more marked person: C(P-m-1, n) / C(P-m, n) = (P-m-n) / (P-m).
    factors = np.maximum(people - marked - size, 0) / (people - marked)
    chances: NDArray[np.float64] = np.concatenate([[1.0], np.cumprod(factors)])
    return chances

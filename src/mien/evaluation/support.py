"""Whether a labelled set can carry a false match rate, and what is missing if it cannot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mien.errors import InsufficientData
from mien.evaluation.intervals import SUPPORTING_ERRORS


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What a false match rate would take.

    Attributes:
        impostor_pairs: needed, so that 30 false matches are expected.
        photos: more, of other people, as many of each as now; 0 where nothing is missing.
        people: the people on them.
    """

    impostor_pairs: int
    photos: int
    people: int


def impostor_pairs(sizes: Sequence[int]) -> int:
    """Pairs of photos of different people."""
    return (sum(sizes) ** 2 - sum(size * size for size in sizes)) // 2


def shortfall(sizes: Sequence[int], fmr: float) -> Shortfall:
    """How many photos of new people would support the rate, by the rule of 30.

    With n photos there and m photos a person, x photos more make ``x n`` impostor pairs with those
    that are there and ``x (x - m) / 2`` among themselves.

    Args:
        sizes: how many photos there are of each person.
        fmr: above 0.
    """
    needed = math.ceil(SUPPORTING_ERRORS / fmr * (1 - 1e-12))
    photos = sum(sizes)
    missing = needed - impostor_pairs(sizes)
    if missing <= 0:
        return Shortfall(needed, 0, 0)
    each = photos / len(sizes)
    half = photos - each / 2
    more = math.ceil(math.sqrt(half * half + 2 * missing) - half)
    return Shortfall(needed, more, math.ceil(more / each))


def check_supported(sizes: Sequence[int], fmr: float) -> None:
    """Refuse a false match rate at which fewer than 30 false matches are expected.

    Args:
        sizes: how many photos there are of each person; of one at least.
        fmr: above 0.

    Raises:
        InsufficientData: with the number of photos that would do.
    """
    short = shortfall(sizes, fmr)
    if short.photos:
        raise InsufficientData(
            f"expected {short.impostor_pairs:,} impostor pairs for a false match rate of {fmr:g}, "
            f"got {impostor_pairs(sizes):,} ({sum(sizes):,} photos of {len(sizes):,} "
            f"people); about {short.photos:,} photos more would do, of {short.people:,} "
            "or more other people, or a larger rate"
        )

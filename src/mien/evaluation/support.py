"""Whether a labelled set can carry a false match rate, and what is missing if it cannot."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mien.errors import InsufficientData
from mien.evaluation.intervals import SUPPORTING_ERRORS
from mien.evaluation.labelled import LabelledSet


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


def shortfall(data: LabelledSet, fmr: float) -> Shortfall:
    """How many photos of new people would support the rate, by the rule of 30.

    With n photos there and m photos a person, x photos more make ``x n`` impostor pairs with those
    that are there and ``x (x - m) / 2`` among themselves.

    Args:
        data: what is there.
        fmr: above 0.
    """
    needed = math.ceil(SUPPORTING_ERRORS / fmr * (1 - 1e-12))
    missing = needed - data.impostor_pairs
    if missing <= 0:
        return Shortfall(needed, 0, 0)
    photos = len(data.vectors)
    each = photos / len(data.sizes)
    half = photos - each / 2
    more = math.ceil(math.sqrt(half * half + 2 * missing) - half)
    return Shortfall(needed, more, math.ceil(more / each))


def check_supported(data: LabelledSet, fmr: float) -> None:
    """Refuse a false match rate at which fewer than 30 false matches are expected.

    Raises:
        InsufficientData: with the number of photos that would do.
    """
    short = shortfall(data, fmr)
    if short.photos:
        raise InsufficientData(
            f"expected {short.impostor_pairs:,} impostor pairs for a false match rate of {fmr:g}, "
            f"got {data.impostor_pairs:,} ({len(data.vectors):,} photos of {len(data.sizes):,} "
            f"people); about {short.photos:,} photos more would do, of {short.people:,} "
            "or more other people, or a larger rate"
        )

from __future__ import annotations

from itertools import combinations

import pytest

from mien.errors import InsufficientData
from mien.evaluation.support import check_supported, shortfall


@pytest.mark.parametrize(
    ("sizes", "fmr"),
    [([5] * 10, 1e-2), ([5] * 10, 1e-3), ([1] * 40, 1e-3), ([50] * 6, 1e-4), ([9, 1, 2, 4], 1e-2)],
)
def test_the_missing_photos_are_those_that_adding_people_one_by_one_takes(sizes, fmr):
    short = shortfall(sizes, fmr)
    assert short.impostor_pairs == round(30 / fmr)
    each, photos = sum(sizes) / len(sizes), sum(sizes)
    pairs = sum(a * b for a, b in combinations(sizes, 2))
    added = 0
    while pairs < short.impostor_pairs:
        pairs += each * photos
        photos += each
        added += 1
    assert (added - 1) * each < short.photos <= added * each
    assert short.people == added


def test_what_is_enough_lacks_nothing():
    sizes = [5] * 20  # 4,750 impostor pairs
    assert shortfall(sizes, 30 / 4750).photos == 0
    check_supported(sizes, 30 / 4750)
    with pytest.raises(InsufficientData):
        check_supported(sizes, 29.9 / 4750)


def test_the_refusal_names_pairs_photos_and_what_would_do():
    with pytest.raises(InsufficientData) as refusal:
        check_supported([9, 9, 8, 8, 8, 8], 1e-3)
    assert str(refusal.value) == (
        "expected 30,000 impostor pairs for a false match rate of 0.001, got 1,041 "
        "(50 photos of 6 people); about 200 photos more would do, of 24 or more other people, "
        "or a larger rate"
    )

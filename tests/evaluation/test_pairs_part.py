"""A part of a list of pairs: fair to every fold and kind, and always the same."""

from collections import Counter

import pytest

from mien.errors import InvalidOption
from mien.evaluation import Pair, part_of_pairs


def listed(folds, each):
    return [
        Pair(fold, same, f"{fold}{same}{rank}", "x")
        for fold in range(1, folds + 1)
        for same in (True, False)
        for rank in range(each)
    ]


@pytest.mark.parametrize(("folds", "each", "count"), [(10, 300, 1200), (3, 7, 18), (1, 5, 2)])
def test_every_fold_gives_as_many_genuine_as_impostor_pairs(folds, each, count):
    part = part_of_pairs(listed(folds, each), count)
    shares = Counter((pair.fold, pair.same) for pair in part)
    assert set(shares.values()) == {count // (2 * folds)}
    assert len(shares) == 2 * folds
    assert len(set(part)) == count


def test_it_is_spread_over_the_whole_list():
    part = part_of_pairs(listed(1, 300), 120)
    ranks = [int(pair.path1.removeprefix("1True")) for pair in part if pair.same]
    assert ranks == list(range(0, 300, 5))


def test_all_of_them_are_all_of_them():
    pairs = listed(2, 6)
    assert sorted(map(str, part_of_pairs(pairs, 24))) == sorted(map(str, pairs))


@pytest.mark.parametrize("count", [0, -4, 3, 28])
def test_a_count_that_cannot_be_shared_out_is_refused(count):
    with pytest.raises(InvalidOption, match="expected a multiple of 4 up to 24"):
        part_of_pairs(listed(2, 6), count)


def test_no_pairs_have_no_part():
    with pytest.raises(InvalidOption):
        part_of_pairs([], 2)

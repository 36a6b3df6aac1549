"""Folds share no person, and what is too little is refused with how much is missing."""

from __future__ import annotations

import pytest

from mien.errors import InsufficientData
from mien.evaluation import Pair
from mien.verifiers import check_enough, pairs_of_list, pairs_of_people
from mien.verifiers.folds import MOST_GENUINE, MOST_IMPOSTOR
from verifiers.made_pairs import names_of_people


def folds_of_people(listed):
    folds = {}
    for pair, names in zip(listed.pairs, listed.subjects, strict=True):
        for name in names:
            folds.setdefault(name, set()).add(pair.fold)
    return folds


@pytest.mark.parametrize(("people", "folds"), [(6, 3), (20, 5), (48, 10)])
def test_nobody_is_in_two_folds_and_every_fold_has_both_kinds(people, folds):
    listed = pairs_of_people(names_of_people(people, 4))
    assert {len(own) for own in folds_of_people(listed).values()} == {1}
    kinds = {(pair.fold, pair.same) for pair in listed.pairs}
    assert len(kinds) == 2 * folds


def test_all_pairs_of_a_fold_are_there_once_and_are_what_they_say():
    listed = pairs_of_people(names_of_people(6, 4))
    seen = {frozenset((pair.path1, pair.path2)) for pair in listed.pairs}
    assert len(seen) == len(listed.pairs) == 3 * (2 * 6 + 16)  # 3 folds of 2 people, 4 photos each
    assert all((a == b) == p.same for p, (a, b) in zip(listed.pairs, listed.subjects, strict=True))


def test_of_very_many_pairs_a_part_is_taken_and_the_same_one_again():
    names = names_of_people(60, 40)
    listed = pairs_of_people(names, seed=3)
    genuine = sum(pair.same for pair in listed.pairs)
    assert genuine <= MOST_GENUINE
    assert len(listed.pairs) - genuine <= MOST_IMPOSTOR
    assert len({frozenset((p.path1, p.path2)) for p in listed.pairs}) == len(listed.pairs)
    assert pairs_of_people(names, seed=3).pairs == listed.pairs
    assert pairs_of_people(names, seed=4).pairs != listed.pairs


def a_list(folds):
    """Pairs of eight people in folders, in as many folds."""
    people = [f"p{n}" for n in range(8)]
    genuine = [Pair(0, True, f"{one}/1.jpg", f"{one}/2.jpg") for one in people]
    impostor = [Pair(0, False, f"{a}/1.jpg", f"{b}/1.jpg") for a in people for b in people if a < b]
    return [
        Pair(n % folds + 1 if folds else 0, p.same, p.path1, p.path2)
        for n, p in enumerate([*genuine, *impostor])
    ]


def test_a_list_keeps_its_folds_and_says_who_is_in_several():
    listed = pairs_of_list(a_list(4))
    assert listed.pairs == tuple(a_list(4))
    assert "8 people are in several folds" in listed.notes[0]


def test_a_list_without_folds_is_dealt_by_people_and_pairs_between_folds_go():
    listed = pairs_of_list(a_list(0))
    assert {len(own) for own in folds_of_people(listed).values()} == {1}
    assert listed.left_out == len(a_list(0)) - len(listed.pairs) > 0
    assert sum(pair.same for pair in listed.pairs) == 8


def test_lists_that_cannot_be_tested_are_refused_with_the_cure():
    with pytest.raises(InsufficientData, match="3 folds at least, got 2 folds"):
        pairs_of_list(a_list(2))
    flat = [Pair(0, True, "a.jpg", "b.jpg"), Pair(0, False, "a.jpg", "c.jpg")]
    with pytest.raises(InsufficientData, match="folder of their own"):
        pairs_of_list(flat)
    with pytest.raises(InsufficientData, match="6 people at least"):
        pairs_of_people(names_of_people(5, 9))


def test_too_little_is_refused_with_how_much_is_needed():
    pairs = pairs_of_people(names_of_people(6, 4)).pairs
    check_enough(pairs, 0.7)
    with pytest.raises(InsufficientData, match=r"30,000 pairs .* got 48; 29,952 pairs more"):
        check_enough(pairs, 1e-3)
    with pytest.raises(InsufficientData, match="30 pairs of photos of one person"):
        check_enough([p for p in pairs if not p.same], 0.7)
    with pytest.raises(InsufficientData, match="in fold 2"):
        check_enough([p for p in pairs if p.fold != 2 or not p.same] * 2, 0.7)

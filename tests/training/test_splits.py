from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.errors import InsufficientData, InvalidOption
from mien.training.dataset import Dataset, LabelledPhoto, Part
from mien.training.splits import Shares, folds, split


def dataset(sessions: dict[str, list[int]], root: str = "data") -> Dataset:
    """People with sessions of that many photos each; one of a single photo has no number."""
    photos = [
        LabelledPhoto(
            Path(root, name, f"{number}-{shot}.jpg"),
            f"{name}/{number}-{shot}.jpg",
            name,
            session=number if size > 1 else None,
        )
        for name, sizes in sessions.items()
        for number, size in enumerate(sizes)
        for shot in range(size)
    ]
    return Dataset(()).with_photos(photos)


def parts(done: Dataset) -> dict[str, Part | None]:
    return {photo.place: photo.part for photo in done.photos}


PEOPLE = st.dictionaries(
    st.sampled_from(["Ada", "Bo", "Cy", "Dee"]),
    st.lists(st.integers(1, 6), min_size=2, max_size=12),
    min_size=2,
)


@given(PEOPLE, st.integers(0, 99))
def test_everybody_is_learned_from_and_no_session_straddles(people, seed):
    done = split(dataset(people), seed=seed)
    sides = defaultdict(set)
    for photo in done.photos:
        sides[photo.name, photo.place.split("-")[0]].add(photo.part)
    assert all(len(side) == 1 for side in sides.values())
    for name, sizes in people.items():
        assert done.count(Part.TRAIN)[name] > 0
        assert done.count(Part.VALIDATION)[name] > 0
        assert (done.count(Part.TEST)[name] > 0) == (len(sizes) >= 4)


@given(PEOPLE, st.integers(0, 99))
def test_the_same_seed_gives_the_same_split_wherever_the_photos_lie(people, seed):
    here = dataset(people)
    there = dataset({name: people[name] for name in reversed(people)}, root="/elsewhere")
    assert parts(split(here, seed=seed)) == parts(split(there, seed=seed))


def test_another_seed_gives_another_split():
    people = dataset({"Ada": [1] * 20, "Bo": [1] * 20})
    assert parts(split(people, seed=0)) != parts(split(people, seed=1))


def test_shares_are_kept_for_each_person_where_photos_are_single():
    people = {"Ada": [1] * 50, "Bo": [1] * 10, "Cy": [1] * 5}
    done = split(dataset(people), Shares(0.2, 0.1))
    assert done.count(Part.VALIDATION) == {"Ada": 10, "Bo": 2, "Cy": 1}
    assert done.count(Part.TEST) == {"Ada": 5, "Bo": 1, "Cy": 1}


def test_a_person_who_comes_changes_nothing_for_the_others():
    few = {"Ada": [1] * 9, "Bo": [2] * 9}
    before = parts(split(dataset(few)))
    after = parts(split(dataset({**few, "Cy": [1] * 9})))
    assert before == {place: part for place, part in after.items() if place in before}


def test_two_photos_are_one_to_learn_from_and_one_to_validate():
    done = split(dataset({"Ada": [1, 1], "Bo": [1, 1]}))
    assert done.count(Part.TRAIN) == done.count(Part.VALIDATION) == {"Ada": 1, "Bo": 1}
    assert done.notes == ("too few photos for test: 'Ada', 'Bo'",)


def test_who_has_one_session_only_is_learned_from_and_that_is_said():
    done = split(dataset({"Ada": [1] * 5, "Bo": [5]}))
    assert done.count(Part.TRAIN)["Bo"] == 5
    assert "too few photos for validation: 'Bo'" in done.notes


def test_where_everybody_has_one_session_only_the_user_is_told_before_the_work():
    with pytest.raises(InsufficientData, match="two sessions of somebody"):
        split(dataset({"Ada": [5], "Bo": [5]}))


def test_a_split_of_the_user_s_own_stays_and_only_a_missing_validation_is_drawn():
    own = dataset({"Ada": [1] * 10, "Bo": [1] * 10})
    halves = [
        replace(photo, part=Part.TEST if number % 2 else Part.TRAIN)
        for number, photo in enumerate(own.photos)
    ]
    done = split(own.with_photos(halves), Shares(0.2))
    for before, after in zip(halves, done.photos, strict=True):
        assert (before.part is Part.TEST) == (after.part is Part.TEST)
    assert done.count(Part.VALIDATION) == {"Ada": 1, "Bo": 1}
    assert split(done) == done


@given(PEOPLE, st.integers(2, 6), st.integers(0, 99))
def test_each_photo_is_tested_once_and_never_learned_from_with_its_session(people, k, seed):
    done = folds(dataset(people), k, seed, validation=0.2)
    tested = [photo.place for one in done for photo in one.photos if photo.part is Part.TEST]
    assert sorted(tested) == [photo.place for photo in dataset(people).photos]
    for one in done:
        sides = defaultdict(set)
        for photo in one.photos:
            sides[photo.name, photo.place.split("-")[0]].add(photo.part)
        assert all(len(side) == 1 for side in sides.values())
        assert min(one.count(Part.TRAIN).values()) > 0


def test_folds_hold_each_person_alike():
    done = folds(dataset({"Ada": [1] * 50, "Bo": [1] * 23}), 5)
    assert {one.count(Part.TEST)["Ada"] for one in done} == {10}
    assert {one.count(Part.TEST)["Bo"] for one in done} == {4, 5}
    assert max(len(one.photos) for one in done) == 73


def test_folds_need_two_sessions_of_everybody():
    with pytest.raises(InsufficientData, match="one of 'Bo'"):
        folds(dataset({"Ada": [1] * 5, "Bo": [4]}))


@pytest.mark.parametrize("shares", [(-0.1, 0.2), (0.5, 0.5), (float("nan"), 0.2), (1.0, 0.0)])
def test_shares_outside_their_range_are_refused(shares):
    with pytest.raises(InvalidOption):
        Shares(*shares)

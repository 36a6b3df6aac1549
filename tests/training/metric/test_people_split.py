"""People are split, never photos, and too few are refused with the number that is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mien.errors import InsufficientData
from mien.training.dataset import Dataset, LabelledPhoto, Part
from mien.training.metric.people_split import people_of, split_people


def people(count: int, photos: int) -> Dataset:
    places = [f"person {n:02}/{k}.jpg" for n in range(count) for k in range(photos)]
    return Dataset(
        tuple(LabelledPhoto(Path(place), place, place.split("/")[0]) for place in places)
    )


def sizes(dataset: Dataset) -> list[int]:
    return [len(people_of(dataset)[part]) for part in (Part.TRAIN, Part.VALIDATION, Part.TEST)]


@pytest.mark.parametrize(("count", "photos"), [(6, 10), (7, 30), (20, 8), (155, 20)])
def test_each_person_stands_on_one_side_with_all_their_photos(count, photos):
    done = split_people(people(count, photos), seed=3)
    sides = {}
    for photo in done.photos:
        sides.setdefault(photo.name, set()).add(photo.part)
    assert all(len(parts) == 1 for parts in sides.values())
    assert len(done.photos) == count * photos
    assert min(sizes(done)) >= 2


def test_about_a_quarter_is_held_out_and_the_seed_says_who():
    first, again, other = (split_people(people(40, 10), seed=seed) for seed in (0, 0, 1))
    assert sizes(first) == [24, 6, 10]
    assert first == again
    assert first != other


def test_more_are_held_out_where_their_pairs_would_be_too_few():
    assert sizes(split_people(people(12, 4), seed=0)) == [5, 2, 5]  # 10 pairs of people, 160


def test_as_many_as_are_asked_for_choose_and_are_measured_on():
    done = split_people(people(30, 10), validation=4, held_out=7)
    assert sizes(done) == [19, 4, 7]


def test_five_people_are_too_few_and_one_more_is_asked_for():
    with pytest.raises(InsufficientData, match=r"at least 6 people, got 5.*add 1$"):
        split_people(people(5, 50))


def test_too_few_photos_are_refused_with_the_number_of_people_that_would_do():
    with pytest.raises(InsufficientData, match=r"at least 100 pairs.*12 people are needed"):
        split_people(people(6, 2))
    assert sizes(split_people(people(12, 2 + 1)))[2] >= 5


def test_holding_nearly_all_out_is_refused():
    with pytest.raises(InsufficientData, match="2 people in train, got 1"):
        split_people(people(12, 10), validation=2, held_out=9)


def test_a_split_of_photos_is_dropped_with_a_note():
    given = people(8, 10)
    parts = (Part.TRAIN, Part.VALIDATION)
    photos = (replace(photo, part=parts[row % 2]) for row, photo in enumerate(given.photos))
    done = split_people(given.with_photos(photos))
    assert any("not used here" in note for note in done.notes)
    assert min(sizes(done)) >= 2

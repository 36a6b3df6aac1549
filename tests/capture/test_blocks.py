"""Training and validation are whole stretches of time, with a gap between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.made_shots import direction, near, shot
from mien.capture.blocks import LEAST_GAPS, SplitRule, smallest_gap_s, split
from mien.capture.shots import Part

RULE = SplitRule(0.2, 1.0, 0.8)
NOTHING = {Part.TRAIN: [], Part.VALIDATION: []}
times = st.lists(st.floats(0, 600, width=32), min_size=2, max_size=80, unique=True)


def split_at(moments, share=0.2, gap_s=1.0, kept=NOTHING):
    shots = [shot(number, time_s) for number, time_s in enumerate(moments)]
    parts = split(shots, kept, SplitRule(share, gap_s, 0.8))
    return {
        part: sorted(one.moment.time_s for one in shots if parts[one.file] is part)
        for part in (*Part, None)
    }


def test_the_end_of_a_short_film_is_for_validation():
    found = split_at(np.arange(80) / 8)
    assert len(found[Part.VALIDATION]) == 16
    assert min(found[Part.VALIDATION]) > max(found[Part.TRAIN]) + 1.0
    assert len(found[None]) == 8  # the second between them


def test_a_long_film_gets_a_block_in_each_of_five_stretches():
    found = split_at(np.arange(0, 1000, 2.0))
    blocks = 1 + np.count_nonzero(np.diff(found[Part.VALIDATION]) > 2.0)
    assert blocks == 5
    assert len(found[Part.VALIDATION]) == pytest.approx(100, abs=5)


def test_the_cut_lies_where_the_person_was_away():
    moments = [*np.arange(0, 8.1, 0.1), *np.arange(20, 21.8, 0.1)]
    found = split_at(moments)
    assert found[None] == []
    assert min(found[Part.VALIDATION]) == 20.0


def test_a_short_film_is_for_training_as_a_whole():
    assert len(split_at(np.arange(0, 2.9, 0.1))[Part.TRAIN]) == 29


def test_a_second_short_film_is_for_validation_where_that_is_missing():
    kept = {Part.TRAIN: [shot(100 + n, n / 10, session="first") for n in range(20)]}
    assert len(split_at(np.arange(6) / 10, kept=kept)[Part.VALIDATION]) == 6
    kept[Part.VALIDATION] = [shot(200 + n, n / 10, session="second") for n in range(5)]
    assert len(split_at(np.arange(6) / 10, kept=kept)[Part.TRAIN]) == 6


def test_a_short_film_goes_on_where_it_was():
    for part in Part:
        kept = {Part.TRAIN: [], Part.VALIDATION: [], part: [shot(100, 0.05)]}
        assert len(split_at(np.arange(6) / 10, kept=kept)[part]) == 6


def test_without_a_share_all_is_for_training():
    assert split_at(np.arange(10.0), share=0.0)[Part.TRAIN] == list(range(10))


@pytest.mark.parametrize("moments", [[0.0, 0.1, 10.0], [0.0, 0.5, 0.9, 1.0, 3.0], [0.0, 3.0]])
@pytest.mark.parametrize("share", [0.2, 0.5])
def test_something_is_left_for_training(moments, share):
    found = split_at(moments, share)
    assert found[Part.TRAIN]
    assert found[Part.VALIDATION]


def test_one_picture_is_for_training():
    assert split_at([3.0])[Part.TRAIN] == [3.0]


@settings(max_examples=150, deadline=None)
@given(times, st.floats(0.0, 0.5), st.floats(0, 60))
def test_no_training_picture_is_within_the_gap_of_a_validation_picture(moments, share, gap_s):
    found = split_at(moments, share, gap_s)
    distances = [abs(a - b) for a in found[Part.TRAIN] for b in found[Part.VALIDATION]]
    assert all(distance > gap_s for distance in distances)
    assert sum(len(part) for part in found.values()) == len(moments)
    assert found[Part.TRAIN]
    is_long = max(moments) - min(moments) >= LEAST_GAPS * gap_s
    assert bool(found[Part.VALIDATION]) is (share > 0 and is_long)


@settings(max_examples=100, deadline=None)
@given(times, st.lists(st.tuples(st.floats(0, 600, width=32), st.booleans()), max_size=20))
def test_what_was_kept_before_stays_and_new_pictures_keep_away_from_it(moments, before):
    kept = {part: [] for part in Part}
    for number, (time_s, is_train) in enumerate(before, 1000):
        kept[Part.TRAIN if is_train else Part.VALIDATION].append(shot(number, time_s))
    found = split_at(moments, kept=kept)
    for part, other in ((Part.TRAIN, Part.VALIDATION), (Part.VALIDATION, Part.TRAIN)):
        held = [one.moment.time_s for one in kept[other]]
        assert all(abs(a - b) > 1.0 for a in found[part] for b in held)


def test_photos_that_look_alike_stay_together():
    ada, rows = direction(1, 64), []
    for session in range(6):
        middle = near(ada, 0.7, session)
        rows += [
            shot(10 * session + number, vector=near(middle, 0.95, 50 + number), session="photos")
            for number in range(5)
        ]
    parts = split(rows, NOTHING, RULE)
    sides = [{parts[one.file] for one in rows[start : start + 5]} for start in range(0, 30, 5)]
    assert all(len(side) == 1 for side in sides)
    assert sides.count({Part.VALIDATION}) == 1


def test_photos_like_a_kept_one_go_where_that_is():
    ada = direction(1, 64)
    kept = {Part.TRAIN: [], Part.VALIDATION: [shot(1, vector=ada, session="photos")]}
    rows = [shot(2, vector=near(ada, 0.9), session="photos"), shot(3, vector=direction(5, 64))]
    assert split(rows, kept, RULE)["000002.jpg"] is Part.VALIDATION
    assert split(rows, kept, RULE)["000003.jpg"] is Part.TRAIN


def test_the_smallest_gap_is_within_one_film():
    train, validation = [shot(1, 1.0), shot(2, 5.0)], [shot(3, 7.5), shot(4, 1.1, session="b")]
    assert smallest_gap_s(train, validation) == 2.5
    assert smallest_gap_s(train, []) is None

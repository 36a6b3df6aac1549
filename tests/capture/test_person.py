"""Which face is the one person's, and whether a set is one person."""

from __future__ import annotations

import numpy as np
import pytest

from capture.made_shots import direction, near, shot
from mien.capture.person import SURE_SHOTS, Person
from mien.capture.reasons import Refusal
from mien.errors import MultipleFaces
from mien.records import Box, Encoding, Face, Quality

ADA, BO = direction(1, 64), direction(2, 64)
NOBODY = np.empty((0, 64), np.float32)
THRESHOLD = 0.4


def seen(vector, side=80.0, usable=True):
    quality = Quality(usable, () if usable else ("dark",))
    return Encoding(Face(Box(0, 0, side, side), 0.9), quality, vector, 1.0)


def person(references=NOBODY, kept=NOBODY, **options):
    return Person(np.atleast_2d(references), np.atleast_2d(kept), THRESHOLD, **options)


def ada(count, start=0):
    return [shot(start + n, vector=near(ADA, 0.8, start + n)) for n in range(count)]


def bo(count, start=500):
    return [shot(start + n, vector=near(BO, 0.8, start + n)) for n in range(count)]


def test_a_reference_finds_its_person_among_others():
    faces = [seen(near(BO, 0.9)), seen(near(ADA, 0.8)), seen(near(BO, 0.8, 3))]
    chosen = person(ADA).choose(faces)
    assert chosen.face is faces[1]
    assert chosen.similarity == pytest.approx(0.8, abs=1e-5)


def test_whoever_is_not_like_the_reference_is_somebody_else():
    assert person(ADA).choose([seen(BO)]) is Refusal.SOMEBODY_ELSE


def test_several_references_are_as_good_as_the_best_of_them():
    chosen = person(np.stack([ADA, BO])).choose([seen(near(BO, 0.7))])
    assert chosen.similarity == pytest.approx(0.7, abs=1e-5)


def test_several_faces_are_refused_until_it_is_clear_who_is_meant():
    wanted = person()
    both = [seen(near(BO, 0.9)), seen(near(ADA, 0.9))]
    assert wanted.choose(both) is Refusal.SEVERAL_FACES
    for one in ada(SURE_SHOTS):
        wanted.note(one.vector)
    assert wanted.choose(both).face is both[1]


def test_a_set_that_is_there_says_who_is_meant():
    both = [seen(near(BO, 0.9)), seen(near(ADA, 0.9))]
    wanted = person(kept=np.stack([one.vector for one in ada(3)]))
    assert wanted.choose(both).face is both[1]
    assert wanted.choose(both[:1]) is Refusal.SOMEBODY_ELSE


def test_the_largest_usable_face_is_taken_where_that_is_wished():
    faces = [seen(ADA, 50), seen(BO, 90), seen(direction(3, 64), 200, usable=False)]
    assert person(largest=True).choose(faces).face is faces[1]


def test_of_unusable_faces_the_largest_says_what_is_wrong():
    faces = [seen(ADA, 50, usable=False), seen(BO, 90, usable=False)]
    assert person(ADA).choose(faces).face is faces[1]
    assert person(ADA).choose([]) is Refusal.NO_FACE


def test_the_few_that_are_somebody_else_are_sifted_out():
    mine = ada(12)
    assert person().sift([*bo(3), *mine, *bo(1, 900)]) == mine


def test_two_people_in_nearly_equal_parts_are_refused():
    with pytest.raises(MultipleFaces, match=r"got 12 of one and 8 of another.*--like"):
        person().sift([*bo(8), *ada(12)])


def test_a_reference_settles_it():
    theirs = bo(8)
    assert person(BO).sift([*theirs, *ada(12)]) == theirs


def test_an_outlier_that_looks_like_the_reference_but_not_like_the_rest_goes():
    odd = shot(99, vector=near(ADA, 0.45, 77))
    middle = near(ADA, 0.7, 5)
    mine = [shot(n, vector=near(middle, 0.9, 20 + n)) for n in range(10)]
    assert float(odd.vector @ middle) < THRESHOLD
    assert person(ADA).sift([*mine, odd]) == mine


def test_a_cut_out_face_must_still_be_the_same_and_like_the_reference():
    assert person(ADA).confirms(near(ADA, 0.8), near(ADA, 0.8))
    assert not person(ADA).confirms(BO, BO)
    assert not person().confirms(ADA, BO)

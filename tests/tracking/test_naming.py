"""A name is given once it is sure, kept unless contradicted, and never twice in a frame."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from mien.matching import DecisionRule, Policy
from mien.records import Outcome, Threshold
from mien.tracking import Claim, Namer

NAMES = ("Ada", "Bo", "Cy")
POLICY = Policy(Threshold(0.4), rule=DecisionRule(margin=0.05))


def named(
    namer: Namer, rows: dict[int, tuple[int, list[float]]], closed=MappingProxyType({})
) -> dict[int, str | None]:
    """Decide tracks, each with its looks and similarities; returns the names that are given."""
    claims = [Claim(number, looks, closed) for number, (looks, _) in rows.items()]
    matrix = np.array([values for _, values in rows.values()], np.float32)
    namer.decide(claims, NAMES, matrix)
    return {number: namer.of(number).name for number in rows}


def test_one_good_crop_is_not_yet_enough_but_two_are_or_a_very_good_one():
    namer = Namer(POLICY)
    assert named(namer, {1: (1, [0.42, 0.1, 0.0])}) == {1: None}
    assert namer.of(1).now() is None
    assert named(namer, {1: (2, [0.42, 0.1, 0.0])}) == {1: "Ada"}
    assert named(Namer(POLICY), {1: (1, [0.46, 0.1, 0.0])}) == {1: "Ada"}


def test_a_track_that_ends_with_one_good_crop_is_as_good_as_a_photo():
    namer = Namer(POLICY)
    named(namer, {1: (1, [0.42, 0.1, 0.0])})
    assert namer.forget(1).final().name == "Ada"


def test_a_name_is_kept_a_little_below_the_threshold_and_lost_far_below():
    namer = Namer(POLICY)
    named(namer, {1: (2, [0.5, 0.1, 0.0])})
    assert named(namer, {1: (3, [0.36, 0.1, 0.0])}) == {1: "Ada"}
    assert namer.of(1).now().similarity == np.float32(0.36)
    assert named(namer, {1: (3, [0.34, 0.1, 0.0])}) == {1: None}
    assert namer.of(1).final().outcome is Outcome.UNKNOWN


def test_a_name_is_kept_against_a_near_rival_and_lost_to_a_clear_one():
    namer = Namer(POLICY)
    named(namer, {1: (2, [0.5, 0.1, 0.0])})
    assert named(namer, {1: (3, [0.5, 0.53, 0.0])}) == {1: "Ada"}
    assert named(namer, {1: (3, [0.45, 0.6, 0.0])}) == {1: "Bo"}


def test_one_person_is_not_two_tracks_of_a_frame():
    namer = Namer(POLICY)
    assert named(namer, {1: (2, [0.7, 0.1, 0.0]), 2: (2, [0.6, 0.1, 0.0])}) == {1: "Ada", 2: None}
    assert namer.of(2).final().outcome is Outcome.UNKNOWN
    assert namer.of(2).final().candidates[0].name == "Ada"
    assert (namer.of(1).final().taken_by, namer.of(2).final().taken_by) == (None, 1)


def test_who_has_a_name_keeps_it_though_a_new_track_is_a_little_more_alike():
    namer = Namer(POLICY)
    named(namer, {1: (2, [0.5, 0.1, 0.0])})
    assert named(namer, {1: (3, [0.5, 0.1, 0.0]), 2: (1, [0.52, 0.1, 0.0])})[1] == "Ada"
    assert namer.of(2).final().name is None


def test_a_name_stays_closed_to_who_was_seen_beside_its_holder():
    namer = Namer(POLICY)
    named(namer, {1: (2, [0.7, 0.1, 0.0]), 2: (2, [0.2, 0.1, 0.0])})
    namer.forget(1, beside=[2])
    assert named(namer, {2: (3, [0.6, 0.1, 0.0])}) == {2: None}
    assert namer.of(2).final().outcome is Outcome.UNKNOWN
    assert namer.of(2).final().candidates[0].similarity == np.float32(0.6)
    assert (namer.of(2).final().similarity, namer.of(2).final().taken_by) == (np.float32(0.6), 1)
    assert named(namer, {3: (3, [0.6, 0.1, 0.0])}) == {3: "Ada"}


def test_the_same_holds_while_the_holder_is_only_lost():
    namer = Namer(POLICY)
    assert named(namer, {2: (3, [0.6, 0.5, 0.0])}, closed={"Ada": 1}) == {2: "Bo"}
    assert namer.of(2).final().taken_by == 1


def test_whose_best_person_is_another_track_is_told_which_also_after_that_one_was_joined():
    namer = Namer(POLICY)
    named(namer, {1: (2, [0.7, 0.1, 0.0])})
    named(namer, {2: (2, [0.8, 0.1, 0.0]), 3: (2, [0.6, 0.1, 0.0])})
    assert namer.of(3).final().taken_by == 2
    namer.move(2, 1)
    assert namer.of(3).final().taken_by == 1
    assert namer.of(1).final().taken_by is None


def test_a_closed_name_is_a_candidate_in_a_gallery_of_any_size():
    names = tuple(f"person {number:02}" for number in range(30))
    row = np.linspace(0.8, 0.1, 30, dtype=np.float32)[None]
    namer = Namer(POLICY)
    namer.decide([Claim(2, 3, {"person 00": 1})], names, row * (np.arange(30) == 0))
    final = namer.of(2).final()
    assert (final.outcome, final.candidates[0].name, final.taken_by) == ("unknown", names[0], 1)


def test_two_people_too_close_to_call_are_ambiguous_until_it_is_clear():
    namer = Namer(POLICY)
    assert named(namer, {1: (3, [0.5, 0.48, 0.0])}) == {1: None}
    assert namer.of(1).now().outcome is Outcome.AMBIGUOUS
    assert named(namer, {1: (4, [0.56, 0.48, 0.0])}) == {1: "Ada"}


def test_of_nobody_there_is_no_name_and_without_a_crop_no_decision():
    namer = Namer(POLICY)
    namer.decide([Claim(1, 3)], (), np.empty((1, 0), np.float32))
    assert namer.of(1).final().outcome is Outcome.UNKNOWN
    assert namer.of(2).final().outcome is Outcome.LOW_QUALITY


def test_a_track_that_goes_on_in_an_old_one_brings_what_is_known():
    namer = Namer(POLICY)
    named(namer, {1: (2, [0.6, 0.1, 0.0])})
    named(namer, {2: (1, [0.3, 0.1, 0.0])})
    namer.move(2, 1)
    assert namer.of(1).name == "Ada"
    assert namer.of(2).name is None


def test_in_no_frame_of_many_has_a_person_two_tracks():
    random = np.random.default_rng(7)
    namer = Namer(POLICY)
    for _ in range(300):
        rows = {n: (int(random.integers(1, 4)), list(random.uniform(0, 1, 3))) for n in range(4)}
        names = [name for name in named(namer, rows).values() if name]
        assert len(names) == len(set(names))


def test_it_is_clear_who_has_a_name_or_is_far_from_any():
    namer = Namer(POLICY)
    assert not namer.of(1).is_clear(POLICY)
    for similarity, clear in ((0.6, True), (0.35, False), (0.26, False), (0.2, True)):
        namer = Namer(POLICY)
        named(namer, {1: (3, [similarity, 0.1, 0.0])})
        assert namer.of(1).is_clear(POLICY) is clear, similarity

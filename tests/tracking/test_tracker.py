"""Detections become tracks: who is followed, lost, found again, and ended."""

from __future__ import annotations

import numpy as np
import pytest

from mien.errors import InvalidOption
from mien.records import Box, Face
from mien.tracking import Tracker, TrackingSettings, overlap


def face(x: float, y: float = 100.0, side: float = 40.0, score: float = 0.9) -> Face:
    return Face(Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2), score)


def run(tracker: Tracker, frames, step_s: float = 0.2, start_s: float = 0.0):
    """The numbers of the tracks of each frame, in the order of its faces."""
    seen = []
    for n, faces in enumerate(frames):
        tracker.update(faces, start_s + n * step_s)
        by_face = {id(track.face): track.number for track in tracker.visible}
        seen.append([by_face.get(id(one)) for one in faces])
    return seen


def test_two_people_who_walk_keep_their_numbers():
    frames = [[face(100 + 12 * n), face(300 - 12 * n, 220)] for n in range(10)]
    assert run(Tracker(), frames) == [[1, 2]] * 10


def test_two_people_who_cross_keep_their_numbers():
    frames = [[face(100 + 16 * n, 100), face(260 - 16 * n, 125)] for n in range(11)]
    assert run(Tracker(), frames) == [[1, 2]] * 11


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_detections_does_not_matter(seed):
    random = np.random.default_rng(seed)
    starts = [(60.0, 60.0), (200.0, 80.0), (340.0, 60.0), (200.0, 300.0)]
    speeds = random.uniform(-10, 10, (4, 2))
    plain, mixed = Tracker(), Tracker()
    for n in range(8):
        faces = [
            face(x + n * dx, y + n * dy) for (x, y), (dx, dy) in zip(starts, speeds, strict=True)
        ]
        plain.update(faces, 0.2 * n)
        mixed.update([faces[i] for i in random.permutation(4)], 0.2 * n)

    def ways(tracker):
        return sorted((t.box.xyxy, t.start_s, t.hits) for t in tracker.visible)

    assert ways(plain) == ways(mixed)
    assert len(plain.visible) == 4


def test_a_weak_detection_continues_a_track_but_begins_none():
    tracker = Tracker()
    assert run(tracker, [[face(100)], [face(104, score=0.6)], [face(108, score=0.4)]]) == [
        *([1], [1], [None]),
    ]
    assert run(Tracker(), [[face(100, score=0.6)]] * 3) == [[None]] * 3


def test_a_face_that_is_missed_for_a_moment_keeps_its_number():
    frames = [[face(100)], [face(110)], [], [face(130)], [face(140)]]
    tracker = Tracker()
    assert run(tracker, frames) == [[1], [1], [], [1], [1]]
    assert tracker.visible[0].seen_s == pytest.approx(0.8)


def test_after_a_longer_time_it_is_a_new_track_and_the_old_one_waits_for_its_embedding():
    tracker = Tracker()
    run(tracker, [[face(100)], [face(100)], [], [], [], []])
    run(tracker, [[face(100)]], start_s=1.2)
    assert [track.number for track in tracker.visible] == [2]
    assert [track.number for track in tracker.lost] == [1]
    young, old = tracker.visible[0], tracker.lost[0]
    tracker.revive(young, old)
    assert tracker.lost == []
    assert tracker.visible == [old]
    assert (old.start_s, old.end_s, old.seen_s, old.gaps) == pytest.approx((0.0, 1.2, 0.2, 1))
    assert run(tracker, [[face(103)]], start_s=1.4) == [[1]]


def test_a_track_that_stays_away_ends():
    tracker = Tracker(TrackingSettings(revive_s=2.0))
    tracker.update([face(100)], 0.0)
    assert tracker.update([], 1.9).ended == ()
    (ended,) = tracker.update([], 2.1).ended
    assert ended.number == 1
    assert tracker.lost == tracker.visible == []


def test_a_cut_ends_everything():
    tracker = Tracker()
    tracker.update([face(100), face(300)], 0.0)
    tracker.update([face(100)], 0.2)
    assert {track.number for track in tracker.cut()} == {1, 2}
    assert run(tracker, [[face(100)]], start_s=0.4) == [[3]]


def test_a_face_somewhere_else_or_of_another_size_is_another_one():
    assert run(Tracker(), [[face(100)], [face(300)]]) == [[1], [2]]
    assert run(Tracker(), [[face(100, side=40)], [face(100, side=100)]]) == [[1], [2]]


def test_a_jump_an_overlap_and_a_return_make_a_track_doubtful():
    for frames in (
        [[face(100)], [face(100)], [face(100)], [face(122)]],
        [[face(100)], [face(100)], [], [face(100)]],
        [[face(100), face(150)], [face(105), face(130)]],
    ):
        tracker = Tracker()
        run(tracker, frames)
        assert tracker.visible[0].doubtful, frames
    tracker = Tracker()
    run(tracker, [[face(100 + n), face(300)] for n in range(5)])
    assert not any(track.doubtful for track in tracker.visible)


def test_a_track_that_turns_out_to_be_two_is_split():
    tracker = Tracker()
    run(tracker, [[face(100)], [face(104)]])
    old = tracker.visible[0]
    new = tracker.split(old, 0.2)
    assert (new.number, new.start_s, new.face) == (2, 0.2, old.face)
    assert tracker.visible == [new]


def test_overlap_is_intersection_over_union():
    assert overlap(Box(0, 0, 2, 2), Box(1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap(Box(0, 0, 2, 2), Box(2, 0, 4, 2)) == 0.0


def test_settings_outside_their_range_are_refused():
    for wrong in ({"every": -1}, {"gate": 0}, {"better": 0.5}, {"interval_s": float("nan")}):
        with pytest.raises(InvalidOption):
            TrackingSettings(**wrong)

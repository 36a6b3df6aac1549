"""The best crops of a track: which are kept, what they come to, and when another is wanted."""

from __future__ import annotations

import numpy as np
import pytest

from mien.records import Box, Face, Landmarks, Quality
from mien.tracking import Evidence, Look, TrackingSettings, promise_of, weigh

SETTINGS = TrackingSettings(looks_kept=3, look_gap_s=0.4)
FRONTAL = [(30, 40), (70, 40), (50, 60), (35, 80), (65, 80)]
TURNED = [(30, 40), (45, 40), (25, 60), (30, 80), (42, 80)]


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def face(side: float = 100.0, score: float = 0.9, points=FRONTAL) -> Face:
    return Face(Box(0, 0, side, side), score, Landmarks(points))


def look(time_s: float, weight: float, vector=None, promise: float | None = None) -> Look:
    quality = Quality(vector is not None)
    return Look(time_s, face(), quality, weight if promise is None else promise, weight, vector)


def test_the_vector_is_the_mean_of_the_best_crops_by_their_weight():
    evidence = Evidence(SETTINGS)
    vectors = [unit(1, 0.2, n) for n in (0.0, 0.1, 0.2, 0.3)]
    for n, (weight, vector) in enumerate(zip((0.2, 0.8, 0.5, 0.6), vectors, strict=True)):
        evidence.add(look(n, weight, vector))
    expected = 0.8 * vectors[1] + 0.5 * vectors[2] + 0.6 * vectors[3]
    assert evidence.vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert evidence.best.weight == 0.8
    assert evidence.usable == 3


def test_an_unusable_crop_is_told_only_where_there_is_no_other():
    evidence = Evidence(SETTINGS)
    evidence.add(look(0, 0.9))
    assert (evidence.vector, evidence.best.weight) == (None, 0.9)
    evidence.add(look(1, 0.3, unit(1, 0)))
    assert evidence.best.weight == 0.3


def wants(evidence: Evidence, promise: float, time_s: float, clear=False, doubtful=False) -> bool:
    return evidence.wants(promise, time_s, clear=clear, doubtful=doubtful)


def test_three_crops_are_wanted_at_once_and_then_only_better_ones():
    evidence = Evidence(SETTINGS)
    for n in range(3):
        assert wants(evidence, 0.5, 0.2 * n)
        evidence.add(look(0.2 * n, 0.5, unit(1, 0)))
    assert not wants(evidence, 0.6, 2.0, clear=True)
    assert wants(evidence, 0.7, 2.0)
    assert not wants(evidence, 0.7, 2.0, clear=True)
    assert wants(evidence, 0.8, 2.0, clear=True)
    assert not wants(evidence, 0.7, 0.5)  # too soon
    assert wants(evidence, 0.3, 2.0, doubtful=True)


def test_of_a_track_that_is_clear_crops_are_not_wanted_so_fast():
    evidence = Evidence(SETTINGS)
    evidence.add(look(0.0, 0.5, unit(1, 0)))
    assert wants(evidence, 0.5, 0.2)
    assert not wants(evidence, 0.5, 0.2, clear=True)
    assert wants(evidence, 0.5, 0.5, clear=True)


def test_after_each_look_in_vain_the_next_waits_longer():
    evidence = Evidence(SETTINGS)
    waits, time_s = [], 0.0
    for _ in range(4):
        evidence.failed(time_s)
        later = next(n for n in range(1, 1000) if wants(evidence, 0.9, time_s + 0.1 * n))
        waits.append(later)
        time_s += 0.1 * later
    assert waits == pytest.approx([8, 16, 32, 64], abs=1)


def test_a_good_crop_of_somebody_else_contradicts_and_a_poor_one_does_not():
    evidence = Evidence(SETTINGS)
    assert not evidence.contradicts(look(0, 0.8, unit(0, 1)))
    evidence.add(look(0, 0.8, unit(1, 0)))
    assert evidence.contradicts(look(1, 0.8, unit(0, 1)))
    assert not evidence.contradicts(look(1, 0.1, unit(0, 1)))
    assert not evidence.contradicts(look(1, 0.8, unit(1, 1)))
    assert not evidence.contradicts(look(1, 0.8))


def test_two_tracks_of_one_face_share_their_best_crops():
    one, other = Evidence(SETTINGS), Evidence(SETTINGS)
    one.add(look(0, 0.5, unit(1, 0)))
    one.add(look(1, 0.4, unit(1, 0.1)))
    other.add(look(2, 0.9, unit(1, 0.2)))
    other.add(look(3, 0.1, unit(1, 0.3)))
    one.join(other)
    assert (one.best.weight, one.usable, one.taken) == (0.9, 3, 4)


def test_opposite_crops_of_equal_weight_leave_the_first():
    evidence = Evidence(SETTINGS)
    evidence.add(look(0, 0.5, unit(1, 0)))
    evidence.add(look(1, 0.5, unit(-1, 0)))
    assert evidence.vector == pytest.approx([1, 0])


def test_a_large_frontal_sure_face_promises_most_and_sharpness_counts_in_its_weight():
    best = promise_of(face())
    assert best > promise_of(face(side=50))
    assert best > promise_of(face(score=0.6))
    assert best > promise_of(face(points=TURNED))
    assert promise_of(face(side=112)) == pytest.approx(promise_of(face(side=500)))
    sharp, soft = (Quality(True, measures={"sharpness": value}) for value in (15.0, 6.0))
    assert weigh(face(), sharp) == pytest.approx(2 * weigh(face(), soft))

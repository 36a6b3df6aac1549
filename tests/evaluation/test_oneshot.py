from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidEmbedding, InvalidOption
from mien.evaluation import PeoplePhotos, evaluate_oneshot
from mien.evaluation.episodes import right_answers


def a_set(seed=0, people=8, photos=6, spread=1.0):
    rng = np.random.default_rng(seed)
    owners = np.repeat(np.arange(people), photos)
    vectors = rng.normal(size=(people, 8))[owners] + spread * rng.normal(size=(len(owners), 8))
    return list(vectors), [f"p{owner}" for owner in owners]


@pytest.mark.parametrize("seed", range(300))
def test_an_episode_is_answered_as_by_hand(seed):
    rng = np.random.default_rng(seed)
    way, shot = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    vectors = rng.integers(-1, 2, size=(10, 3)).astype(float)  # many equal ones: ties
    vectors = vectors[(vectors != 0).any(axis=1)]
    units = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    support = rng.integers(-1, len(units), size=(way, shot))
    queries = rng.integers(-1, len(units), size=way)
    expected = []
    for person, query in enumerate(queries):
        scores = []
        for own in support:
            total = sum((units[row].astype(float) for row in own if row >= 0), np.zeros(3))
            length = np.linalg.norm(total)
            seen = query >= 0 and length > 1e-6
            scores.append(round(float(units[query] @ total / length), 6) if seen else -np.inf)
        others = [score for at, score in enumerate(scores) if at != person]
        expected.append(scores[person] > max(others))  # a tie is an error
    assert right_answers(units, support, queries).tolist() == expected


def test_all_episodes_of_two_people_average_to_the_accuracy():
    vectors, names = a_set(people=2, photos=3, spread=2.0)
    photos = PeoplePhotos.of(vectors, names)
    answers = []
    for a, b in product(range(3), range(3)):
        for query_a, query_b in product(range(3), range(3)):
            if a != query_a and b != query_b:
                support, queries = np.array([[a], [3 + b]]), np.array([query_a, 3 + query_b])
                answers += right_answers(photos.vectors, support, queries).tolist()
    report = evaluate_oneshot(photos, shots=[1], episodes=4000)
    (row,) = report.rows
    assert row.accuracy.value == pytest.approx(np.mean(answers), abs=0.02)
    assert (row.way, row.chance, row.queries) == (2, 0.5, 8000)


def test_vectors_that_say_nothing_are_right_by_chance():
    rng = np.random.default_rng(1)
    names = [f"p{n // 10}" for n in range(600)]
    report = evaluate_oneshot(PeoplePhotos.of(rng.normal(size=(600, 32)), names), ways=[5, 20])
    for row in report.rows:
        assert row.accuracy.low - 0.02 < row.chance < row.accuracy.high + 0.02


def test_every_n_and_k_that_the_photos_allow_is_measured():
    vectors, names = a_set(people=12, photos=3)
    report = evaluate_oneshot(PeoplePhotos.of(vectors, names), episodes=20)
    assert [(row.shot, row.way) for row in report.rows] == [
        (shot, way) for shot in (1, 2) for way in (2, 5, 10, 12)
    ]
    assert report.failure_to_acquire == 0


def test_a_photo_without_a_face_is_an_error_as_a_query():
    vectors, names = a_set(people=4, photos=2, spread=0.01)
    assert evaluate_oneshot(PeoplePhotos.of(vectors, names)).rows[-1].accuracy.value == 1.0
    vectors[0] = None  # of p0 one photo is left: whichever way it is drawn, p0 is an error
    report = evaluate_oneshot(PeoplePhotos.of(vectors, names))
    assert report.rows[-1].accuracy.value == pytest.approx(0.75)
    assert report.failure_to_acquire == 1


def test_everybody_alike_is_nobody_found():
    photos = PeoplePhotos.of(np.ones((8, 4)), list("aabbccdd"))
    assert evaluate_oneshot(photos).rows[0].accuracy.value == 0.0


def test_the_same_seed_draws_the_same_episodes_and_its_report_is_strict_json():
    photos = PeoplePhotos.of(*a_set())
    first, again = (evaluate_oneshot(photos, episodes=30, seed=3) for _ in range(2))
    assert first == again
    row = json.loads(json.dumps(first.to_json(), allow_nan=False))
    assert set(row["accuracy"][0]) >= {"way", "shot", "accuracy", "chance"}
    found = first.findings()
    json.dumps(found.to_json(), allow_nan=False)
    assert [line.name for line in found.charts[0].lines][-1] == "chance"


def test_too_few_photos_and_impossible_numbers_are_refused():
    with pytest.raises(InsufficientData):
        evaluate_oneshot(PeoplePhotos.of(np.eye(3), ["a", "b", "c"]))
    with pytest.raises(InvalidOption):
        evaluate_oneshot(PeoplePhotos.of(*a_set()), episodes=0)
    with pytest.raises(InvalidOption):
        evaluate_oneshot(PeoplePhotos.of(*a_set()), ways=[1])
    with pytest.raises(InvalidEmbedding):
        PeoplePhotos.of([[np.nan, 1.0], [1.0, 0.0]], ["a", "a"])

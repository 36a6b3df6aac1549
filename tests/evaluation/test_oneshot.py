from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray, InvalidEmbedding, InvalidOption
from mien.evaluation import PeoplePhotos, evaluate_oneshot
from mien.evaluation.episodes import right_answers, right_by_scores


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


@pytest.mark.parametrize("seed", range(60))
def test_an_episode_by_scores_is_answered_as_by_hand(seed):
    rng = np.random.default_rng(seed)
    way, shot = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    scores = rng.integers(-2, 3, size=(8, 8)).astype(np.float32)  # many equal ones: ties
    support, queries = rng.integers(-1, 8, size=(way, shot)), rng.integers(-1, 8, size=way)
    expected = []
    for person, query in enumerate(queries):
        means = []
        for own in support:
            seen = [float(scores[query, row]) for row in own if row >= 0]
            means.append(sum(seen) / len(seen) if seen else -np.inf)
        others = [mean for at, mean in enumerate(means) if at != person]
        known = query >= 0 and means[person] > -np.inf
        expected.append(known and means[person] > max(others))  # a tie is an error
    assert right_by_scores(scores, support, queries).tolist() == expected


def test_scores_that_do_not_fit_the_photos_are_refused():
    photos = PeoplePhotos.of(*a_set())
    for wrong in (np.zeros((3, 3)), np.full((48, 48), np.nan)):
        with pytest.raises(InvalidArray, match=r"\(48, 48\)"):
            evaluate_oneshot(photos, scores=wrong.astype(np.float32))


def test_with_cosines_for_scores_one_photo_of_each_is_answered_as_without():
    vectors, names = a_set(spread=1.5)
    photos = PeoplePhotos.of(vectors, names)
    cosines = (photos.vectors @ photos.vectors.T).round(6)
    plain = evaluate_oneshot(photos, shots=[1], episodes=50)
    scored = evaluate_oneshot(photos, shots=[1], episodes=50, scores=cosines)
    assert [row.accuracy for row in scored.rows] == [row.accuracy for row in plain.rows]


def test_five_photos_are_compared_with_one_on_the_same_questions():
    vectors, names = a_set(people=30, photos=8, spread=1.0)
    report = evaluate_oneshot(PeoplePhotos.of(vectors, names), ways=[30], episodes=60)
    (one,) = report.comparisons
    assert (one.few, one.many, one.way, one.people) == (1, 5, 30, 30)
    gain = one.with_many.value - one.with_few.value
    assert one.difference.value == pytest.approx(gain)
    assert one.difference.low > 0.1  # five photos of a noisy face are far better than one
    assert one.difference.supported
    by_row = {row.shot: row.accuracy.value for row in report.rows}  # all have eight photos
    assert one.with_few.value == pytest.approx(by_row[1], abs=0.05)
    assert one.with_many.value == pytest.approx(by_row[5], abs=0.05)
    row = report.to_json()["one_against_more"][0]
    assert set(row) >= {"way", "few", "many", "with_few", "with_many", "difference"}


def test_where_both_answer_alike_the_interval_still_has_a_width():
    vectors, names = a_set(people=6, photos=6, spread=0.01)
    (one, *_) = evaluate_oneshot(PeoplePhotos.of(vectors, names), episodes=40).comparisons
    assert one.difference.value == 0.0
    assert one.difference.low < 0 < one.difference.high
    assert not one.difference.supported


def test_without_three_photos_of_two_people_nothing_is_compared():
    vectors, names = a_set(people=4, photos=2)
    assert evaluate_oneshot(PeoplePhotos.of(vectors, names)).comparisons == ()

"""What an epoch is judged by, and when an embedding has collapsed."""

from __future__ import annotations

import numpy as np
import pytest

from mien.training.metric.separation import effective_rank, evenly, separation


def crowd(people: int, photos: int, spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around a direction of each person's own."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(people, 16)).repeat(photos, axis=0)
    points = centres + spread * generator.normal(size=centres.shape)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit.astype(np.float32), np.arange(people).repeat(photos)


def test_people_further_apart_score_higher_even_where_all_rates_are_full():
    scores = [separation(*crowd(6, 6, spread)).score for spread in (3.0, 1.0, 0.3, 0.1)]
    assert scores == sorted(scores)
    near, far = (separation(*crowd(6, 6, spread)) for spread in (0.3, 0.1))
    assert near.tar == far.tar == 1.0
    assert far.score > near.score


def test_the_true_accept_rate_is_that_of_counting():
    vectors, classes = crowd(8, 5, 1.2)
    similarities = vectors @ vectors.T
    same = classes[:, None] == classes[None]
    pairs = np.triu(np.ones_like(same), 1).astype(bool)
    genuine = np.sort(similarities[pairs & same])
    impostor = np.sort(similarities[pairs & ~same])[::-1]
    allowed = int(0.01 * len(impostor))
    accepted = (genuine > impostor[allowed]).mean()
    assert separation(vectors, classes).tar == pytest.approx(accepted)


def test_too_few_pairs_are_scored_by_no_false_accept_at_all():
    vectors, classes = crowd(2, 2, 0.1)
    assert separation(vectors, classes).tar == 1.0


def test_effective_rank_counts_directions():
    generator = np.random.default_rng(0)
    for directions in (1, 2, 5):
        points = np.zeros((4000, 8), dtype=np.float32)
        points[:, :directions] = generator.normal(size=(4000, directions))
        assert effective_rank(points) == pytest.approx(directions, rel=0.02)
    assert effective_rank(np.ones((5, 8), dtype=np.float32)) == 0.0


def test_a_healthy_embedding_is_not_called_collapsed():
    assert separation(*crowd(3, 4, 0.5)).collapse is None


def test_a_point_and_a_line_are_called_collapsed():
    vectors, classes = crowd(4, 4, 0.5)
    point = vectors * 1e-3 + np.eye(16, dtype=np.float32)[0]
    point /= np.linalg.norm(point, axis=1, keepdims=True)
    assert "collapsed to a point" in str(separation(point, classes).collapse)
    angles = np.linspace(0, 1, 16)
    line = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert "dimensions" in str(separation(line, classes).collapse)


def test_of_many_photos_everybody_keeps_their_share():
    assert evenly(5).tolist() == [0, 1, 2, 3, 4]
    classes = np.repeat([0, 1], [8_000, 2_000])
    rows = evenly(len(classes), 1_000)
    assert len(rows) == len(set(rows)) == 1_000
    assert np.bincount(classes[rows]).tolist() == [800, 200]


def test_of_many_people_with_two_photos_each_pairs_are_left():
    classes = np.repeat(np.arange(6_000), 2)[evenly(12_000, 1_000)]
    assert len(classes) == 1_000
    assert (np.bincount(classes) == 2).sum() >= 250


def test_a_collapsed_embedding_has_no_score_however_well_it_orders_the_pairs():
    vectors, classes = crowd(people=4, photos=5, spread=0.0)
    assert separation(vectors, classes).score > 0.9
    squeezed = np.float32([1.0, *[0.0] * (vectors.shape[1] - 1)]) + 1e-3 * vectors
    squeezed /= np.linalg.norm(squeezed, axis=1, keepdims=True)
    found = separation(squeezed, classes)
    assert found.tar == 1.0
    assert found.score == 0.0

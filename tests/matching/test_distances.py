from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from mien.errors import InvalidEmbedding, InvalidOption
from mien.matching import (
    Metric,
    cosine_similarities,
    cosine_similarity_matrix,
    distance_from_similarity,
    distance_matrix,
    distances,
    similarity_from_distance,
)

RNG = np.random.default_rng(3)
A, B = RNG.normal(size=(7, 16)) * 5, RNG.normal(size=(9, 16)) * 5
UNIT_A = A / np.linalg.norm(A, axis=1, keepdims=True)
UNIT_B = B / np.linalg.norm(B, axis=1, keepdims=True)
TRUTH = {
    Metric.COSINE: cdist(A, B, "cosine"),
    Metric.EUCLIDEAN: cdist(A, B),
    Metric.EUCLIDEAN_L2: cdist(UNIT_A, UNIT_B),
}


@pytest.mark.parametrize("metric", list(Metric))
def test_the_matrix_of_distances_is_scipys(metric):
    np.testing.assert_allclose(distance_matrix(A, B, metric), TRUTH[metric], atol=2e-6)


@pytest.mark.parametrize("metric", list(Metric))
def test_distances_of_rows_are_the_diagonal_of_the_matrix(metric):
    expected = np.diagonal(TRUTH[metric])
    np.testing.assert_allclose(distances(A, B[:7], metric), expected, atol=2e-6)


@pytest.mark.parametrize("metric", [Metric.COSINE, Metric.EUCLIDEAN_L2])
def test_a_distance_follows_from_the_similarity_and_back(metric):
    similarity = cosine_similarity_matrix(A, B)
    distance = distance_from_similarity(similarity, metric)
    np.testing.assert_allclose(distance, TRUTH[metric], atol=2e-6)
    np.testing.assert_allclose(similarity_from_distance(distance, metric), similarity, atol=1e-12)


def test_the_length_of_a_vector_counts_only_in_the_euclidean_distance():
    assert distances([1, 0], [3, 0], "euclidean") == [2.0]
    assert distances([1, 0], [3, 0], "euclidean_l2") == [0.0]
    assert distances([1, 0], [3, 0], "cosine") == [0.0]


def test_a_vector_is_as_near_to_itself_as_rounding_allows():
    assert cosine_similarities(A, A).min() > 1 - 1e-6
    assert np.diagonal(distance_matrix(A, A, "euclidean")).max() < 1e-6 * np.linalg.norm(A)


def test_raw_euclidean_distance_does_not_follow_from_a_cosine():
    with pytest.raises(InvalidOption, match="euclidean_l2"):
        distance_from_similarity(0.5, "euclidean")
    with pytest.raises(InvalidOption):
        similarity_from_distance(0.5, "euclidean")


@pytest.mark.parametrize("bad", [1.1, -1.1, np.nan, np.inf, "x", None])
def test_a_similarity_outside_its_range_is_refused(bad):
    with pytest.raises(InvalidOption):
        distance_from_similarity(bad, "cosine")


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize(
    "bad",
    [
        [np.nan, 1],
        [np.inf, 1],
        [1e200, 1],
        [1, 2, 3],
        [],
        "ab",
        [[[1, 2]]],
        [["a", "b"]],
        [[1], [1, 2]],
    ],
)
def test_what_is_no_vector_of_that_length_is_refused(metric, bad):
    for function in (distances, distance_matrix):
        with pytest.raises(InvalidEmbedding):
            function([1.0, 2.0], bad, metric)


@pytest.mark.parametrize("metric", ["cosine", "euclidean_l2"])
def test_a_vector_without_direction_has_no_angle(metric):
    with pytest.raises(InvalidEmbedding):
        distances([0.0, 0.0], [1.0, 0.0], metric)


def test_unequal_numbers_of_rows_and_unknown_metrics_are_refused():
    with pytest.raises(InvalidEmbedding):
        distances(A, B)
    with pytest.raises(InvalidOption, match="cosine, euclidean, euclidean_l2"):
        distances(A, A, "manhattan")

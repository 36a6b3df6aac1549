"""The features of a pair: hand-made points, and the definitions dimension by dimension."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mien.errors import InvalidEmbedding
from mien.matching import pair_features
from mien.matching.pair_features import chi_squared

# f1, f2, (f1 - f2)^2 / (|f1| + |f2|)
POINTS = [
    (0.5, 0.5, 0.0),
    (0.0, 0.0, 0.0),  # 0 / 0: both say nothing
    (0.6, 0.2, 0.16 / 0.8),
    (0.3, 0.0, 0.3),
    (-0.3, 0.0, 0.3),
    (0.3, -0.3, 0.36 / 0.6),  # f1 + f2 = 0: DeepFace's form has no value here
    (-0.6, -0.2, 0.16 / 0.8),
    (1.0, -1.0, 2.0),
]


@pytest.mark.parametrize(("a", "b", "expected"), POINTS)
def test_chi_squared_of_a_point_is_what_one_computes_by_hand(a, b, expected):
    assert chi_squared(np.array([a]), np.array([b]))[0] == pytest.approx(expected, abs=1e-15)
    assert chi_squared(np.array([b]), np.array([a]))[0] == chi_squared(np.array([a]), np.array([b]))


def test_of_features_that_are_not_negative_it_is_deepface_s_own():
    a, b = np.random.default_rng(0).random((2, 50)) + 1e-3
    np.testing.assert_allclose(chi_squared(a, b), (a - b) ** 2 / (a + b), rtol=1e-14)


def test_every_feature_is_its_definition_dimension_by_dimension():
    first, second = np.random.default_rng(1).normal(size=(2, 4, 3))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    found = pair_features(first, second)
    for row, (a, b) in enumerate(zip(first, second, strict=True)):
        expected = [abs(x - y) for x, y in zip(a, b, strict=True)]
        expected += [(x - y) ** 2 / (abs(x) + abs(y)) for x, y in zip(a, b, strict=True)]
        expected.append(math.fsum(x * y for x, y in zip(a, b, strict=True)))
        np.testing.assert_allclose(found[row], expected, atol=1e-15)


def test_the_order_of_the_two_faces_changes_no_bit():
    first, second = np.random.default_rng(2).normal(size=(2, 30, 128)).astype(np.float32)
    np.testing.assert_array_equal(pair_features(first, second), pair_features(second, first))


def test_two_shapes_are_refused():
    with pytest.raises(InvalidEmbedding, match="two arrays"):
        pair_features(np.ones((2, 3)), np.ones((2, 4)))

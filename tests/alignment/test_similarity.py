"""The similarity of least squares, against singular values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import oracles
from mien.alignment import ARCFACE_112, TEMPLATES, similarity_transform

coordinates = st.floats(-2000, 2000, width=32)
points = arrays(np.float32, (5, 2), elements=coordinates)


@settings(max_examples=200, deadline=None)
@given(source=points, target=points)
def test_it_is_umeyama_s_transform(source: np.ndarray, target: np.ndarray) -> None:
    centred = source.astype(float) - source.mean(axis=0)
    assume(np.abs(centred).max() > 1)
    wanted = oracles.umeyama(source, target)
    got = similarity_transform(source, target)
    # Compared by where they take the points: a matrix near zero has no certain direction.
    for matrix in (wanted, got):
        assert matrix.shape == (2, 3)
    taken = [source @ matrix[:, :2].T + matrix[:, 2] for matrix in (wanted, got)]
    errors = [((places - target) ** 2).sum() for places in taken]
    assert errors[1] == pytest.approx(errors[0], rel=1e-6, abs=1e-3)


@settings(max_examples=100, deadline=None)
@given(
    degrees=st.floats(-180, 180),
    scale=st.floats(0.01, 100),
    shift=st.tuples(coordinates, coordinates),
)
def test_a_similarity_is_found_again(
    degrees: float, scale: float, shift: tuple[float, float]
) -> None:
    source = ARCFACE_112.points.astype(np.float64)
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    got = similarity_transform(source, source @ turn.T + shift)  # type: ignore[arg-type]
    np.testing.assert_allclose(got[:, :2], turn, rtol=1e-7, atol=1e-7 * scale)
    np.testing.assert_allclose(got[:, 2], shift, rtol=1e-6, atol=1e-4)


def test_a_mirrored_face_is_never_mirrored_back() -> None:
    mirrored = ARCFACE_112.points * np.array([-1, 1], np.float32)
    matrix = similarity_transform(mirrored, ARCFACE_112.points)
    assert np.linalg.det(matrix[:, :2]) >= 0


def test_points_on_one_spot_give_the_shift_alone() -> None:
    spot = np.full((5, 2), 7, np.float32)
    matrix = similarity_transform(spot, ARCFACE_112.points)
    np.testing.assert_array_equal(matrix[:, :2], np.eye(2))
    np.testing.assert_allclose(matrix[:, 2], ARCFACE_112.points.mean(axis=0) - 7, atol=1e-4)


def test_a_template_lies_in_its_crop_with_the_right_eye_on_the_left() -> None:
    for name, template in TEMPLATES.items():
        assert template.name == name
        assert template.points.shape == (5, 2)
        assert (template.points > 0).all()
        assert (template.points < template.size).all()
        assert template.points[0, 0] < template.points[1, 0]

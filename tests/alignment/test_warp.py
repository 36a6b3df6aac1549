"""The aligned crop: where things land, and what a large face is averaged to."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.alignment import ARCFACE_112, align, similarity_transform, visible_share
from mien.pipeline import Recognizer
from mien.records import Landmarks

TEMPLATE = ARCFACE_112.points.astype(np.float64)


def placed(degrees: float, scale: float, x: float, y: float) -> Landmarks:
    """The template's points turned about the crop's middle, scaled, with that middle at (x, y)."""
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return Landmarks((TEMPLATE - 56) @ turn.T + (x, y))


def smooth(width: int, height: int) -> np.ndarray:
    """A picture without fine detail, different everywhere."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    waves = [127 + 100 * np.sin(x / 60 + k) * np.cos(y / 70 - k) for k in range(3)]
    return np.stack(waves, axis=2).round().astype(np.uint8)


def test_a_face_that_lies_as_the_template_says_is_cut_out_as_it_is() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    np.testing.assert_array_equal(align(photo, Landmarks(TEMPLATE), ARCFACE_112), photo)


def test_a_face_elsewhere_is_cut_out_where_it_is() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    crop = align(photo, Landmarks(TEMPLATE + np.array([100, 50])), ARCFACE_112)
    np.testing.assert_array_equal(crop, photo[50:162, 100:212])


@pytest.mark.parametrize("degrees", [0, 30, 90, 180, -135])
@pytest.mark.parametrize("scale", [0.3, 1.0, 1.9, 2.1, 4.5, 7])
def test_the_five_points_land_where_the_template_says(degrees: float, scale: float) -> None:
    landmarks = placed(degrees, scale, 500, 480)
    for index, (x, y) in enumerate(landmarks.points):
        photo = np.zeros((1000, 1000, 3), np.float32)
        cv2.circle(
            photo, (round(float(x)), round(float(y))), max(2, round(4 * scale)), (255,) * 3, -1
        )
        crop = align(photo.astype(np.uint8), landmarks, ARCFACE_112)[..., 0].astype(float)
        rows, columns = np.mgrid[0:112, 0:112]
        spot = np.array([(columns * crop).sum(), (rows * crop).sum()]) / crop.sum()
        assert np.abs(spot - TEMPLATE[index]).max() < 0.6 + 0.7 / scale


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(2, 6), x=st.floats(300, 500), y=st.floats(300, 500))
def test_a_large_face_is_averaged_over_areas(scale: float, x: float, y: float) -> None:
    """Against the plain mean of many samples in each of the crop's pixels."""
    photo = smooth(800, 800)
    landmarks = placed(0, scale, x, y)
    crop = align(photo, landmarks, ARCFACE_112).astype(np.float64)
    inverse = cv2.invertAffineTransform(similarity_transform(landmarks.points, ARCFACE_112.points))
    for row, column in ((10, 10), (56, 56), (100, 20), (70, 101)):
        steps = (np.arange(8) + 0.5) / 8 - 0.5
        grid = np.stack(np.meshgrid(column + steps, row + steps), axis=-1).reshape(-1, 2)
        places = (grid @ inverse[:, :2].T + inverse[:, 2]).round().astype(int)
        if (places < 0).any() or (places >= 800).any():
            continue
        mean = photo[places[:, 1], places[:, 0]].mean(axis=0)
        np.testing.assert_allclose(crop[row, column], mean, atol=3)


def test_a_large_face_is_not_sampled_with_gaps() -> None:
    """Stripes of one pixel become grey; a bilinear warp alone would leave stripes."""
    photo = np.zeros((900, 900, 3), np.uint8)
    photo[:, ::2] = 255
    crop = align(photo, placed(0, 6, 450, 450), ARCFACE_112)
    assert 110 <= crop.min() <= crop.max() <= 145


def test_the_shrunken_way_and_the_plain_way_agree_where_they_meet() -> None:
    photo = smooth(600, 600)
    below, above = (align(photo, placed(20, s, 300, 300), ARCFACE_112) for s in (1.999, 2.001))
    assert np.abs(below.astype(int) - above.astype(int)).max() <= 3


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_what_lies_outside_the_picture_is_black(scale: float) -> None:
    photo = np.full((400, 400, 3), 200, np.uint8)
    crop = align(photo, placed(0, scale, 0, 200), ARCFACE_112)  # its left half is outside
    assert (crop[:, :54] == 0).all()
    assert (crop[:, 59:] == 200).all()


@pytest.mark.parametrize("scale", [0.001, 1, 5, 1e4, 1e7])
@pytest.mark.parametrize("place", [(-9999, 50), (50, 9999), (50, 50)])
def test_points_of_any_size_and_place_give_a_crop(scale: float, place: tuple[int, int]) -> None:
    crop = align(smooth(100, 80), placed(15, scale, *place), ARCFACE_112)
    assert crop.shape == (112, 112, 3)
    assert crop.dtype == np.uint8


def test_points_on_one_spot_give_a_crop() -> None:
    crop = align(smooth(100, 80), Landmarks(np.full((5, 2), 30)), ARCFACE_112)
    assert crop.shape == (112, 112, 3)


def test_the_photo_is_not_changed(
    recognizer: Recognizer, picture: Callable[[str], np.ndarray]
) -> None:
    photo = picture("obama.jpg")  # read-only: writing would raise
    (face,) = recognizer.detector.detect([photo])[0]
    assert face.landmarks is not None
    assert align(photo, face.landmarks, ARCFACE_112).std() > 20


@pytest.mark.parametrize(
    ("x", "y", "share"),
    [(200, 200, 1.0), (0, 200, 0.5), (200, 400, 0.5), (0, 0, 0.25), (-500, 200, 0.0)],
)
@pytest.mark.parametrize("degrees", [0, 90])
def test_the_visible_share_is_the_part_of_the_crop_inside_the_picture(
    x: float, y: float, share: float, degrees: float
) -> None:
    landmarks = placed(degrees, 1.5, x, y)
    assert visible_share(landmarks, ARCFACE_112, (400, 400)) == pytest.approx(share, abs=0.04)


@settings(max_examples=25, deadline=None)
@given(
    degrees=st.floats(-180, 180),
    scale=st.floats(0.5, 3),
    x=st.floats(-100, 500),
    y=st.floats(-100, 500),
)
def test_the_visible_share_is_what_a_white_picture_shows(
    degrees: float, scale: float, x: float, y: float
) -> None:
    landmarks = placed(degrees, scale, x, y)
    crop = align(np.full((400, 400, 3), 255, np.uint8), landmarks, ARCFACE_112)
    share = visible_share(landmarks, ARCFACE_112, (400, 400))
    assert share == pytest.approx((crop > 127).mean(), abs=0.1)

"""What is cut out shows the one face with room around it."""

from __future__ import annotations

import numpy as np
import pytest

from mien.capture.crops import MINIMUM_SIDE, cut
from mien.capture.options import Form
from mien.records import Box, Face

IMAGE = np.random.default_rng(1).integers(0, 255, (360, 640, 3), dtype=np.uint8)


def face(x, y, side=60.0):
    return Face(Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2), 0.9)


def test_a_crop_is_twice_the_face_with_its_own_pixels():
    assert np.array_equal(cut(IMAGE, face(320, 180), [], Form()), IMAGE[120:240, 260:380])


def test_at_an_edge_the_crop_ends_there():
    crop = cut(IMAGE, face(20, 180), [], Form())
    assert np.array_equal(crop, IMAGE[120:240, 0:80])


def test_another_face_makes_it_narrower_and_a_nearer_one_refuses_it():
    assert cut(IMAGE, face(320, 180), [face(400, 180)], Form()).shape == (105, 105, 3)
    assert cut(IMAGE, face(320, 180), [face(360, 180)], Form()) is None


def test_a_tiny_face_is_enlarged_until_readers_take_it():
    assert cut(IMAGE, face(320, 180, 20.0), [], Form()).shape[:2] == (MINIMUM_SIDE, MINIMUM_SIDE)


@pytest.mark.parametrize("x", [320, 5, 638])
def test_the_classic_form_is_a_tight_grey_square(x):
    crop = cut(IMAGE, face(x, 180), [face(x + 10, 180)], Form(grey=True, side=200))
    assert crop.shape == (200, 200, 3)
    assert np.array_equal(crop[..., 0], crop[..., 2])


def test_a_side_makes_squares_of_it():
    assert cut(IMAGE, face(5, 180), [], Form(side=96)).shape == (96, 96, 3)


def test_a_whole_frame_stays_as_it_is():
    assert cut(IMAGE, face(320, 180), [face(330, 180)], Form(frames=True)) is IMAGE

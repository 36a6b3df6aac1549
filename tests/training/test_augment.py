"""Views: the same call gives the same pixels, and what varies is what the classics vary."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torchvision", reason="torchvision, of the extra train, is not installed")

import torch

from mien.training.augment import view_of

kinds = pytest.mark.parametrize("kind", ["classic", "modern"])


@pytest.fixture
def crop(picture) -> np.ndarray:
    return np.ascontiguousarray(picture("astronaut.png")[60:220, 150:310])


@kinds
def test_a_view_is_a_function_of_photo_seed_and_number(crop, kind):
    first = view_of(crop, kind, seed=3, number=2)
    torch.rand(100)  # somebody else draws
    assert np.array_equal(first, view_of(crop.copy(), kind, seed=3, number=2))
    assert not np.array_equal(first, view_of(crop, kind, seed=3, number=3))
    assert not np.array_equal(first, view_of(crop, kind, seed=4, number=2))
    assert first.shape == crop.shape
    assert first.dtype == np.uint8


@kinds
def test_view_0_is_the_photo_and_nobody_else_s_draws_are_disturbed(crop, kind):
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    assert np.array_equal(view_of(crop, kind, seed=1, number=0), crop)
    view_of(crop, kind, seed=1, number=1)
    assert torch.equal(torch.rand(3), expected)


def test_beyond_the_border_lies_the_nearest_pixel_and_no_black():
    grey = np.full((64, 64, 3), 200, dtype=np.uint8)
    for number in range(1, 30):
        assert view_of(grey, "classic", seed=0, number=number).min() >= 198


def test_the_classic_shift_reaches_a_fifth_of_the_side_and_no_more():
    dot = np.zeros((100, 100, 3), dtype=np.uint8)
    dot[47:54, 47:54] = 255
    sums = [
        view_of(dot, "classic", seed=0, number=number)[..., 0].sum(axis=0).argmax()
        for number in range(1, 200)
    ]
    assert max(abs(place - 50) for place in sums) <= 24  # 20 and the rotated dot's width
    assert max(sums) >= 65
    assert min(sums) <= 35

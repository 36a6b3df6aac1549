"""Arrays follow the documented rules; nothing turns black in silence."""

import numpy as np
import pytest

from images.sample_photos import pixels
from mien import images
from mien.errors import ImageTooLarge, ImageTooSmall, InvalidArray

RGB = pixels()
GREY = np.ascontiguousarray(RGB[..., 1])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros(100, np.uint8),
        np.zeros((64, 64, 5), np.uint8),
        np.zeros((64, 64, 2), np.uint8),
        np.zeros((3, 64, 64), np.uint8),
        np.zeros((1, 64, 64, 3), np.uint8),
        np.zeros((), np.uint8),
        np.full((64, 64, 3), None, object),
        np.full((64, 64, 3), np.nan),
        np.full((64, 64, 3), np.inf, np.float32),
        np.full((64, 64, 3), -np.inf, np.float16),
        RGB.astype(np.float32),
        np.full((64, 64, 3), -0.5),
        RGB.astype(np.int64),
        RGB.astype(np.int16),
        RGB.astype(np.complex64),
        np.full((64, 64), "a"),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_an_array_that_is_no_picture_is_refused_with_what_was_expected(array: np.ndarray) -> None:
    with pytest.raises(InvalidArray, match=r"^image: expected .* got "):
        images.read_image(array)


@pytest.mark.parametrize(
    "array",
    [
        RGB,
        np.asfortranarray(RGB),
        np.ascontiguousarray(RGB[::-1, ::-1, ::-1])[::-1, ::-1, ::-1],
        np.repeat(np.repeat(RGB, 2, 0), 3, 1)[::2, ::3],
        RGB.astype(np.uint16) * 257,
        (RGB.astype(np.uint16) * 257).astype(">u2"),
        RGB / 255,
        (RGB / 255).astype(np.float32),
        np.dstack([RGB, np.full_like(GREY, 255)]),
    ],
    ids=["itself", "Fortran", "negative strides", "strided", "uint16", "big-endian", "float64",
         "float32", "opaque"],
)  # fmt: skip
def test_every_layout_and_type_gives_the_same_pixels(array: np.ndarray) -> None:
    array.setflags(write=False)
    result = images.read_image(array)
    assert result.dtype == np.uint8
    assert result.flags.c_contiguous
    assert np.array_equal(result, RGB)


@pytest.mark.parametrize("array", [GREY, GREY[..., None], GREY / 255], ids=["2-D", "3-D", "float"])
def test_grey_becomes_three_equal_channels(array: np.ndarray) -> None:
    assert np.array_equal(images.read_image(array), np.dstack([GREY, GREY, GREY]))


def test_bool_is_black_and_white() -> None:
    mask = GREY > 100
    assert np.array_equal(images.read_image(mask)[..., 0], np.where(mask, 255, 0))


def test_transparent_pixels_are_white() -> None:
    assert images.read_image(np.dstack([RGB, np.zeros_like(GREY)])).min() == 255


def test_a_little_overshoot_of_floats_is_clipped() -> None:
    array = np.full((32, 32, 3), 1.001)
    array[0] = -0.001
    result = images.read_image(array)
    assert (result[0] == 0).all()
    assert (result[1:] == 255).all()


def test_an_array_has_the_limits_of_a_file() -> None:
    with pytest.raises(ImageTooSmall):
        images.read_image(np.zeros((2, 6500, 3), np.uint8))
    with pytest.raises(ImageTooSmall, match="20 times"):
        images.read_image(np.zeros((16, 400), np.uint8))
    with pytest.raises(ImageTooLarge):
        images.read_image(np.broadcast_to(np.uint8(0), (8000, 8000, 3)))
    with pytest.raises(ImageTooLarge, match="a side"):
        images.read_image(RGB, images.Limits(max_side=300))


def test_the_result_for_a_file_can_be_read_again_as_an_array() -> None:
    assert images.read_image(RGB) is RGB

"""Treacherous but valid pictures come out upright in the right colours: OpenCV and Pillow judge."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from images import sample_photos as sample
from images.bad_files import CASES
from mien import images


def _opencv(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)


def _pillow(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def _furthest(first: np.ndarray, second: np.ndarray) -> int:
    assert first.shape == second.shape
    return int(np.abs(first.astype(int) - second.astype(int)).max())


@pytest.mark.parametrize("number", [55, 56, 57], ids=lambda number: CASES[number].name)
def test_cmyk_has_the_colours_that_opencv_and_pillow_see(number: int) -> None:
    pixels = images.read_image(CASES[number].data)
    assert _furthest(pixels, _opencv(CASES[number].data)) <= 1
    assert _furthest(pixels, _pillow(CASES[number].data)) <= 2  # Pillow's own CMYK rounding


@pytest.mark.parametrize("number", [58, 60, 66], ids=lambda number: CASES[number].name)
def test_grey_one_bit_and_a_polyglot_are_as_opencv_and_pillow_see_them(number: int) -> None:
    pixels = images.read_image(CASES[number].data)
    assert _furthest(pixels, _opencv(CASES[number].data)) <= 1
    assert _furthest(pixels, _pillow(CASES[number].data)) <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WebP"])
def test_a_plain_picture_is_as_opencv_and_pillow_see_it(kind: str) -> None:
    data = sample.encoded(sample.picture(), kind)
    pixels = images.read_image(data)
    assert _furthest(pixels, _opencv(data)) <= 1
    assert _furthest(pixels, _pillow(data)) <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_bmp_of_every_depth_is_as_opencv_sees_it(mode: str) -> None:
    data = sample.encoded(sample.picture(mode), "BMP")
    assert _furthest(images.read_image(data), _opencv(data)) == 0


def test_a_progressive_jpeg_is_as_opencv_sees_it() -> None:
    data = sample.encoded(sample.picture(), "JPEG", progressive=True)
    assert _furthest(images.read_image(data), _opencv(data)) <= 1


def test_sixteen_bits_are_divided_by_257_and_do_not_turn_white() -> None:
    data = CASES[62].data
    grey = np.asarray(sample.picture("L"))
    assert np.array_equal(images.read_image(data), np.repeat(grey[..., None], 3, axis=2))
    assert _furthest(images.read_image(data), _opencv(data)) <= 1


def test_transparency_shows_white_and_not_what_it_hides() -> None:
    assert images.read_image(CASES[63].data).min() == 255


@pytest.mark.parametrize("kind", ["PNG", "WebP"])
def test_alpha_is_laid_on_white_as_the_formula_says(kind: str) -> None:
    image = sample.picture("RGBA")
    alpha = np.tile(np.arange(320) % 256, (240, 1)).astype(np.uint8)
    image.putalpha(Image.fromarray(alpha))
    share = alpha[..., None] / 255
    expected = np.rint(sample.pixels() * share + 255 * (1 - share))
    data = sample.encoded(
        image, kind, **({"lossless": True, "exact": True} if kind == "WebP" else {})
    )
    assert _furthest(images.read_image(data), expected) <= 1


@pytest.mark.parametrize("number", [59, 61], ids=lambda number: CASES[number].name)
def test_other_kinds_of_transparency_are_as_pillow_lays_them_on_white(number: int) -> None:
    image = Image.open(io.BytesIO(CASES[number].data)).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    expected = np.asarray(Image.alpha_composite(white, image).convert("RGB"))
    assert _furthest(images.read_image(CASES[number].data), expected) <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(kind: str, orientation: int) -> None:
    image = sample.picture()
    if kind == "TIFF":
        data = sample.encoded(image, kind, tiffinfo={0x0112: orientation})
    else:
        data = sample.encoded(image, kind, exif=b"Exif\0\0" + sample.exif(orientation))
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    pixels = images.read_image(data, images.Limits(formats=(kind,)))
    assert pixels.flags.c_contiguous
    assert _furthest(pixels, expected) <= 1


@pytest.mark.parametrize("number", [50, 51, 52, 53], ids=lambda number: CASES[number].name)
def test_an_orientation_that_means_nothing_leaves_the_picture_as_it_is(number: int) -> None:
    assert np.array_equal(images.read_image(CASES[number].data), images.read_image(sample.jpeg()))


def test_big_endian_exif_turns_too() -> None:
    block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    data = sample.after_start(sample.jpeg(), sample.segment(0xE1, b"Exif\0\0" + block))
    assert images.read_image(data).shape == (320, 240, 3)


def test_a_wide_gamut_is_converted_to_srgb_as_colorimetry_says() -> None:
    stored = images.read_image(sample.encoded(sample.picture(), "JPEG", quality=95)) / 255
    # sRGB's primaries in XYZ, adapted to D50 (IEC 61966-2-1, ICC's own profile).
    srgb = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061],
                     [0.01392, 0.09708, 0.71410]])  # fmt: skip
    linear = stored**2.2 @ (np.linalg.inv(srgb) @ sample.WIDE_TO_XYZ).T
    linear = linear.clip(0, 1)
    low, high = 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    expected = 255 * np.where(linear <= 0.0031308, low, high)
    converted = images.read_image(CASES[54].data)
    assert np.abs(converted - 255 * stored).mean() > 5
    assert _furthest(converted, expected.round()) <= 4


@pytest.mark.parametrize("kind", ["PNG", "WebP"])
def test_a_profile_is_found_in_every_format(kind: str) -> None:
    options = {"lossless": True} if kind == "WebP" else {}
    plain = images.read_image(sample.encoded(sample.picture(), kind, **options))
    profile = sample.wide_profile()
    wide = images.read_image(sample.encoded(sample.picture(), kind, icc_profile=profile, **options))
    assert np.abs(wide.astype(int) - plain).mean() > 5


def test_a_garbage_profile_changes_nothing() -> None:
    profile = bytes(16) + b"RGB " + bytes(200)
    data = sample.encoded(sample.picture(), "PNG", icc_profile=profile)
    assert np.array_equal(images.read_image(data), sample.pixels())

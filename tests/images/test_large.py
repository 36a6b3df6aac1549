"""Large pictures: how far the limits go up, what is said of what stays too large, and shrinking."""

from __future__ import annotations

import io
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import simplejpeg
from PIL import Image

from images.sample_photos import after_start, encoded, exif, picture, pixels, segment
from mien import images
from mien.errors import DamagedImage, ImageError, ImageTooLarge, InvalidOption
from mien.images import Limits


def _jpeg(width: int, height: int, **options: object) -> bytes:
    """The sample picture in another size."""
    return encoded(picture().resize((width, height)), "JPEG", quality=90, **options)


SMALL = Limits.of_megapixels(0.05)
"""Stands for 50 megapixels where the real thing would take too long."""
SHRUNK = Limits.of_megapixels(0.05, shrink_large=True)


def test_the_usual_limits_are_50_megapixels() -> None:
    assert Limits.of_megapixels(images.MEGAPIXELS) == images.DEFAULT_LIMITS == Limits()


def test_a_panorama_of_60_megapixels_passes_at_100() -> None:
    Limits.of_megapixels(100).check_size(20_000, 3_000)
    with pytest.raises(ImageTooLarge, match=r"16,384 pixels a side.*max_megapixels=62"):
        Limits().check_size(20_000, 3_000)


@pytest.mark.parametrize("seed", range(20))
def test_the_number_in_the_message_is_the_one_that_helps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, height = (int(side) for side in rng.integers(6000, 31_000, 2))
    limits = Limits.of_megapixels(float(rng.uniform(1, 40)))
    with pytest.raises(ImageTooLarge) as caught:
        limits.check_size(width, height)
    needed = int(re.findall(r"max_megapixels=(\d+)", str(caught.value))[0])
    Limits.of_megapixels(needed).check_size(width, height)
    with pytest.raises(ImageTooLarge):
        Limits.of_megapixels(needed - 1).check_size(width, height)


def test_a_file_s_size_has_a_limit_that_grows_with_the_pixels() -> None:
    size = 65 * 2**20
    with pytest.raises(ImageTooLarge, match="max_megapixels=100"):
        Limits().check_bytes(size)
    Limits.of_megapixels(100).check_bytes(size)


@pytest.mark.parametrize(("width", "height"), [(32_767, 2_000), (40_000, 30_000), (1, 0)])
def test_what_no_limit_can_pass_is_told_no_number(width: int, height: int) -> None:
    with pytest.raises(ImageError) as caught:
        Limits.of_megapixels(1000).check_size(width, height)
    assert "max_megapixels" not in str(caught.value)


@pytest.mark.parametrize("way", ["path", "bytes", "file", "array"])
def test_every_source_has_the_limit_that_the_caller_sets(way: str, tmp_path: Path) -> None:
    data = _jpeg(320, 240)
    (tmp_path / "a.jpg").write_bytes(data)
    source = {
        "path": lambda: tmp_path / "a.jpg",
        "bytes": lambda: data,
        "file": lambda: io.BytesIO(data),
        "array": pixels,
    }[way]
    with pytest.raises(ImageTooLarge, match=r"320 x 240 pixels.*max_megapixels=1"):
        images.read_image(source(), max_megapixels=0.05)
    assert images.read_image(source(), max_megapixels=0.08).shape == (240, 320, 3)


@pytest.mark.parametrize("value", [0, -1, 1001, float("nan"), "many"])
def test_megapixels_out_of_range_are_refused(value: object) -> None:
    with pytest.raises(InvalidOption, match="max_megapixels"):
        images.read_image(pixels(), max_megapixels=value)  # type: ignore[arg-type]


def test_limits_and_megapixels_are_not_taken_together() -> None:
    with pytest.raises(InvalidOption, match="got both"):
        images.read_image(pixels(), Limits(), max_megapixels=60)


@pytest.mark.parametrize(
    ("width", "height", "shrunk"),
    [(240, 200, 1), (320, 240, 2), (640, 480, 4), (1001, 751, 4), (1400, 1001, 8)],
)
def test_a_large_jpeg_is_shrunk_as_little_as_it_must(width: int, height: int, shrunk: int) -> None:
    data = _jpeg(width, height)
    photo = images.read_photo(data, SHRUNK)
    assert (photo.shrunk, photo.size_wh) == (shrunk, (width, height))
    assert photo.pixels.shape == (-(-height // shrunk), -(-width // shrunk), 3)
    whole = images.read_image(data)
    size = (photo.pixels.shape[1], photo.pixels.shape[0])
    expected = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    assert np.abs(photo.pixels.astype(int) - expected).mean() < 3


def test_a_shrunk_photo_is_turned_upright_and_keeps_the_size_of_the_turned_file() -> None:
    data = after_start(_jpeg(640, 480), segment(0xE1, b"Exif\0\0" + exif(6)))
    photo = images.read_photo(data, SHRUNK)
    assert photo.size_wh == (480, 640)
    assert photo.pixels.shape == (160, 120, 3)
    plain = images.read_photo(_jpeg(640, 480), SHRUNK)
    assert np.array_equal(photo.pixels, np.rot90(plain.pixels, -1))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_are_shrunk_too(mode: str) -> None:
    data = encoded(picture().resize((640, 480)).convert(mode), "JPEG", quality=90)
    assert images.read_photo(data, SHRUNK).pixels.shape == (120, 160, 3)


def test_what_fits_is_decoded_to_the_same_pixels_with_and_without_shrinking() -> None:
    data = _jpeg(250, 190)
    expected = simplejpeg.decode_jpeg(data)
    assert np.array_equal(images.read_image(data), expected)
    assert np.array_equal(images.read_image(data, SHRUNK), expected)


@pytest.mark.parametrize(
    "data",
    [
        _jpeg(640, 480, progressive=True),
        encoded(picture(), "PNG"),
        encoded(picture(), "WebP"),
        _jpeg(2200, 1600),
    ],
    ids=["progressive", "PNG", "WebP", "8 is not enough"],
)
def test_what_cannot_be_shrunk_is_refused_and_told_why(data: bytes) -> None:
    with pytest.raises(ImageTooLarge, match="only a baseline JPEG can be read smaller"):
        images.read_photo(data, SHRUNK)


def test_nothing_is_shrunk_unasked() -> None:
    with pytest.raises(ImageTooLarge):
        images.read_photo(_jpeg(320, 240), SMALL)


def test_a_cut_jpeg_is_damaged_also_where_it_is_shrunk() -> None:
    data = _jpeg(640, 480)
    with pytest.raises(DamagedImage):
        images.read_photo(data[: len(data) * 2 // 3], SHRUNK)


def test_pillow_agrees_on_what_half_a_jpeg_looks_like() -> None:
    data = _jpeg(320, 240)
    with Image.open(io.BytesIO(data)) as draft:
        draft.draft("RGB", (160, 120))
        expected = np.asarray(draft.convert("RGB"))
    found = images.read_photo(data, SHRUNK).pixels
    assert expected.shape == found.shape
    assert np.abs(found.astype(int) - expected).mean() < 1

"""Pillow's images: the same pixels as of the file that they would be saved as."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from images.sample_photos import encoded, exif, picture, pixels, wide_profile
from mien import images
from mien.errors import DamagedImage, ImageTooLarge, SourceNotFound, UnsupportedImage

MODES = ["1", "L", "P", "RGB", "RGBA", "LA", "PA", "CMYK", "YCbCr", "LAB", "HSV", "RGBX", "RGBa"]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("mode", MODES)
def test_every_usual_mode_becomes_rgb(mode: str) -> None:
    image = picture("RGBA").convert(mode) if "A" in mode or "a" in mode else picture().convert(mode)
    before = image.tobytes()
    found = images.read_image(image)
    assert (found.shape, found.dtype) == (pixels().shape, np.uint8)
    assert image.tobytes() == before
    if mode != "1":  # dithered
        coarse = 60 if mode in ("L", "LA", "P", "PA") else 6
        assert np.abs(found.astype(int).mean((0, 1)) - pixels().mean((0, 1))).max() < coarse


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_a_png_is_read_alike_as_a_file_and_as_an_image(mode: str) -> None:
    image = picture().convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    data = encoded(image, "PNG")
    for one in (image, opened(data)):
        np.testing.assert_array_equal(images.read_image(one), images.read_image(data))


def test_a_transparent_colour_of_a_palette_becomes_white() -> None:
    image = picture().convert("P")
    hidden = image.getpixel((0, 0))
    data = encoded(image, "PNG", transparency=hidden)
    found = images.read_image(opened(data))
    np.testing.assert_array_equal(found, images.read_image(data))
    assert (found[0, 0] == 255).all()


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_sixteen_bits_become_eight(order: str) -> None:
    values = (np.arange(64 * 64, dtype=np.uint32).reshape(64, 64) * 16).astype(order)
    found = images.read_image(Image.fromarray(values))
    np.testing.assert_array_equal(found, images.read_image(values.astype(np.uint16)))


@pytest.mark.parametrize("mode", ["F", "I", "La"])
def test_pixels_that_are_no_photos_are_refused(mode: str) -> None:
    with pytest.raises(UnsupportedImage, match=f"mode {mode}; convert it to RGB"):
        images.read_image(Image.new(mode, (64, 64)))


@pytest.mark.parametrize("orientation", [*range(10), 77])
def test_an_image_is_turned_as_its_exif_says(orientation: int) -> None:
    data = encoded(picture(), "PNG", exif=exif(orientation))
    found = images.read_image(opened(data))
    np.testing.assert_array_equal(found, images.read_image(data))
    turned = ImageOps.exif_transpose(opened(data))  # says that it is upright now
    np.testing.assert_array_equal(images.read_image(turned), found)


@pytest.mark.parametrize("garbage", [b"", b"II*\0", b"Exif\0\0" + bytes(30), struct.pack("<I", 9)])
def test_exif_that_cannot_be_read_counts_as_upright(garbage: bytes) -> None:
    image = picture()
    image.info["exif"] = garbage
    np.testing.assert_array_equal(images.read_image(image), pixels())


def test_a_wide_profile_is_brought_to_srgb() -> None:
    data = encoded(picture(), "PNG", icc_profile=wide_profile())
    found = images.read_image(opened(data))
    np.testing.assert_array_equal(found, images.read_image(data))
    assert not np.array_equal(found, pixels())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "TIFF"])
def test_an_image_whose_file_is_cut_is_damaged(kind: str) -> None:
    data = encoded(picture(), kind)
    assert images.read_image(opened(data)).shape == (240, 320, 3)
    with pytest.raises(DamagedImage, match="expected a sound PIL image, got: "):
        images.read_image(opened(data[: len(data) // 2]))


def test_an_image_that_was_closed_unread_says_so_and_a_loaded_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture().save(path)
    with Image.open(path) as loaded:
        loaded.load()
    np.testing.assert_array_equal(images.read_image(loaded), pixels())
    with Image.open(path) as unread:
        pass
    with pytest.raises(SourceNotFound, match="closed before it was read"):
        images.read_image(unread)


def test_a_large_image_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("1", (9000, 9000)).save(path)
    with Image.open(path) as image:
        with pytest.raises(ImageTooLarge, match="9,000 x 9,000"):
            images.read_image(image)
        assert image.fp is not None  # not loaded


def test_the_frame_that_is_sought_is_read() -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    image = opened(file.getvalue())
    assert tuple(images.read_image(image)[0, 0]) == (255, 0, 0)
    image.seek(1)
    assert tuple(images.read_image(image)[0, 0]) == (0, 0, 255)


def test_the_pixels_are_not_the_images_own() -> None:
    image = picture()
    images.hold(image)[:] = 0
    np.testing.assert_array_equal(np.asarray(image), pixels())


def test_a_tensor_is_read_as_its_array() -> None:
    torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")
    tensor = torch.from_numpy(pixels().copy())
    np.testing.assert_array_equal(images.read_image(tensor), pixels())
    held = images.hold(tensor)
    tensor[:] = 0
    np.testing.assert_array_equal(held, pixels())

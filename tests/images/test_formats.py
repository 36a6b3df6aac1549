"""HEIC, AVIF, TIFF, GIF and PNM are read like the rest: upright and in the right colours."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

import numpy as np
import pillow_heif
import pytest
from PIL import Image, TiffImagePlugin

from images import sample_photos as sample
from mien import images
from mien.errors import MienError, UnsupportedImage
from mien.images import DEFAULT_LIMITS
from mien.images.header import read_header
from training.copies import exif as exif_with_time


def _apart(data: bytes, expected: np.ndarray) -> float:
    """Mean difference of a file's pixels from the expected ones, in levels."""
    pixels = images.read_image(data)
    assert pixels.shape == expected.shape
    assert pixels.flags.c_contiguous
    return float(np.abs(pixels.astype(int) - expected).mean())


def _png(image: Image.Image, **options: object) -> np.ndarray:
    return images.read_image(sample.encoded(image, "PNG", **options))


def _heic_of(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=90, **options)
    return file.getvalue()


def _tiff(compression: str | None, mode: str = "RGB", **options: object) -> bytes:
    return sample.encoded(sample.picture(mode), "TIFF", compression=compression, **options)


MAKERS = {
    "HEIC": sample.heic,
    "AVIF": sample.avif,
    "TIFF": lambda turn: _tiff(None, tiffinfo={0x0112: turn}),
    "TIFF with LZW": lambda turn: _tiff("tiff_lzw", tiffinfo={0x0112: turn}),
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_applied_once(kind: str, orientation: int) -> None:
    upright = _png(sample.picture(), exif=b"Exif\0\0" + sample.exif(orientation))
    assert _apart(MAKERS[kind](orientation), upright) < 1.5


def test_exif_alone_does_not_turn_heif() -> None:
    """ISO/IEC 23008-12, A.2.3: the boxes say how a picture is turned, EXIF only repeats it."""
    for data in (sample.heic(6), sample.avif(6)):
        at = data.index(b"irot") + 4
        unturned = data[:at] + b"\0" + data[at + 1 :]
        assert images.read_image(data).shape == (320, 240, 3)
        assert images.read_image(unturned).shape == (240, 320, 3)


@pytest.mark.parametrize("size", [(321, 241), (319, 239), (64, 64), (100, 17)])
@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
def test_a_picture_may_have_any_size_also_on_its_side(kind: str, size: tuple[int, int]) -> None:
    image = sample.picture().resize(size)
    for orientation in (1, 6):
        turned = sample.exif(orientation)
        if kind == "HEIC":
            data = _heic_of(image, exif=turned)
        else:
            data = sample.encoded(image, "AVIF", quality=90, exif=turned)
        assert _apart(data, _png(image, exif=b"Exif\0\0" + turned)) < 6


def test_a_phone_s_tiles_are_one_picture() -> None:
    image = sample.picture().resize((1500, 1100))
    assert _apart(_heic_of(image, tile_size=512), np.asarray(image)) < 1
    turned = sample.exif(8)
    expected = _png(image, exif=b"Exif\0\0" + turned)
    assert _apart(_heic_of(image, tile_size=512, exif=turned), expected) < 1


def test_of_several_pictures_the_one_that_the_file_means_is_read() -> None:
    file = io.BytesIO()
    several = pillow_heif.from_pillow(Image.new("RGB", (64, 64), "red"))
    several.add_from_pillow(sample.picture())
    several.add_from_pillow(Image.new("RGB", (900, 700), "blue"))
    several.save(file, quality=90, primary_index=1)
    assert _apart(file.getvalue(), sample.pixels()) < 1.5


def test_ten_bits_become_eight() -> None:
    file = io.BytesIO()
    deep = sample.pixels().astype(np.uint16) * 257
    pillow_heif.from_bytes("RGB;16", (320, 240), deep.tobytes()).save(file, quality=90)
    assert b"hvcC" in file.getvalue()
    assert _apart(file.getvalue(), sample.pixels()) < 1.5


@pytest.mark.parametrize("kind", ["HEIC", "AVIF", "TIFF", "GIF"])
def test_what_is_transparent_shows_white_and_not_what_it_hides(kind: str) -> None:
    hidden = sample.picture("RGBA")
    hidden.putalpha(0)
    data = _heic_of(hidden) if kind == "HEIC" else sample.encoded(hidden, kind)
    for _ in range(20):  # memory that is read when it is gone already shows now and then only
        assert images.read_image(data).min() == 255


@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
def test_half_transparent_is_mixed_with_white(kind: str) -> None:
    image = sample.picture("RGBA")
    image.putalpha(Image.fromarray(np.tile(np.arange(320) % 256, (240, 1)).astype(np.uint8)))
    data = _heic_of(image) if kind == "HEIC" else sample.encoded(image, "AVIF", quality=95)
    assert _apart(data, _png(image)) < 2


@pytest.mark.parametrize("kind", ["HEIC", "AVIF", "TIFF", "GIF"])
def test_grey_stays_grey(kind: str) -> None:
    grey = sample.picture("L")
    data = _heic_of(grey) if kind == "HEIC" else sample.encoded(grey, kind)
    assert _apart(data, np.asarray(grey.convert("RGB"))) < 1.5


@pytest.mark.parametrize("kind", ["HEIC", "AVIF", "TIFF"])
def test_a_wide_gamut_is_converted(kind: str) -> None:
    profile = sample.wide_profile()
    image = sample.picture()
    image.info["icc_profile"] = profile
    data = _heic_of(image) if kind == "HEIC" else sample.encoded(image, kind, icc_profile=profile)
    assert _apart(data, _png(image, icc_profile=profile)) < 2.5
    assert _apart(data, sample.pixels()) > 5


@pytest.mark.parametrize("kind", ["HEIC", "AVIF", "TIFF"])
def test_the_time_of_taking_is_read(kind: str) -> None:
    block = exif_with_time("2019:07:14 21:03:05")
    if kind == "HEIC":
        data = _heic_of(sample.picture(), exif=block)
    elif kind == "AVIF":
        data = sample.encoded(sample.picture(), "AVIF", exif=block)
    else:
        info = TiffImagePlugin.ImageFileDirectory_v2()
        info[0x8769] = {0x9003: "2019:07:14 21:03:05"}
        data = sample.encoded(sample.picture(), "TIFF", tiffinfo=info)
    assert read_header(data, DEFAULT_LIMITS).taken == datetime(2019, 7, 14, 21, 3, 5)


# TIFF ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_of_every_usual_kind_is_read(compression: str | None, mode: str) -> None:
    image = sample.picture(mode)
    expected = image.convert("RGB") if mode == "CMYK" else image
    assert _apart(_tiff(compression, mode), _png(expected)) == 0


def test_tiff_with_jpeg_and_with_16_bits_is_read() -> None:
    assert _apart(_tiff("jpeg"), sample.pixels()) < 2
    deep = Image.fromarray(np.asarray(sample.picture("L")).astype(np.uint16) * 257)
    assert _apart(sample.encoded(deep, "TIFF"), _png(sample.picture("L"))) == 0


def test_a_camera_s_raw_file_is_none_though_it_is_tiff() -> None:
    """Its first picture is a preview of 160 x 120: too small to say anything of a face."""
    for data in (
        _tiff(None, tiffinfo={254: 1}),
        _tiff(None, tiffinfo={50706: b"\1\4\0\0"}),
    ):
        with pytest.raises(UnsupportedImage, match="raw file"):
            images.read_image(data)


def test_a_damaged_tiff_says_so_in_our_words_alone() -> None:
    """libtiff would write its own to standard error."""
    program = """
import random, sys
from mien import images
from mien.errors import MienError
data = sys.stdin.buffer.read()
for seed in range(40):
    damaged = bytearray(data)
    for place in random.Random(seed).choices(range(8, len(data) - 400), k=30):
        damaged[place] ^= 255
    try:
        images.read_image(bytes(damaged))
    except MienError:
        print("refused")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], input=_tiff("tiff_lzw"), capture_output=True, check=True
    )
    assert done.stdout.count(b"refused") > 20
    assert done.stderr == b""


# GIF and PNM -----------------------------------------------------------------------------------


def test_of_an_animated_gif_the_first_frame_is_read_though_later_ones_are_cut() -> None:
    others = [Image.new("P", (320, 240), number) for number in range(9)]
    data = sample.encoded(sample.picture("P"), "GIF", save_all=True, append_images=others)
    still = images.read_image(sample.encoded(sample.picture("P"), "GIF"))
    assert _apart(data, still) == 0
    assert _apart(data[:-300], still) == 0


def _text(values: np.ndarray) -> bytes:
    return b"\n".join(b" ".join(b"%d" % value for value in row.ravel()) for row in values)


GREY = np.asarray(sample.picture("L"))
BLACK = (GREY < 128).astype(np.uint8)
PAM = b"P7\n# made by hand\nWIDTH 320\nHEIGHT 240\nDEPTH %d\nMAXVAL %d\nTUPLTYPE %s\nENDHDR\n"
PNM = {
    "PBM": (sample.encoded(sample.picture("1"), "PPM"), np.asarray(sample.picture("1")) * 255),
    "PGM": (sample.encoded(sample.picture("L"), "PPM"), GREY),
    "PPM": (sample.encoded(sample.picture(), "PPM"), sample.pixels()),
    "PGM of 16 bits": (b"P5 320 240 65535\n" + (GREY.astype(">u2") * 257).tobytes(), GREY),
    "PGM up to 100": (b"P5 320 240 100\n" + (GREY % 101).tobytes(),
                      np.rint((GREY % 101) * 2.55)),
    "PBM in text": (b"P1\n# a comment\n320 240\n" + _text(BLACK), (1 - BLACK) * 255),
    "PBM without spaces": (b"P1 320 240\n" + _text(BLACK).replace(b" ", b""), (1 - BLACK) * 255),
    "PGM in text": (b"P2 # one\n320 # two\n240\n255\n# three\n" + _text(GREY) + b" # end", GREY),
    "PPM in text": (b"P3\r\n320 240\r\n255\r\n" + _text(sample.pixels()), sample.pixels()),
    "PAM of grey": (PAM % (1, 255, b"GRAYSCALE") + GREY.tobytes(), GREY),
    "PAM of black and white": (PAM % (1, 1, b"BLACKANDWHITE") + BLACK.tobytes(), BLACK * 255),
    "PAM with alpha": (
        PAM % (2, 255, b"GRAYSCALE_ALPHA") + np.dstack([GREY, GREY * 0]).tobytes(),
        np.full_like(GREY, 255),
    ),
    "PAM of RGB with alpha": (
        PAM % (4, 255, b"RGB_ALPHA")
        + np.dstack([sample.pixels(), np.full_like(GREY, 255)]).tobytes(),
        sample.pixels(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PNM)
def test_pnm_of_every_kind_is_read(kind: str) -> None:
    data, expected = PNM[kind]
    expected = expected if expected.ndim == 3 else np.repeat(expected[..., None], 3, axis=2)
    assert _apart(data, expected) <= 0.5


# Limits and libraries --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["HEIC", "AVIF", "TIFF", "GIF", "PNM"])
def test_a_format_can_be_left_out(kind: str) -> None:
    gif = sample.encoded(sample.picture("P"), "GIF")
    made = {"HEIC": sample.heic(), "AVIF": sample.avif(), "TIFF": _tiff(None), "GIF": gif}
    data = made.get(kind, PNM["PPM"][0])
    with pytest.raises(UnsupportedImage, match=f"got {kind}"):
        images.read_image(data, images.Limits(formats=("JPEG", "PNG")))


def test_a_missing_library_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(UnsupportedImage, match="pip install pi-heif"):
        images.read_image(sample.heic())
    monkeypatch.setattr("PIL.AvifImagePlugin.SUPPORTED", False)
    with pytest.raises(UnsupportedImage, match="pip install --upgrade pillow"):
        images.read_image(sample.avif())


@pytest.mark.parametrize("make", [sample.heic, sample.avif], ids=["HEIC", "AVIF"])
def test_damage_to_the_boxes_is_an_error_of_ours_or_none(make: Callable[[], bytes]) -> None:
    data, rng = make(), random.Random(1)
    refused = 0
    for _ in range(300):
        damaged = bytearray(data)
        for place in rng.sample(range(600), rng.choice((1, 1, 2, 8))):
            damaged[place] = rng.choice((0, 255, damaged[place] ^ 1 << rng.randrange(8)))
        try:
            images.read_image(bytes(damaged))
        except MienError:
            refused += 1
    assert 30 < refused < 300

from __future__ import annotations

import io
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from images.sample_photos import jpeg, picture, pixels
from mien.images import DEFAULT_LIMITS
from mien.images.header import read_header
from mien.images.tiff import exif_taken
from training.copies import exif

TIME = "2019:07:14 21:03:05"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_time_of_taking_is_read_from_every_kind_of_picture(kind, order):
    file = io.BytesIO()
    picture().save(file, kind, exif=b"Exif\0\0" + exif(TIME, order))
    assert read_header(file.getvalue(), DEFAULT_LIMITS).taken == datetime(2019, 7, 14, 21, 3, 5)


def test_what_another_program_wrote_is_read_too():
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9003] = TIME
    file = io.BytesIO()
    Image.fromarray(np.array(pixels())).save(file, "JPEG", exif=block)
    assert read_header(file.getvalue(), DEFAULT_LIMITS).taken == datetime(2019, 7, 14, 21, 3, 5)


@pytest.mark.parametrize("time", ["0000:00:00 00:00:00", "2019-07-14 21:03:05", " " * 19, "ä" * 9])
def test_a_time_that_is_none_is_none(time):
    assert exif_taken(exif(time)) is None


def test_a_picture_without_exif_has_no_time():
    assert read_header(jpeg(), DEFAULT_LIMITS).taken is None


@given(st.binary(max_size=80), st.integers(0, 95))
def test_garbage_is_no_time_and_no_error(garbage, place):
    block = exif(TIME)
    damaged = block[:place] + garbage + block[place + len(garbage) :]
    assert exif_taken(damaged) is None or isinstance(exif_taken(damaged), datetime)
    assert exif_taken(garbage) is None

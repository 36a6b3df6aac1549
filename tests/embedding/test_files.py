"""Files that are valid but treacherous give the same face: the list of bad inputs, C4 (49-66)."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from images import sample_photos
from mien.pipeline import EncodedPhoto, Recognizer

Encode = Callable[[object], EncodedPhoto]
Pictures = Callable[[str], np.ndarray]

# What undoes each EXIF orientation, from its definition (TIFF 6.0, tag 274).
UNDO = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: np.rot90(a, 2),
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.fixture(scope="module")
def photo(picture: Pictures) -> np.ndarray:
    return picture("astronaut.png")


@pytest.fixture(scope="module")
def upright(encode: Encode, photo: np.ndarray) -> EncodedPhoto:
    return encode(photo)


def file(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def cosine(one: EncodedPhoto, other: EncodedPhoto) -> float:
    assert len(one.faces) == len(other.faces) == 1
    return float(one.faces[0].vector @ other.faces[0].vector)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_changes_neither_boxes_nor_vectors(
    encode: Encode, photo: np.ndarray, upright: EncodedPhoto, orientation: int, kind: str
) -> None:
    stored = Image.fromarray(np.ascontiguousarray(UNDO[orientation](photo)))
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}
    tag = (b"Exif\0\0" if kind == "JPEG" else b"") + sample_photos.exif(orientation)
    encoded = encode(file(stored, kind, exif=tag, **options.get(kind, {})))
    assert (encoded.photo.width, encoded.photo.height) == (512, 512)
    boxes = np.subtract(encoded.faces[0].face.box.xyxy, upright.faces[0].face.box.xyxy)
    assert np.abs(boxes).max() <= 1
    assert cosine(encoded, upright) >= 0.999


@pytest.mark.parametrize("orientation", [0, 9])
def test_an_orientation_that_does_not_exist_counts_as_upright(
    encode: Encode, photo: np.ndarray, upright: EncodedPhoto, orientation: int
) -> None:
    data = file(Image.fromarray(photo), "PNG", exif=sample_photos.exif(orientation))
    assert cosine(encode(data), upright) >= 0.999


@pytest.mark.parametrize("mode", ["L", "LA", "P", "CMYK", "RGBA"])
def test_another_colour_mode_keeps_the_face(encode: Encode, photo: np.ndarray, mode: str) -> None:
    image = Image.fromarray(photo).convert(mode)
    kind, options = ("JPEG", {"quality": 97}) if mode == "CMYK" else ("PNG", {})
    # grey and a palette lose colours before the file is written
    wanted = image.convert("RGB") if mode in ("L", "LA", "P") else photo
    assert cosine(encode(file(image, kind, **options)), encode(np.asarray(wanted))) >= 0.98


def test_sixteen_bits_keep_the_face(encode: Encode, photo: np.ndarray) -> None:
    grey = np.asarray(Image.fromarray(photo).convert("L"))
    data = file(Image.fromarray(grey.astype(np.uint16) * 257), "PNG")
    assert cosine(encode(data), encode(np.stack([grey] * 3, axis=2))) >= 0.999


def test_what_is_transparent_is_not_found(encode: Encode, photo: np.ndarray) -> None:
    hidden = np.dstack([photo, np.zeros(photo.shape[:2], np.uint8)])
    assert encode(file(Image.fromarray(hidden), "PNG")).faces == ()


def test_a_thumbnail_of_another_face_is_never_used(
    encode: Encode, photo: np.ndarray, upright: EncodedPhoto, picture: Pictures
) -> None:
    other = Image.fromarray(picture("biden.jpg")).resize((110, 250))
    tag = sample_photos.exif(1, file(other, "JPEG"))
    data = sample_photos.after_start(
        file(Image.fromarray(photo), "JPEG", quality=98),
        sample_photos.segment(0xE1, b"Exif\0\0" + tag),
    )
    assert cosine(encode(data), upright) >= 0.99


def test_a_jpeg_of_ordinary_quality_keeps_the_face(
    recognizer: Recognizer, encode: Encode, photo: np.ndarray, upright: EncodedPhoto
) -> None:
    data = file(Image.fromarray(photo), "JPEG", quality=80)
    assert cosine(encode(data), upright) >= 0.98

"""Whatever a photo comes as: every function takes it, or says what is wrong, alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mien import api
from mien.errors import InputError, MienError
from mien.gallery import Gallery
from mien.images import annotate, read_image
from mien.pipeline import Recognizer
from mien.records import PhotoFailure
from pipeline.photo_kinds import QUICK, RIGHT, WRONG, AsyncUpload, Make, Upload, given


@pytest.fixture(scope="module")
def box(photo: Path, model_store: object) -> tuple[float, ...]:
    """Where the face is."""
    return box_of(api.detect(photo))


def box_of(row: Any) -> tuple[float, ...]:
    """The box of the one face of any answer."""
    if isinstance(row, PhotoFailure):
        raise row.error
    (face,) = row.faces
    face = face[0] if isinstance(face, tuple) else face.face
    return tuple(face.box.xyxy)


def enrolled_box(source: Any, path: Path) -> tuple[float, ...]:
    with Gallery.in_memory() as gallery:
        (row,) = api.enroll([("Eileen", source)], gallery, settings=QUICK)
        if row.error is not None:
            raise row.error
        assert [one.name for one in gallery.people()] == ["Eileen"]
    return box_of(api.detect(path))


def verified_box(one: Any, other: Any, which: int) -> tuple[float, ...]:
    answer = api.verify(one, other, settings=QUICK)
    assert answer.same
    return tuple(answer.faces[which].box.xyxy)


def only(rows: Any) -> Any:
    (row,) = rows
    return row


# Each takes one photo, in a list where it is for many, and gives the box of its face.
Take = Callable[[Any, Path, Gallery, Recognizer], "tuple[float, ...]"]
ENTRIES: dict[str, Take] = {
    "detect": lambda one, *_: box_of(api.detect(one)),
    "detect_many": lambda one, *_: box_of(only(api.detect_many([one]))),
    "identify": lambda one, _, known, __: box_of(api.identify(one, known, settings=QUICK)),
    "identify_many": lambda one, _, known, __: box_of(
        only(api.identify_many([one], known, settings=QUICK))
    ),
    "verify, first": lambda one, path, *_: verified_box(one, path, 0),
    "verify, second": lambda one, path, *_: verified_box(path, one, 1),
    "enroll": lambda one, path, *_: enrolled_box(one, path),
    "encode_photos": lambda one, *rest: box_of(only(rest[-1].encode_photos([one]))),
    "read_image": lambda one, *_: box_of(api.detect(read_image(one))),
    "annotate": lambda one, *_: box_of(api.detect(annotate(one, []))),
}


@pytest.mark.parametrize("make", RIGHT.values(), ids=RIGHT)
@pytest.mark.parametrize("take", ENTRIES.values(), ids=ENTRIES)
def test_every_function_takes_every_kind_of_photo(
    take: Take, make: Make, photo: Path, box: object, gallery: Gallery, quick_recognizer: Recognizer
) -> None:
    with given(make, photo) as source:
        assert take(source, photo, gallery, quick_recognizer) == pytest.approx(box, abs=0.01)


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("take", ENTRIES.values(), ids=ENTRIES)
def test_every_function_refuses_what_is_no_photo_and_says_what_helps(
    take: Take,
    case: tuple[Make, type[MienError], str],
    photo: Path,
    gallery: Gallery,
    quick_recognizer: Recognizer,
) -> None:
    make, kind, message = case
    # A coroutine that is forgotten would be a RuntimeWarning, which is an error here.
    with (
        pytest.raises(InputError, match=f"expected .*{message}") as caught,
        given(make, photo) as source,
    ):
        take(source, photo, gallery, quick_recognizer)
    assert caught.type is kind


def test_an_awaited_upload_is_a_photo(photo: Path) -> None:
    assert len(api.detect(asyncio.run(AsyncUpload(photo).read())).faces) == 1
    assert len(api.detect(AsyncUpload(photo).file).faces) == 1


def test_a_file_given_twice_is_read_twice(photo: Path) -> None:
    with photo.open("rb") as file:
        assert api.verify(file, file).distance == pytest.approx(0, abs=1e-5)
        assert [len(row.faces) for row in api.detect_many([file, file])] == [1, 1]  # type: ignore[union-attr]


def test_answers_name_photos_by_their_files(photo: Path) -> None:
    with photo.open("rb") as file, Image.open(photo) as image:
        names = [
            row.photo.source  # type: ignore[union-attr]
            for row in api.detect_many([file, image, Upload(photo), photo.read_bytes()])
        ]
    assert names == [str(photo), str(photo), "eileen.png", "<bytes>"]

"""Large photos through the whole pipeline: the caller's limits, shrinking, the smallest face."""

from __future__ import annotations

import io
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mien import api
from mien.api import Settings
from mien.encodings import encoding_key, finder_key
from mien.encodings.rows import photo_of, row_of
from mien.errors import ImageTooLarge, InvalidOption
from mien.gallery import Gallery
from mien.images import ReadPhoto, read_image
from mien.models import ModelStore
from mien.pipeline import EncodedPhoto, Recognizer
from mien.records import PhotoDetection
from mien.streaming import look_at_photos

Sample = Callable[[str], Path]

TIGHT = Settings(max_megapixels=0.5)
SHRUNK = Settings(max_megapixels=0.5, shrink_large=True)


@pytest.fixture(scope="module")
def tight(model_store: ModelStore) -> Recognizer:
    return api.build_recognizer(TIGHT, model_store)


@pytest.fixture(scope="module")
def shrunk(model_store: ModelStore) -> Recognizer:
    return api.build_recognizer(SHRUNK, model_store)


def _boxes(faces: object) -> np.ndarray:
    return np.array([face.box.xyxy for face in faces])  # type: ignore[attr-defined]


@pytest.mark.parametrize("way", ["path", "bytes", "file", "array"])
def test_the_limit_of_the_settings_holds_for_every_source(
    way: str, tight: Recognizer, recognizer: Recognizer, sample: Sample
) -> None:
    path = sample("obama3.jpg")
    sources = {
        "path": lambda: path,
        "bytes": path.read_bytes,
        "file": lambda: io.BytesIO(path.read_bytes()),
        "array": lambda: read_image(path),
    }
    (refused,) = tight.encode_photos([sources[way]()])
    assert isinstance(refused.error, ImageTooLarge)
    assert "max_megapixels=4" in str(refused.error)
    (passed,) = recognizer.encode_photos([sources[way]()])
    assert (passed.photo.width, passed.photo.height) == (1434, 2333)


def test_the_limit_holds_in_each_function(sample: Sample, model_store: ModelStore) -> None:
    photo, people = sample("obama3.jpg"), [("Barack", sample("obama.jpg"))]
    with Gallery.in_memory() as gallery:
        (row,) = api.enroll(people, gallery, settings=TIGHT)
        assert isinstance(row.error, ImageTooLarge)
        for call in (
            lambda: api.detect(photo, settings=TIGHT),
            lambda: api.identify(photo, gallery, settings=TIGHT),
            lambda: api.verify(photo, photo, settings=TIGHT),
        ):
            with pytest.raises(ImageTooLarge, match="max_megapixels"):
                call()


@pytest.mark.parametrize(
    "settings",
    [Settings(max_megapixels=0), Settings(max_megapixels=1e9), Settings(min_face=3)],
    ids=["none", "too many", "too small a face"],
)
def test_settings_out_of_range_are_refused_before_weights_are_loaded(settings: Settings) -> None:
    with pytest.raises(InvalidOption, match=r"max_megapixels|min_face"):
        api.build_finder(settings)


@pytest.mark.parametrize("name", ["obama3.jpg", "t1.jpg"])
def test_faces_of_a_shrunk_photo_are_in_the_pixels_of_its_file(
    name: str, shrunk: Recognizer, encode: Callable[[object], EncodedPhoto], sample: Sample
) -> None:
    whole = encode(sample(name))
    (small,) = shrunk.encode_photos([sample(name)])
    assert small.photo.shrunk > 1
    assert (small.photo.width, small.photo.height) == (whole.photo.width, whole.photo.height)
    assert len(small.faces) == len(whole.faces)
    for one, other in zip(small.faces, whole.faces, strict=True):
        side = other.face.box.width
        assert np.abs(np.subtract(one.face.box.xyxy, other.face.box.xyxy)).max() < 0.15 * side
        moved = one.face.landmarks.points - other.face.landmarks.points
        assert np.linalg.norm(moved, axis=1).max() < 0.1 * side
        assert one.vector @ other.vector > 0.8
    detected = next(iter(shrunk.detect_photos([sample(name)])))
    assert isinstance(detected, PhotoDetection)
    assert np.array_equal(
        _boxes(face for face, _ in detected.faces), _boxes(one.face for one in small.faces)
    )


def test_json_says_by_what_a_photo_was_shrunk_and_nothing_of_one_that_was_not(
    shrunk: Recognizer, recognizer: Recognizer, sample: Sample
) -> None:
    (small,) = shrunk.detect_photos([sample("obama3.jpg")])
    (whole,) = recognizer.detect_photos([sample("obama3.jpg")])
    assert small.to_json()["shrunk"] == 4
    assert "shrunk" not in whole.to_json()


def test_a_box_stays_inside_the_file_where_its_sides_do_not_divide(
    shrunk: Recognizer, picture: Callable[[str], np.ndarray], tmp_path: Path
) -> None:
    from mien.images import save_image

    photo = picture("astronaut.png")[0:383, 137:383]
    large = np.ascontiguousarray(photo.repeat(4, axis=0).repeat(4, axis=1)[:1529, :981])
    save_image(large, tmp_path / "a.jpg")
    (answer,) = shrunk.detect_photos([tmp_path / "a.jpg"])
    assert (answer.photo.width, answer.photo.height, answer.photo.shrunk) == (981, 1529, 2)
    for face, _ in answer.faces:
        assert face.box.x2 <= 981
        assert face.box.y2 <= 1529


def test_a_large_photo_is_gone_before_the_next_is_read() -> None:
    before: list[weakref.ref[np.ndarray]] = []
    alive = []

    def read(_: object) -> ReadPhoto:
        alive.append(sum(one() is not None for one in before))
        pixels = np.zeros((1500, 2000, 3), np.uint8)
        before.append(weakref.ref(pixels))
        return ReadPhoto(pixels, (2000, 1500))

    def look(pictures: Sequence[np.ndarray]) -> list[int]:
        return [len(picture) for picture in pictures]

    answers = look_at_photos([f"{number}.jpg" for number in range(8)], read, look, 1)
    assert len(list(answers)) == 8
    assert alive == [0] * 8


def test_no_face_smaller_than_asked_for_is_reported(
    recognizer: Recognizer, model_store: ModelStore, sample: Sample
) -> None:
    photo = sample("t1.jpg")
    (every,) = recognizer.detect_photos([photo])
    sides = sorted(min(face.box.width, face.box.height) for face, _ in every.faces)
    least = round(sides[2])  # some are smaller
    finder = api.build_finder(Settings(min_face=least), model_store)
    (some,) = finder.detect_photos([photo])
    assert 0 < len(some.faces) < len(every.faces)
    assert all(min(face.box.width, face.box.height) >= least for face, _ in some.faces)
    strict = api.build_recognizer(Settings(min_face=least), model_store)
    pixels = read_image(photo)
    assert len(strict.encode([pixels])[0]) == len(some.faces)
    assert len(strict.encode([pixels], every=True)[0]) >= len(some.faces)


def test_what_is_kept_depends_on_the_limits_and_on_the_smallest_face(
    recognizer: Recognizer, shrunk: Recognizer, tight: Recognizer, model_store: ModelStore
) -> None:
    smaller = api.build_recognizer(Settings(min_face=20), model_store)
    every = (recognizer, shrunk, tight, smaller)
    assert len({encoding_key(one, model_store) for one in every}) == 4
    assert len({finder_key(one, model_store) for one in every}) == 4


def test_a_kept_photo_is_shrunk_as_it_was(shrunk: Recognizer, sample: Sample) -> None:
    (encoded,) = shrunk.encode_photos([sample("obama3.jpg")])
    again = photo_of(row_of(encoded), 128)
    assert again.photo.shrunk == encoded.photo.shrunk == 4
    assert again.faces[0].face == encoded.faces[0].face

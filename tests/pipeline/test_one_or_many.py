"""Several photos or one, which of two, and a gallery by its path."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mien import api
from mien.errors import (
    DamagedImage,
    GalleryDamaged,
    GalleryNotFound,
    InputError,
    InvalidArray,
    InvalidOption,
    LowQuality,
    MienError,
    ModelInvalid,
    MultipleFaces,
    NoFace,
    SourceNotFound,
    UnsupportedImage,
)
from mien.gallery import Gallery
from mien.images import photos_of, read_image
from mien.pipeline import Recognizer
from mien.quality import QualityLimits
from mien.records import Outcome
from pipeline.photo_kinds import QUICK, RIGHT, AsyncUpload, Make, Named, Upload, closed_file, given

pytestmark = pytest.mark.usefixtures("model_store")


# Several photos, and one where several are expected -----------------------------------------------


@pytest.mark.parametrize("make", RIGHT.values(), ids=RIGHT)
def test_one_photo_alone_is_one_photo(
    make: Make, photo: Path, gallery: Gallery, quick_recognizer: Recognizer
) -> None:
    for ask in (
        api.detect_many,
        lambda one: api.identify_many(one, gallery, settings=QUICK),
        quick_recognizer.encode_photos,
    ):
        with given(make, photo) as source:
            assert [len(row.faces) for row in ask(source)] == [1]  # type: ignore[union-attr]


def test_arrays_of_photos_and_of_paths_are_many(photo: Path) -> None:
    pixels = read_image(photo)
    for many in (np.stack([pixels, pixels]), np.array([str(photo)] * 2), {photo: 1, str(photo): 2}):
        assert [len(row.faces) for row in api.detect_many(many)] == [1, 1]  # type: ignore[union-attr]


def test_a_clip_that_can_only_be_indexed_is_many(photo: Path) -> None:
    class Clip:
        """As of video libraries: each frame is decoded into the same memory."""

        def __init__(self) -> None:
            self.frame = np.empty((240, 240, 3), np.uint8)

        def __len__(self) -> int:
            return 20

        def __getitem__(self, index: int) -> np.ndarray:
            if index >= len(self):
                raise IndexError
            self.frame[:] = 200 if index % 5 else read_image(photo)
            return self.frame

    faces = [len(row.faces) for row in api.detect_many(Clip())]  # type: ignore[arg-type,union-attr]
    assert faces == [1, 0, 0, 0, 0] * 4


@pytest.mark.parametrize("given", [None, 3, object()], ids=repr)
def test_what_gives_no_photos_is_refused(given: Any, gallery: Gallery) -> None:
    for ask in (api.detect_many, lambda one: api.identify_many(one, gallery)):
        with pytest.raises(InvalidOption, match=f"photos: .*got {type(given).__name__}"):
            list(ask(given))
    with pytest.raises(InvalidOption, match="people: "):
        api.enroll(given, gallery)


def test_photos_that_come_asynchronously_are_to_be_collected_first() -> None:
    async def photos() -> Any:
        yield b""

    with pytest.raises(InvalidOption, match="collect them"):
        photos_of(photos())


def test_people_to_enrol_may_stand_alone(photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    (folder / "Eileen").mkdir(parents=True)
    (folder / "Eileen" / "1.png").write_bytes(photo.read_bytes())
    pixels = read_image(photo)
    named = f"Eileen={photo}"
    for people in (folder, str(folder), named, [named], ("Eileen", pixels), [["Eileen", photo]]):
        with Gallery.in_memory() as gallery:
            (row,) = api.enroll(people, gallery, settings=QUICK)  # type: ignore[arg-type]
            assert (row.name, row.error) == ("Eileen", None)


@pytest.mark.parametrize("make", [Path.read_bytes, read_image, Image.open, Upload, AsyncUpload])
def test_a_photo_without_a_name_is_not_enrolled(make: Make, photo: Path, gallery: Gallery) -> None:
    with given(make, photo) as nameless:
        for people in (nameless, [nameless], [("Ada", photo), nameless]):
            with pytest.raises(InvalidOption, match=r"pass \[\(name, photo\)\]"):
                api.enroll(people, gallery, settings=QUICK)
    assert [one.name for one in gallery.people()] == ["Eileen"]


# Which of two photos ------------------------------------------------------------------------------


def two_faces(photo: Path) -> np.ndarray:
    return np.hstack([read_image(photo)] * 2)


PAIR_ERRORS: dict[str, tuple[Make, type[MienError]]] = {
    "no picture": (lambda _: b"no picture", UnsupportedImage),
    "cut": (lambda path: path.read_bytes()[:9000], DamagedImage),
    "no face": (lambda _: np.full((200, 200, 3), 90, np.uint8), NoFace),
    "several": (two_faces, MultipleFaces),
    "wrong type": (lambda _: 3, UnsupportedImage),
    "wrong array": (lambda _: np.zeros((30, 30), np.complex64), InvalidArray),
    "a closed file": (closed_file, SourceNotFound),
}


@pytest.mark.parametrize("case", PAIR_ERRORS.values(), ids=PAIR_ERRORS)
def test_verifying_says_which_of_two_photos_cannot_be_used(
    case: tuple[Make, type[MienError]], photo: Path
) -> None:
    make, kind = case
    for which, pair in (("first", (make(photo), photo)), ("second", (photo, make(photo)))):
        with pytest.raises(kind, match=f"^{which} photo: (image: )?expected "):
            api.verify(*pair, settings=QUICK)


def test_verifying_names_the_file_too(photo: Path, tmp_path: Path) -> None:
    group = tmp_path / "group.png"
    Image.fromarray(two_faces(photo)).save(group)
    with pytest.raises(MultipleFaces, match=f"^second photo, {group}: expected one face, got 2"):
        api.verify(photo, group, settings=QUICK)
    with pytest.raises(SourceNotFound, match=r"^first photo: expected a photo at 'gone\.jpg'"):
        api.verify("gone.jpg", photo, settings=QUICK)
    with pytest.raises(NoFace, match=r"^first photo: "):
        api.verify(np.zeros((99, 99, 3), np.uint8), b"not looked at", choice="any", settings=QUICK)


def test_verifying_names_the_photo_of_low_quality(photo: Path) -> None:
    strict = api.Settings(limits=QualityLimits(minimum_side=500), mirror=False)
    with pytest.raises(LowQuality, match=f"^first photo, {photo}: expected a usable face"):
        api.verify(photo, photo, settings=strict)


# A gallery by its path ----------------------------------------------------------------------------


def test_a_gallery_may_be_named_by_its_path(photo: Path, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "team.gallery"
    for place in (str(path), path, Named(path)):
        assert len(api.enroll([("Eileen", photo)], place, settings=QUICK)) == 1
        (face,) = api.identify(photo, place, settings=QUICK).faces
        assert (face.outcome, face.name) == (Outcome.KNOWN, "Eileen")
        (answer,) = api.identify_many([photo], place, settings=QUICK)
        assert answer == api.identify(photo, place, settings=QUICK)
    open_files = Path("/proc/self/fd")
    if open_files.is_dir():
        assert not [one for one in open_files.iterdir() if "team.gallery" in os.path.realpath(one)]


def test_identifying_never_makes_or_changes_a_gallery(photo: Path, tmp_path: Path) -> None:
    path = tmp_path / "team.gallery"
    with pytest.raises(GalleryNotFound):
        api.identify(photo, path, settings=QUICK)
    assert not path.exists()
    api.enroll([("Eileen", photo)], path, settings=QUICK)
    before = path.read_bytes()
    path.chmod(0o400)
    api.identify(photo, path, settings=QUICK)
    assert path.read_bytes() == before


def test_a_refused_enrolment_makes_no_gallery(photo: Path, tmp_path: Path) -> None:
    path = tmp_path / "team.gallery"
    for people, choice in ((["gone.jpg"], "only"), ([photo], "biggest"), (b"", "only")):
        with pytest.raises(InputError):
            api.enroll(people, path, choice=choice)
    assert not path.exists()


def test_what_is_no_gallery_says_what_to_do(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(GalleryDamaged):
        api.identify(photo, photo)
    with pytest.raises(ModelInvalid, match="expected a trained model"):
        api.identify(photo, tmp_path)
    for one in (None, {}, ["team.gallery"], 3, b"team.gallery"):
        for ask in (
            lambda one: api.identify(photo, one),
            lambda one: list(api.identify_many([photo], one)),
            lambda one: api.enroll([("Ada", photo)], one),
        ):
            with pytest.raises(InvalidOption, match=r"gallery.*mien\.Gallery\.open\(path\)"):
                ask(one)


def test_a_trained_model_may_be_named_by_its_folder(
    classifier_folder: Path, sample: Callable[[str], Path]
) -> None:
    (face,) = api.identify(sample("obama3.jpg"), os.fspath(classifier_folder)).faces
    assert face.name == "Ada"

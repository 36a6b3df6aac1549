"""Photos of a person: listed, told by digest or by file, taken back one by one; file names."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from mien.errors import (
    GalleryDamaged,
    InvalidOption,
    PersonNotFound,
    PhotoNotFound,
    SourceNotFound,
)
from mien.gallery import Gallery
from mien.images import photo_digest, save_image

DIGESTS = ["ab" * 32, "abababab" + "cd" * 28, "0123456789" + "ef" * 27]


@pytest.fixture
def ada(gallery, vectors, space):
    """A gallery with three photos of Ada, two of whose digests begin alike, and one of Bo."""
    for digest, vector in zip(DIGESTS, vectors, strict=False):
        gallery.add("Ada", vector, space, digest)
    gallery.add("Bo", vectors[9], space, DIGESTS[0])
    return gallery


def digests(gallery, name):
    return [photo.digest for photo in gallery.photos(name)]


def test_a_persons_photos_are_listed_in_the_order_of_enrolment(ada) -> None:
    photos = ada.photos("ADA")
    assert [photo.digest for photo in photos] == DIGESTS
    assert [photo.file_name for photo in photos] == [None] * 3
    now = datetime.now(UTC)
    assert all(now - timedelta(minutes=1) < photo.created <= now for photo in photos)
    assert photos[0].to_json() == {
        "digest": DIGESTS[0],
        "created": photos[0].created.isoformat(),
        "file_name": None,
    }
    with pytest.raises(PersonNotFound):
        ada.photos("Nobody")


@pytest.mark.parametrize("photo", [DIGESTS[2], DIGESTS[2][:8], DIGESTS[2][:40].upper()])
def test_a_photo_is_taken_back_by_its_digest_or_the_beginning_of_it(ada, photo) -> None:
    assert ada.remove("ada", photo=photo) == 1
    assert digests(ada, "Ada") == DIGESTS[:2]
    assert digests(ada, "Bo") == DIGESTS[:1]
    assert ada.check() == ()


def test_a_photo_is_taken_back_by_its_file_or_its_pixels(ada, vectors, space, tmp_path) -> None:
    picture = np.random.default_rng(1).integers(256, size=(64, 64, 3)).astype(np.uint8)
    file = tmp_path / "deadbeef"  # a name that could be the beginning of a digest
    save_image(picture, tmp_path / "a.png")
    (tmp_path / "a.png").rename(file)
    for photo in (file, str(file), file.read_bytes(), picture):
        ada.add("Ada", vectors[5], space, photo_digest(picture))
        assert ada.remove("Ada", photo=photo) == 1
        assert digests(ada, "Ada") == DIGESTS
        with pytest.raises(PhotoNotFound, match="pixels are others"):
            ada.remove("Ada", photo=photo)


def test_several_photos_are_taken_back_all_or_none(ada) -> None:
    with pytest.raises(PhotoNotFound):
        ada.remove("Ada", photo=[DIGESTS[0], "00" * 32])
    assert digests(ada, "Ada") == DIGESTS
    assert ada.remove("Ada", photo=[DIGESTS[0], DIGESTS[1], DIGESTS[1][:10]]) == 2
    assert digests(ada, "Ada") == DIGESTS[2:]


def test_with_the_last_photo_the_person_goes(ada, vectors, space) -> None:
    assert ada.remove("Ada", photo=DIGESTS) == 3
    assert [person.name for person in ada.people()] == ["Bo"]
    ada.remove("Bo", photo=DIGESTS[0])
    assert ada.space is None
    assert ada.search(vectors[0], space) == [[]]
    assert ada.check() == ()


@pytest.mark.parametrize(
    ("photo", "error", "match"),
    [
        ("abababab", InvalidOption, "with which 2 begin; give more"),
        ("ab" * 33, PhotoNotFound, "expected a file, or 8 or more"),
        ("0123456", PhotoNotFound, "8 or more digits"),
        ("nowhere.jpg", PhotoNotFound, "'nowhere.jpg'"),
        ("", PhotoNotFound, "''"),
        ("a\0b", PhotoNotFound, "expected a file"),
        (".", SourceNotFound, "expected a photo"),
    ],
)
def test_a_photo_that_is_not_clearly_meant_is_refused(ada, photo, error, match) -> None:
    with pytest.raises(error, match=match):
        ada.remove("Ada", photo=photo)
    assert digests(ada, "Ada") == DIGESTS


@pytest.mark.parametrize("names", [(), ("Ada", "Bo")])
def test_a_photo_is_one_persons(ada, names) -> None:
    with pytest.raises(InvalidOption, match="expected one name"):
        ada.remove(*names, photo=DIGESTS[0])


def test_another_connection_sees_that_a_photo_is_gone(ada, vectors, space) -> None:
    with Gallery.open(ada.path) as other:
        before = other.search(vectors[2], space)[0][0].similarity
        ada.remove("Ada", photo=DIGESTS[2])
        assert other.search(vectors[2], space)[0][0].similarity < before - 0.1


# File names ---------------------------------------------------------------------------------


def test_file_names_are_kept_only_where_they_are_given(gallery, vectors, space) -> None:
    gallery.add_many([("Ada", vectors[0], None, "ada.jpg"), ("Ada", vectors[1], None)], space)
    gallery.add("Ada", vectors[2], space, file_name="\udcff王.jpg")
    names = [photo.file_name for photo in gallery.photos("Ada")]
    assert names == ["ada.jpg", None, "\\udcff王.jpg"]
    assert gallery.check() == ()


def test_a_file_name_is_added_to_a_photo_without_one_and_never_changed(
    gallery, vectors, space
) -> None:
    assert gallery.add("Ada", vectors[0], space)
    for name in ("first.jpg", "second.jpg"):
        assert not gallery.add("Ada", vectors[0], space, file_name=name)
        assert gallery.photos("Ada")[0].file_name == "first.jpg"
    with Gallery.open(gallery.path, read_only=True) as reader:
        assert reader.photos("Ada")[0].file_name == "first.jpg"


@pytest.mark.parametrize("name", ["", "x" * 2001, "folder/ada.jpg", "a\0b", b"ada.jpg", 3])
def test_a_path_is_no_file_name(gallery, vectors, space, name) -> None:
    with pytest.raises(InvalidOption, match="file_name: expected"):
        gallery.add("Ada", vectors[0], space, file_name=name)
    assert gallery.people() == ()


def test_a_changed_file_name_is_noticed(gallery, vectors, space) -> None:
    gallery.add("Ada", vectors[0], space, file_name="ada.jpg")
    gallery.close()
    connection = sqlite3.connect(gallery.path)
    connection.execute("UPDATE file_name SET name = 'bo.jpg'")
    connection.commit()
    connection.close()
    with Gallery.open(gallery.path) as again:
        with pytest.raises(GalleryDamaged, match="file name"):
            again.photos("Ada")
        (problem,) = again.check()
        assert "file name" in problem.where
        assert again.search(vectors[0], space)[0][0].name == "Ada"  # they are not looked at there


def test_an_export_carries_dates_and_file_names(gallery, vectors, space, tmp_path) -> None:
    gallery.add("Ada", vectors[0], space)
    gallery.export(tmp_path / "plain")
    gallery.add("Ada", vectors[1], space, file_name="ada.jpg")
    gallery.export(tmp_path / "named")
    heads = [json.loads((tmp_path / n).read_text().split("\n")[0]) for n in ("plain", "named")]
    assert [head["version"] for head in heads] == [1, 2]  # an older mien reads the first
    with Gallery.in_memory() as copy:
        copy.import_(tmp_path / "plain")
        assert copy.photos("Ada") == gallery.photos("Ada")[:1]
        assert copy.import_(tmp_path / "named") == 1
        assert copy.photos("Ada") == gallery.photos("Ada")


# Two people who are one ---------------------------------------------------------------------


def test_a_merge_gives_all_photos_of_the_second_to_the_first(ada, vectors, space) -> None:
    ada.add("Bo", vectors[8], space, "77" * 32, "bo.jpg")
    before = {photo.digest: photo for name in ("Bo", "Ada") for photo in ada.photos(name)}
    with Gallery.open(ada.path) as other:
        assert other.search(vectors[8], space)[0][0].name == "Bo"
        assert ada.merge("ada", "BO") == 1  # the other photo is there already
        assert [candidate.name for candidate in other.search(vectors[8], space)[0]] == ["Ada"]
        assert other.search(vectors[8], space)[0][0].similarity > 0.4
    assert [(p.name, p.templates) for p in ada.people()] == [("Ada", 4)]
    assert digests(ada, "Ada") == [*DIGESTS, "77" * 32]
    assert ada.photos("Ada")[3] == before["77" * 32]  # with its date and its file name
    assert ada.check() == ()


def test_a_merged_person_is_known_since_the_first_photo_of_both(ada) -> None:
    since = ada.person("Ada").created
    ada.merge("Bo", "Ada")
    assert [(p.name, p.templates, p.created) for p in ada.people()] == [("Bo", 3, since)]
    assert ada.check() == ()


def test_one_is_not_merged_with_oneself_nor_with_nobody(ada) -> None:
    with pytest.raises(InvalidOption, match="who are one"):
        ada.merge("Ada", "ADA")
    for names in (("Ada", "Eve"), ("Eve", "Ada")):
        with pytest.raises(PersonNotFound, match="Eve"):
            ada.merge(*names)
    assert ada.stats().templates == 4


def test_a_damaged_photo_is_not_made_sound_by_a_merge(ada) -> None:
    ada.close()
    connection = sqlite3.connect(ada.path)
    connection.execute("UPDATE template SET vector = zeroblob(64) WHERE id = 4")
    connection.commit()
    connection.close()
    with Gallery.open(ada.path) as again:
        with pytest.raises(GalleryDamaged, match="Bo"):
            again.merge("Ada", "Bo")
        assert again.stats().templates == 4
        assert [problem.name for problem in again.check()] == ["Bo"]

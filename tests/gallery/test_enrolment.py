from __future__ import annotations

import dataclasses
import os
import stat
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from mien.errors import (
    GalleryError,
    GalleryNotFound,
    InvalidEmbedding,
    InvalidName,
    InvalidOption,
    PersonExists,
    PersonNotFound,
    SpaceMismatch,
)
from mien.gallery import Gallery, default_path

DIGEST = sha256(b"a photo").hexdigest()


def test_what_was_enrolled_is_there_after_reopening(path, vectors, space) -> None:
    with Gallery.open(path) as gallery:
        assert gallery.add("Ada", vectors[0], space, DIGEST)
    with Gallery.open(path, create=False) as gallery:
        (person,) = gallery.people()
        assert (person.name, person.templates) == ("Ada", 1)
        assert abs(person.created - datetime.now(UTC)) < timedelta(minutes=1)
        assert gallery.space == space
        assert gallery.search(vectors[0], space)[0][0].similarity == pytest.approx(1, abs=1e-6)


def test_the_same_photo_twice_changes_nothing(gallery, vectors, space) -> None:
    assert gallery.add("Ada", vectors[0], space, DIGEST)
    before = gallery.path.read_bytes(), Path(f"{gallery.path}-wal").read_bytes()
    assert not gallery.add("Ada", vectors[1], space, DIGEST.upper())
    assert not gallery.add("ADA", vectors[1], space, DIGEST)
    assert (gallery.path.read_bytes(), Path(f"{gallery.path}-wal").read_bytes()) == before


def test_the_same_vector_without_a_digest_is_stored_once(gallery, vectors, space) -> None:
    assert gallery.add("Ada", vectors[0], space)
    assert not gallery.add("Ada", vectors[0], space)


def test_one_photo_can_show_two_people(gallery, vectors, space) -> None:
    assert gallery.add("Ada", vectors[0], space, DIGEST)
    assert gallery.add("Bo", vectors[1], space, DIGEST)


def test_vectors_are_stored_at_unit_length(gallery, vectors, space) -> None:
    gallery.add("Ada", vectors[0] * 40, space)
    assert gallery.search(vectors[0] * 3, space)[0][0].similarity == pytest.approx(1, abs=1e-6)
    assert gallery.check() == ()


def test_many_are_enrolled_all_or_none(gallery, vectors, space) -> None:
    with pytest.raises(InvalidName):
        gallery.add_many([("Ada", vectors[0], None), ("", vectors[1], None)], space)
    assert gallery.people() == ()
    rows = [("Ada", vectors[0], None), ("Ada", vectors[0], None), ("Bo", vectors[1], None)]
    assert gallery.add_many(rows, space) == (True, False, True)
    assert gallery.add_many([], space) == ()


BAD_VECTORS = {
    "NaN": np.r_[np.nan, np.ones(15)],
    "infinity": np.r_[np.inf, np.ones(15)],
    "zero": np.zeros(16),
    "too short": np.ones(15),
    "too long": np.ones(17),
    "no length to speak of": np.full(16, 1e-31),
    "text": "vector",
    "None": None,
    "objects": np.array([object()] * 16),
}


@pytest.mark.parametrize("vector", BAD_VECTORS.values(), ids=BAD_VECTORS.keys())
def test_a_bad_vector_is_refused_at_enrolment_and_at_search(vector, vectors, space) -> None:
    with Gallery.in_memory() as gallery:
        gallery.add("Ada", vectors[0], space)
        for door in (
            lambda: gallery.add("Bo", vector, space),
            lambda: gallery.search(vector, space),
            lambda: gallery.scores(vector, space),
        ):
            with pytest.raises(InvalidEmbedding, match="expected"):
                door()
        assert gallery.stats().templates == 1


@pytest.mark.parametrize(
    "change",
    [{"model": "other"}, {"sha256": "cd" * 32}, {"preprocessing": "crop112-v2"}],
    ids=lambda change: next(iter(change)),
)
def test_vectors_of_another_space_are_refused(change, vectors, space) -> None:
    other = dataclasses.replace(space, **change)
    with Gallery.in_memory() as gallery:
        gallery.add("Ada", vectors[0], space)
        for door in (
            lambda: gallery.add("Bo", vectors[1], other),
            lambda: gallery.search(vectors[1], other),
            lambda: gallery.scores(vectors[1], other),
        ):
            with pytest.raises(SpaceMismatch, match="use the model that the gallery was enrolled"):
                door()
        assert [person.name for person in gallery.people()] == ["Ada"]


def test_vectors_of_other_dimensions_are_refused(gallery, vectors, space) -> None:
    gallery.add("Ada", vectors[0], space)
    with pytest.raises(SpaceMismatch):
        gallery.add("Bo", np.ones(8), dataclasses.replace(space, dimensions=8))


@pytest.mark.parametrize(
    "change",
    [{"sha256": "ab"}, {"model": ""}, {"dimensions": 0}, {"dimensions": 1.5}, {"model": "a\nb"}],
    ids=str,
)
def test_a_space_that_says_too_little_is_refused(change, gallery, vectors, space) -> None:
    with pytest.raises(InvalidOption, match="space"):
        gallery.add("Ada", vectors[0], dataclasses.replace(space, **change))


@pytest.mark.parametrize("digest", ["", "ab", "g" * 64, 7, b"ab" * 32])
def test_a_digest_that_is_none_is_refused(digest, gallery, vectors, space) -> None:
    with pytest.raises(InvalidOption, match="64 hex digits"):
        gallery.add("Ada", vectors[0], space, digest)


def test_several_vectors_are_not_one_template(gallery, vectors, space) -> None:
    with pytest.raises(InvalidOption, match="expected one vector"):
        gallery.add("Ada", vectors[:2], space)


def test_a_person_is_renamed_with_all_templates(gallery, vectors, space) -> None:
    gallery.add("Ada", vectors[0], space)
    gallery.add("Ada", vectors[1], space)
    gallery.add("Bo", vectors[2], space)
    gallery.search(vectors[0], space)
    gallery.rename("ada", "Zoë")
    assert [(p.name, p.templates) for p in gallery.people()] == [("Bo", 1), ("Zoë", 2)]
    assert gallery.search(vectors[0], space)[0][0].name == "Zoë"
    assert gallery.check() == ()


def test_a_name_can_be_respelled_but_not_taken(gallery, vectors, space) -> None:
    gallery.add("ada", vectors[0], space)
    gallery.add("Bo", vectors[1], space)
    gallery.rename("ada", "Ada")
    with pytest.raises(PersonExists, match="“Bo”"):
        gallery.rename("Ada", "BO")
    with pytest.raises(PersonNotFound):
        gallery.rename("Cy", "Di")
    assert [person.name for person in gallery.people()] == ["Ada", "Bo"]


def test_a_stranger_is_not_found(gallery) -> None:
    with pytest.raises(PersonNotFound, match="mien gallery list"):
        gallery.person("Nobody")


def test_a_new_gallery_is_for_its_owner_only(gallery, vectors, space) -> None:
    gallery.add("Ada", vectors[0], space)
    for file in gallery.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_opening_what_is_not_there_makes_nothing_unless_asked(tmp_path) -> None:
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(GalleryNotFound, match="mien enroll"):
            Gallery.open(tmp_path / "no" / "gallery", **options)
    assert list(tmp_path.iterdir()) == []
    with Gallery.open(tmp_path / "new folder" / "päople #1?.gallery") as gallery:
        assert gallery.people() == ()
    assert [file.name for file in tmp_path.rglob("*.gallery")] == ["päople #1?.gallery"]


def test_a_gallery_in_memory_leaves_no_file(tmp_path, monkeypatch, vectors, space) -> None:
    monkeypatch.chdir(tmp_path)
    with Gallery.in_memory() as gallery:
        gallery.add("Ada", vectors[0], space)
        gallery.remove("Ada")
        assert gallery.path is None
        assert gallery.space is None
    assert list(tmp_path.iterdir()) == []


def test_an_emptied_gallery_takes_another_model(gallery, vectors, space) -> None:
    gallery.add("Ada", vectors[0], space)
    gallery.remove("Ada")
    assert gallery.search(vectors[0], space) == [[]]
    other = dataclasses.replace(space, model="other")
    assert gallery.add("Ada", vectors[0], other)
    assert gallery.space == other


def test_the_default_path_follows_the_environment(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("MIEN_GALLERY", str(tmp_path / "mine"))
    assert default_path() == tmp_path / "mine"
    with Gallery.open() as gallery:
        assert gallery.path == tmp_path / "mine"
    monkeypatch.delenv("MIEN_GALLERY")
    assert default_path().name == "mien.gallery"
    assert default_path().parent.name == "mien"


@pytest.mark.parametrize("path", ["", "a\0b", "a\ud800", 7, b"bytes"])
def test_a_path_that_is_none_is_refused(path) -> None:
    with pytest.raises(InvalidOption, match="path"):
        Gallery.open(path)


def test_a_closed_gallery_says_so(path, vectors, space) -> None:
    gallery = Gallery.open(path)
    gallery.close()
    gallery.close()
    with pytest.raises(GalleryError, match="closed"):
        gallery.add("Ada", vectors[0], space)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="fork warns where threads were started")
def test_a_forked_process_opens_the_gallery_again(gallery, vectors, space) -> None:
    child = os.fork()
    if not child:
        gallery.add("Ada", vectors[0], space)
        os._exit(len(gallery.people()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert gallery.people() or gallery.path is None  # in memory the child has its own copy


def test_stats_count(gallery, fill, space) -> None:
    fill(gallery, 25)
    stats = gallery.stats()
    assert (stats.people, stats.templates, stats.space, stats.version) == (10, 25, space, 2)
    assert stats.bytes == gallery.path.stat().st_size
    assert not stats.erasure_owed

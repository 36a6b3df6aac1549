"""Kept encodings: equal to fresh ones, missed when anything changed, refused when damaged."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mien.detection import YuNetSettings, load_detector
from mien.embedding import load_embedder
from mien.encodings import CachedRecognizer, EncodingCache, encoding_key
from mien.encodings.rows import photo_of, row_of
from mien.errors import InvalidCache, OutputUnwritable
from mien.models import Engine, ModelStore, RuntimeOptions
from mien.pipeline import EncodedPhoto, Recognizer
from mien.quality import QualityLimits
from mien.records import PhotoFailure

Answer = EncodedPhoto | PhotoFailure


@pytest.fixture
def photos(sample: Callable[[str], Path], tmp_path: Path) -> list[Path]:
    """A group, three people, a cup of coffee and a file that is no photo."""
    names = ("t1.jpg", "obama.jpg", "coffee.png", "biden.jpg", "obama2.jpg")
    copies = [Path(shutil.copy(sample(name), tmp_path)) for name in names]
    broken = tmp_path / "broken.jpg"
    broken.write_text("no photo")
    return [*copies[:2], broken, *copies[2:]]


def ask(
    recognizer: Recognizer, file: Path, photos: Sequence[object], store: ModelStore
) -> tuple[list[Answer], int]:
    """The answers, and how many came from the file."""
    with EncodingCache.open(file) as cache:
        cached = CachedRecognizer(recognizer, cache, encoding_key(recognizer, store))
        return list(cached.encode_photos(photos)), cached.hits


def assert_equal(ones: Sequence[Answer], others: Sequence[Answer]) -> None:
    assert len(ones) == len(others)
    for one, other in zip(ones, others, strict=True):
        if isinstance(one, PhotoFailure) or isinstance(other, PhotoFailure):
            assert repr(one) == repr(other)
            continue
        assert one.photo == other.photo
        assert len(one.faces) == len(other.faces)
        for left, right in zip(one.faces, other.faces, strict=True):
            assert (left.face, left.quality, left.norm) == (right.face, right.quality, right.norm)
            assert left.quality.measures == right.quality.measures
            assert left.vector.dtype == right.vector.dtype == np.float32
            np.testing.assert_array_equal(left.vector, right.vector)


def test_kept_answers_equal_fresh_ones_and_come_in_order(recognizer, model_store, photos, tmp_path):
    fresh = list(recognizer.encode_photos(photos))
    first, hits = ask(recognizer, tmp_path / "kept", photos, model_store)
    assert hits == 0
    assert_equal(first, fresh)
    again, hits = ask(recognizer, tmp_path / "kept", photos, model_store)
    assert hits == 5  # all but the one that failed
    assert_equal(again, fresh)


def test_known_and_new_photos_mix_in_the_order_of_the_question(
    recognizer, model_store, photos, tmp_path
):
    ask(recognizer, tmp_path / "kept", photos[::2], model_store)
    answers, hits = ask(recognizer, tmp_path / "kept", photos, model_store)
    assert hits == 2
    assert [answer.photo.source for answer in answers if isinstance(answer, EncodedPhoto)] == [
        str(photo) for photo in photos if photo.name != "broken.jpg"
    ]
    faces = [len(answer.faces) for answer in answers if isinstance(answer, EncodedPhoto)]
    assert faces == [6, 1, 0, 1, 1]


def test_a_photo_under_another_name_is_known_and_named_anew(
    recognizer, model_store, photos, tmp_path
):
    copy = Path(shutil.copy(photos[1], tmp_path / "copy.jpg"))
    ask(recognizer, tmp_path / "kept", photos[1:2], model_store)
    (answer,), hits = ask(recognizer, tmp_path / "kept", [copy], model_store)
    assert hits == 1
    assert isinstance(answer, EncodedPhoto)
    assert answer.photo.source == str(copy)


def test_a_changed_photo_misses(recognizer, model_store, photos, tmp_path):
    ask(recognizer, tmp_path / "kept", photos[1:2], model_store)
    shutil.copy(photos[4], photos[1])
    (answer,), hits = ask(recognizer, tmp_path / "kept", photos[1:2], model_store)
    assert hits == 0
    assert_equal([answer], list(recognizer.encode_photos(photos[1:2])))


def test_only_files_are_kept(recognizer, model_store, photos, tmp_path):
    sources = [photos[1].read_bytes(), "/dev/zero", tmp_path, "none.jpg"]
    for _ in range(2):
        answers, hits = ask(recognizer, tmp_path / "kept", sources, model_store)
        assert hits == 0
        assert [type(one) for one in answers] == [EncodedPhoto, *[PhotoFailure] * 3]


def test_everything_that_changes_an_answer_changes_the_key(recognizer, model_store):
    def key(detector="yunet", engine=None, mirror=True, limits=None, **more):
        options = RuntimeOptions(engine=engine)
        found = load_detector(detector, model_store, options, **more)
        embedder = load_embedder("sface", model_store, options, mirror=mirror)
        return encoding_key(Recognizer(found, embedder, limits=limits), model_store)

    usual = encoding_key(recognizer, model_store)
    assert key() == usual
    others = {
        key("haar"),
        key("mtcnn"),
        key(mirror=False),
        key(limits=QualityLimits(minimum_side=30.0)),
        key(minimum_score=0.8),
        key(settings=YuNetSettings(any_roll=False)),
        *(key(engine=engine) for engine in Engine),
    }
    assert len(others | {usual}) >= 8  # one of the engines is the usual one's, at least in part


def test_other_weights_under_the_same_name_change_the_key(recognizer, model_store):
    cards = dict(model_store.cards)
    (file,) = cards["yunet"].files
    cards["yunet"] = replace(cards["yunet"], files=(replace(file, sha256="0" * 64),))
    other = ModelStore(cards=cards)
    assert encoding_key(recognizer, other) != encoding_key(recognizer, model_store)


def test_an_answer_of_another_recognizer_is_not_taken(recognizer, model_store, photos, tmp_path):
    ask(recognizer, tmp_path / "kept", photos[1:2], model_store)
    other = Recognizer(
        recognizer.detector, load_embedder("sface", model_store, mirror=False), workers=1
    )
    _, hits = ask(other, tmp_path / "kept", photos[1:2], model_store)
    assert hits == 0
    _, hits = ask(other, tmp_path / "kept", photos[1:2], model_store)
    assert hits == 1


def test_the_file_is_its_owner_s_alone_and_holds_no_path(recognizer, model_store, photos, tmp_path):
    file = tmp_path / "kept"
    ask(recognizer, file, photos, model_store)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"obama" not in file.read_bytes()


def test_what_was_encoded_before_an_interruption_is_kept(recognizer, model_store, photos, tmp_path):
    with EncodingCache.open(tmp_path / "kept") as cache:
        key = encoding_key(recognizer, model_store)
        answers = CachedRecognizer(recognizer, cache, key).encode_photos(photos)
        next(answers)
        answers.close()
    _, hits = ask(recognizer, tmp_path / "kept", photos, model_store)
    assert hits == 1


# Damage -------------------------------------------------------------------------------------


def filled(recognizer: Recognizer, store: ModelStore, photo: Path, file: Path) -> Path:
    ask(recognizer, file, [photo], store)
    return file


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE encodings SET record = replace(record, '1', '2')",
        "UPDATE encodings SET record = 'x'",
        "UPDATE encodings SET record = x'00'",
        "UPDATE encodings SET vectors = substr(vectors, 1, 508)",
        "UPDATE encodings SET vectors = zeroblob(512)",
        "UPDATE encodings SET checksum = zeroblob(32)",
        "ALTER TABLE encodings RENAME TO other",
    ],
)
def test_a_damaged_row_is_refused_with_the_cure(recognizer, model_store, photos, tmp_path, damage):
    file = filled(recognizer, model_store, photos[1], tmp_path / "kept")
    with sqlite3.connect(file) as connection:
        connection.execute(damage)
    connection.close()
    with pytest.raises(InvalidCache, match="delete it or name another file"):
        ask(recognizer, file, photos[1:2], model_store)


def test_a_cut_file_is_refused(recognizer, model_store, photos, tmp_path):
    file = filled(recognizer, model_store, photos[0], tmp_path / "kept")
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(InvalidCache):
        ask(recognizer, file, photos[:1], model_store)


@pytest.mark.parametrize("content", [b"x", b"no database" * 999, b"\xff\xd8\xff\xe0" * 30])
def test_a_file_of_another_kind_is_refused_and_stays_as_it_was(tmp_path, content):
    file = tmp_path / "photo.jpg"
    file.write_bytes(content)
    with pytest.raises(InvalidCache, match="delete it or name another file"):
        EncodingCache.open(file)
    assert file.read_bytes() == content


def test_another_program_s_database_is_refused_and_stays_as_it_was(tmp_path):
    file = tmp_path / "notes.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE note (text)")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(InvalidCache, match="another program's database"):
        EncodingCache.open(file)
    assert file.read_bytes() == before


def test_a_later_form_is_refused(tmp_path):
    EncodingCache.open(tmp_path / "kept").close()
    with sqlite3.connect(tmp_path / "kept") as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(InvalidCache, match="version 2 where 1 is known"):
        EncodingCache.open(tmp_path / "kept")


@pytest.mark.parametrize("name", ["nowhere/kept", ".", "a\0b"])
def test_a_file_that_cannot_be_made_is_unwritable(tmp_path, name):
    with pytest.raises(OutputUnwritable):
        EncodingCache.open(tmp_path / name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"score": ', '"score": 1e999, "was": '),
        ('"score": ', '"score": NaN, "was": '),
        ('"score": ', '"score": true, "was": '),
        ('"score": ', '"other": '),
        ('"width": ', '"width": -'),
        ('"usable": true', '"usable": false'),
        ('"reasons": []', '"reasons": ["ugly"]'),
        ('"box": [', '"box": [1.0, '),
        ('"landmarks": [[', '"landmarks": [[1.0, 2.0], ['),
        ('"faces": [', '"faces": [[], '),
        ('"faces": [', '"faces": [{}, '),
    ],
)
def test_a_row_with_a_value_that_cannot_be_is_refused(encode, sample, old, new):
    row = row_of(encode(sample("obama.jpg")))
    assert old in row.record
    with pytest.raises(ValueError, match=r"where|reason|row|unpack|shape|points|reshape"):
        photo_of(replace(row, record=row.record.replace(old, new)), 128)


# Several processes --------------------------------------------------------------------------


def _fill(file: Path, photos: list[Path], ready: object) -> None:
    store = ModelStore()
    from mien.api import build_recognizer

    recognizer = build_recognizer(store=store)
    ready.wait()  # type: ignore[attr-defined]  # a Barrier; its class differs by platform
    for photo in photos:
        ask(recognizer, file, [photo], store)


def test_several_processes_fill_one_file(recognizer, model_store, photos, tmp_path):
    sound = [photo for photo in photos if photo.name != "broken.jpg"]
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    workers = [
        context.Process(target=_fill, args=(tmp_path / "kept", part, ready))
        for part in (sound, sound[::-1])
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    answers, hits = ask(recognizer, tmp_path / "kept", sound, model_store)
    assert hits == len(sound)
    assert [len(answer.faces) for answer in answers] == [6, 1, 0, 1, 1]

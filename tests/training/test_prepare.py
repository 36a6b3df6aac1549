from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.api import build_finder
from mien.errors import InsufficientData, InvalidDataset, InvalidOption
from mien.models import ModelStore
from mien.pipeline import FaceFinder
from mien.training.dataset import Part
from mien.training.prepare import DataOptions, prepare
from mien.training.splits import Shares
from training.copies import COPIES, jpeg
from training.folders import lay_out, put_picture

READY = DataOptions(detect=False, side=48)


@pytest.fixture(scope="module")
def finder(model_store: ModelStore) -> FaceFinder:
    return build_finder(store=model_store)


@pytest.fixture
def data(sample: Callable[[str], Path], tmp_path: Path) -> Path:
    """Two people with three and two photos."""
    people = {"obama": ["obama.jpg", "obama2.jpg", "obama3.jpg"], "others": ["biden.jpg"]}
    for name, files in people.items():
        (tmp_path / name).mkdir()
        for file in files:
            shutil.copy(sample(file), tmp_path / name)
    shutil.copy(sample("astronaut.png"), tmp_path / "others")
    return tmp_path


def test_a_folder_becomes_crops_with_labels_and_parts(data, finder):
    heard = []
    made = prepare(data, finder=finder, step=lambda *step: heard.append(step))
    assert made.names == ("obama", "others")
    assert made.pixels.shape == (5, 112, 112, 3)
    assert [made.names[label] for label in made.labels] == [photo.name for photo in made.photos]
    assert Counter(photo.part for photo in made.photos) == {Part.TRAIN: 3, Part.VALIDATION: 2}
    assert sorted([*made.rows_of(Part.TRAIN), *made.rows_of(Part.VALIDATION)]) == list(range(5))
    assert heard[-1] == ("cutting faces", 5, 5)


def test_a_photo_without_a_face_is_listed_and_the_others_go_on(data, finder):
    put_picture(data / "obama" / "blank.jpg", 1)
    made = prepare(data, finder=finder)
    assert [(one.photo.place, one.error.kind) for one in made.refused] == [
        ("obama/blank.jpg", "NoFace")
    ]
    assert len(made.pixels) == 5


def test_who_has_too_few_photos_left_is_named_with_the_reason(data, finder):
    (data / "others" / "biden.jpg").write_bytes(b"no picture")
    with pytest.raises(InsufficientData, match=r"1 of 'others' after 1 that .*others/biden.jpg': "):
        prepare(data, finder=finder)


def test_a_photo_under_two_names_is_refused_before_faces_are_sought(data, finder):
    shutil.copy(data / "obama" / "obama.jpg", data / "others" / "same.jpg")
    heard = []
    with pytest.raises(InvalidDataset, match=r"'obama/obama\.jpg' = 'others/same\.jpg'"):
        prepare(data, finder=finder, step=lambda *step: heard.append(step))
    assert heard == []


def test_who_has_one_photo_twice_has_one(tmp_path):
    lay_out(tmp_path, {"Ada": 4, "Bo": 1})
    with Image.open(tmp_path / "Bo" / "000.jpg") as image:
        image.save(tmp_path / "Bo" / "001.png")
    with pytest.raises(InsufficientData, match="1 of 'Bo' once copies are left out"):
        prepare(tmp_path, READY)


def test_copies_stay_on_one_side_whatever_the_seed(data, finder, picture):
    for number, copy in enumerate(COPIES.values()):
        image = np.ascontiguousarray(copy(picture("obama.jpg")))
        (data / "obama" / f"copy{number}.jpg").write_bytes(jpeg(image))
    for seed in range(5):
        made = prepare(data, DataOptions(seed=seed), finder)
        copies = [
            one for one in made.photos if one.place.startswith(("obama/copy", "obama/obama."))
        ]
        assert len(copies) == len(COPIES) + 1
        assert len({one.part for one in copies}) == 1


def test_crops_that_are_kept_give_the_same_data_again(data, finder, tmp_path_factory):
    options = DataOptions(cache=tmp_path_factory.mktemp("crops"))
    first, again = (prepare(data, options, finder) for _ in range(2))
    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert first.photos == again.photos
    assert first.notes == again.notes


def test_ready_crops_need_no_finder(tmp_path):
    made = prepare(lay_out(tmp_path, {"Ada": 10, "Bo": 10}), READY)
    assert made.pixels.shape == (20, 48, 48, 3)
    assert {part: len(made.rows_of(part)) for part in Part} == {
        Part.TRAIN: 12,
        Part.VALIDATION: 4,
        Part.TEST: 4,
    }


def test_the_same_folder_elsewhere_gives_the_same_data(tmp_path):
    lay_out(tmp_path / "here", {"Ada": 10, "Bo": 10})
    shutil.copytree(tmp_path / "here", tmp_path / "there" / "deeper")
    here, there = (prepare(tmp_path / place, READY) for place in ("here", "there/deeper"))
    np.testing.assert_array_equal(here.pixels, there.pixels)
    assert [one.part for one in here.photos] == [one.part for one in there.photos]


def test_faces_cannot_be_found_without_a_finder(tmp_path):
    with pytest.raises(InvalidOption, match="finder"):
        prepare(lay_out(tmp_path, {"Ada": 2, "Bo": 2}))


@pytest.mark.parametrize("wrong", [{"side": 3}, {"template": "round"}])
def test_options_outside_their_range_are_refused(wrong):
    with pytest.raises(InvalidOption):
        DataOptions(**wrong)


def test_celeb5_loses_the_one_photo_of_train_that_is_in_validation(bench_data, finder):
    made = prepare(bench_data / "celeb5", DataOptions(shares=Shares(0.2, 0.0)), finder)
    assert len(made.rows_of(Part.VALIDATION)) == 25
    assert len(made.rows_of(Part.TRAIN)) == 92
    assert made.refused == ()
    assert any("left out: 'train/ben_afflek/" in note for note in made.notes)

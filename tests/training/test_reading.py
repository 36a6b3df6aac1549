from __future__ import annotations

import os
import shutil
import unicodedata

import pytest

from mien.errors import InsufficientData, InvalidDataset, InvalidName, SourceNotFound
from mien.training.dataset import Dataset, LabelledPhoto, Part
from mien.training.reading import read_dataset
from training.folders import lay_out, put_picture


def test_a_folder_of_people_gives_each_photo_its_name(tmp_path):
    lay_out(tmp_path, {"Ada": 3, "Bo": 2})
    put_picture(tmp_path / "Bo" / "summer" / "a.PNG", 90)
    found = read_dataset(tmp_path)
    assert found.names == ("Ada", "Bo")
    assert found.count() == {"Ada": 3, "Bo": 3}
    assert not found.is_split
    assert [photo.place for photo in found.photos[-2:]] == ["Bo/001.jpg", "Bo/summer/a.PNG"]


def test_photos_without_folders_are_of_whom_they_are_named_after(tmp_path):
    for number, name in enumerate(["ada.jpg", "ada_2.jpg", "Bo.happy.gif", "Bo.gif"]):
        put_picture(tmp_path / name, number)
    assert read_dataset(tmp_path).count() == {"Bo": 2, "ada": 2}


def test_the_rule_for_folders_holds_here_too_and_patterns_add_to_it(tmp_path):
    for part in ("train", "validation"):
        lay_out(tmp_path / part, {"Ada": 2, "Bo": 2, "@eaDir": 2, "Cy": 2})
        put_picture(tmp_path / part / "Ada" / "#recycle" / "1.jpg", 9)
    lay_out(tmp_path, {"lost+found": 2, "$RECYCLE.BIN": 1})
    found = read_dataset(tmp_path, exclude=["Cy"])
    assert found.count() == {"Ada": 4, "Bo": 4}
    assert found.notes == (
        "6 folders skipped: #recycle 2, @eaDir 2, $RECYCLE.BIN, lost+found; 2 excluded: Cy 2",
    )


@pytest.mark.parametrize("validation", ["validation", "val", "Valid"])
def test_a_folder_that_is_split_keeps_its_sides(tmp_path, validation):
    for part in ("train", validation, "test"):
        lay_out(tmp_path / part, {"Ada": 2, "Bo": 2})
    found = read_dataset(tmp_path)
    assert found.is_split
    assert found.names == ("Ada", "Bo")
    assert all(found.count(part) == {"Ada": 2, "Bo": 2} for part in Part)


def test_a_person_may_be_called_like_a_part(tmp_path):
    lay_out(tmp_path, {"Val": 2, "Test": 2})
    assert read_dataset(tmp_path).names == ("Test", "Val")


def test_neither_the_order_on_the_disk_nor_its_place_changes_anything(tmp_path):
    lay_out(tmp_path / "here", {"Bo": 3, "Ada": 3})
    for name in ("Bo", "Ada"):  # copied in another order, to another place
        for photo in sorted((tmp_path / "here" / name).iterdir(), reverse=True):
            (tmp_path / "there" / name).mkdir(parents=True, exist_ok=True)
            shutil.copy(photo, tmp_path / "there" / name)
    here, there = (read_dataset(tmp_path / place) for place in ("here", "there"))
    assert [photo.place for photo in here.photos] == [photo.place for photo in there.photos]


def test_what_is_not_used_is_listed(tmp_path):
    lay_out(tmp_path, {"Ada": 2, "Bo": 2})
    (tmp_path / "Ada" / "notes.txt").write_text("x")
    (tmp_path / "Ada" / ".DS_Store").write_text("x")
    (tmp_path / ".cache" / "x").mkdir(parents=True)
    put_picture(tmp_path / "loose.jpg", 90)
    (tmp_path / "empty").mkdir()
    listed = {one.place: one.reason for one in read_dataset(tmp_path).ignored}
    assert listed == {
        ".cache": "hidden",
        "Ada/.DS_Store": "hidden",
        "Ada/notes.txt": "not a photo by its suffix",
        "empty": "an empty folder",
        "loose.jpg": "it lies in no person's folder",
    }


def test_links_count_only_where_they_stay_inside(tmp_path):
    data = lay_out(tmp_path / "data", {"Ada": 2, "Bo": 2})
    outside = put_picture(tmp_path / "private" / "me.jpg", 90)
    (data / "Ada" / "inside.jpg").symlink_to(data / "Ada" / "000.jpg")
    (data / "Ada" / "outside.jpg").symlink_to(outside)
    (data / "Ada" / "nowhere.jpg").symlink_to(tmp_path / "gone.jpg")
    (data / "Ada" / "folder").symlink_to(outside.parent)
    (data / "Cy").symlink_to(outside.parent)
    found = read_dataset(data)
    assert found.count() == {"Ada": 3, "Bo": 2}
    assert {one.place: one.reason for one in found.ignored} == {
        "Ada/folder": "a linked folder",
        "Ada/nowhere.jpg": "a link that leads nowhere",
        "Ada/outside.jpg": "a link that leaves the folder",
        "Cy": "a linked folder",
    }


def test_a_link_to_itself_leads_nowhere(tmp_path):
    lay_out(tmp_path, {"Ada": 2, "Bo": 2})
    (tmp_path / "Ada" / "loop.jpg").symlink_to(tmp_path / "Ada" / "loop.jpg")
    (ignored,) = read_dataset(tmp_path).ignored
    assert ignored.reason == "a link that leads nowhere"


# Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["..\\x", "..x", "%2e%2e%2fx", "a\\b", "-rf", "Ada\u202e", "C:x"])
def test_a_folder_that_nobody_can_be_called_by_is_refused_by_its_name(tmp_path, name):
    lay_out(tmp_path, {"Ada": 2, "Bo": 2, name: 2})
    with pytest.raises(InvalidName, match="the folder"):
        read_dataset(tmp_path)


def test_a_name_of_bytes_that_are_no_text_is_refused(tmp_path):
    lay_out(tmp_path, {"Ada": 2, "Bo": 2, os.fsdecode(b"J\xe9r\xf4me"): 2})
    with pytest.raises(InvalidName, match="U\\+DCE9"):
        read_dataset(tmp_path)


def test_a_class_called_like_a_path_is_refused_without_a_disk_too(tmp_path):
    with pytest.raises(InvalidName, match="path"):
        Dataset((LabelledPhoto(tmp_path / "a.jpg", "a.jpg", "../x"),))


@pytest.mark.parametrize(
    "twins", [("Ada", "ada"), ("Jos\u00e9", unicodedata.normalize("NFD", "Jos\u00e9"))]
)
def test_two_folders_of_one_name_are_one_person_and_it_is_said(tmp_path, twins):
    lay_out(tmp_path, {**dict.fromkeys(twins, 2), "Bo": 2})
    if len(list(tmp_path.iterdir())) < 3:
        pytest.skip("this file system takes the two names for one")
    dataset = read_dataset(tmp_path)
    assert dataset.count() == {twins[0]: 4, "Bo": 2}
    assert [note.split(", ")[-1] for note in dataset.notes] == [repr(twins[0])]


def test_one_person_may_be_spelled_otherwise_in_validation(tmp_path):
    lay_out(tmp_path / "train", {"Ada": 2, "Bo": 2})
    lay_out(tmp_path / "validation", {"ada": 1, "Bo": 1})
    assert read_dataset(tmp_path).count() == {"Ada": 3, "Bo": 3}


# Too little ---------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_or_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    for name in ("nothing", "file", "x" * 300, "a\0b"):
        with pytest.raises(SourceNotFound, match="expected a folder"):
            read_dataset(tmp_path / name)


def test_an_empty_folder_is_refused_and_what_was_passed_over_is_said(tmp_path):
    with pytest.raises(InsufficientData, match="got none"):
        read_dataset(tmp_path)
    (tmp_path / "ada.txt").touch()
    with pytest.raises(InsufficientData, match=r"got none; 1 file skipped: \.txt 1"):
        read_dataset(tmp_path)


def test_one_person_only_is_refused(tmp_path):
    lay_out(tmp_path, {"Ada": 9})
    with pytest.raises(InsufficientData, match="at least two people, got one only, 'Ada'"):
        read_dataset(tmp_path)


def test_two_photos_in_all_are_refused(tmp_path):
    lay_out(tmp_path, {"Ada": 1, "Bo": 1})
    with pytest.raises(InsufficientData, match="at least 2 photos of each person"):
        read_dataset(tmp_path)


def test_a_person_with_one_photo_is_named_with_the_least_number(tmp_path):
    lay_out(tmp_path, {"Ada": 9, "Bo": 1, "Cy": 9})
    with pytest.raises(InsufficientData, match="at least 2 photos of each person, got 1 of 'Bo';"):
        read_dataset(tmp_path)


def test_a_person_whose_photos_are_of_no_kind_that_can_be_read_is_named(tmp_path):
    lay_out(tmp_path, {"Ada": 2, "Bo": 2})
    (tmp_path / "Cy").mkdir()
    (tmp_path / "Cy" / "one.cr2").write_bytes(b"x")
    with pytest.raises(InsufficientData, match=r"none in 'Cy' \(1 file skipped: \.cr2 1\)"):
        read_dataset(tmp_path)


@pytest.mark.parametrize("folders", [("train", "Ada"), ("validation",), ("train", "val", "valid")])
def test_sides_that_make_no_sense_together_are_refused(tmp_path, folders):
    for folder in folders:
        lay_out(tmp_path / folder, {"Ada": 2, "Bo": 2})
    with pytest.raises(InvalidDataset, match="expected train with validation"):
        read_dataset(tmp_path)


def test_people_of_validation_who_are_not_in_train_are_named(tmp_path):
    lay_out(tmp_path / "train", {"Ada": 2, "Bo": 2})
    lay_out(tmp_path / "validation", {"Ada": 2, "Cy": 2})
    with pytest.raises(InsufficientData, match="none in train of 'Cy'"):
        read_dataset(tmp_path)

"""``mien train`` as a user types it: what is wrong with the data is said in one line, at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

PEOPLE = ("akshay_kumar", "salman_khan")


@pytest.fixture
def people(people_data: Path, folder: Path) -> Path:
    """Eight photos of each of two people, in the working directory."""
    for name in PEOPLE:
        (folder / "people" / name).mkdir(parents=True)
        for photo in sorted((people_data.parent / "actors" / name).iterdir())[:8]:
            shutil.copy(photo, folder / "people" / name)
    return folder / "people"


def refused(mien, folder: Path, *arguments: object) -> str:
    """What one line says; nothing may be left behind."""
    before = sorted(folder.rglob("*"))
    said = mien("train", *arguments)
    assert said.status == 2
    assert said.out == ""
    lines = [line for line in said.err.splitlines() if line.startswith("mien: ")]
    assert len(lines) == 1
    assert sorted(folder.rglob("*")) == before
    return lines[0]


def test_one_person_is_no_choice(mien, people, folder):
    shutil.rmtree(people / PEOPLE[0])
    assert "two people" in refused(mien, folder, people, "--out", "model")


def test_an_empty_folder_says_what_belongs_into_it(mien, folder):
    (folder / "empty").mkdir()
    assert "folder" in refused(mien, folder, "empty", "--out", "model")
    assert "no-such-place" in refused(mien, folder, "no-such-place", "--out", "model")


def test_two_photos_in_all_and_a_person_with_one_photo_are_too_few(mien, people, folder):
    for name in PEOPLE:
        for photo in sorted((people / name).iterdir())[1:]:
            photo.unlink()
    line = refused(mien, folder, people, "--out", "model")
    assert PEOPLE[0] in line
    assert "2" in line


def test_the_same_photo_under_two_names_is_named_twice(mien, people, folder, networks):
    photo = sorted((people / PEOPLE[0]).iterdir())[0]
    shutil.copy(photo, people / PEOPLE[1] / "copy.jpg")
    line = refused(mien, folder, people, "--out", "model")
    assert photo.name in line
    assert "copy.jpg" in line


def test_a_name_that_nobody_can_have_is_refused(mien, people, folder):
    (people / PEOPLE[0]).rename(people / "..x\n")
    assert "name" in refused(mien, folder, people, "--out", "model")


def test_a_place_that_holds_something_else_is_left_alone(mien, people, folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "diary.txt").write_text("dear diary")
    assert "other things" in refused(mien, folder, people, "--out", "mine")
    assert "data" in refused(mien, folder, people, "--out", people / "model")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--head", "softmax"], "cosine"),
        (["--unfreeze", "some"], "all"),
        (["--recipe", "mine"], "classic-vgg16"),
        (["--optimiser", "magic"], "rmsprop"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--folds", "1"], "folds"),
        (["--views", "0", "--augment", "modern"], "views"),
        (["--backbone", "lenet"], "mobilenetv2"),
        (["--resume"], "resume"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_an_option_out_of_its_range_is_said_before_any_work(mien, people, folder, options, word):
    assert word in refused(mien, folder, people, "--out", "model", *options)


def test_a_model_is_trained_told_of_and_used(mien, people, folder, networks):
    (people / PEOPLE[0] / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    said = mien("train", people, "--out", "two.model", "--epochs", "2", "--threads", "1", "--json")
    assert said.status == 0
    assert said.row["people"] == list(PEOPLE)
    assert said.row["strangers"]["false_accepts"]["value"] <= 0.01
    assert [row["source"] for row in said.row["refused"]] == [f"{PEOPLE[0]}/broken.jpg"]
    assert "broken.jpg" in said.err
    card = (folder / "two.model" / "README.md").read_text("utf-8")
    assert "mien identify" in card
    photo = sorted((people / PEOPLE[1]).iterdir())[0]
    answer = mien("identify", photo, "--model", "two.model", "--json")
    assert {face["name"] for face in answer.row["faces"]} <= {PEOPLE[1], None}
    assert json.loads((folder / "two.model" / "config.json").read_text())["data"] == "people"

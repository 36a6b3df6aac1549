"""Folders as they lie on network drives and in data sets, through every command that takes some."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.api import build_finder
from mien.training.dataset import Part
from mien.training.prepare import prepare

PEOPLE = ("Abdullah_Gul", "Alejandro_Toledo", "Alvaro_Uribe", "Amelie_Mauresmo")
SKIPPED = "2 files skipped: .xmp 1, hidden 1; 4 folders skipped: @eaDir 3, #recycle"
EXCLUDED = f"{SKIPPED}; 1 excluded: old"
PLACES = ("Ada", "Bo", "")
CONDITIONS = ("centerlight", "glasses", "happy", "normal", "sad", "sleepy", "wink")


@pytest.fixture
def nas(samples, folder) -> Path:
    """Two people as a network drive has them: thumbnails and a recycle bin beside their photos."""
    for name, photos in {"Ada": ("obama.jpg", "obama2.jpg"), "Bo": ("biden.jpg",)}.items():
        for place in (name, f"{name}/@eaDir", f"{name}/old", "@eaDir", "#recycle"):
            (folder / "people" / place).mkdir(parents=True, exist_ok=True)
            for photo in photos:
                shutil.copy(samples[photo], folder / "people" / place)
    shutil.rmtree(folder / "people/Bo/old")
    for name in ("Ada/.DS_Store", "Ada/obama.xmp"):
        (folder / "people" / name).touch()
    return folder / "people"


COMMANDS = (
    "detect people",
    "identify people --people people",
    "enroll people",
    "calibrate people --out calibration.json",
    "evaluate verification people",
    "evaluate oneshot people",
    "evaluate identification people",
    "verifier fit people --out verifier.json",
    "collect ada --source people --largest",
    "train people --out model",
    "finetune people --out model",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_passes_over_the_same_and_says_it_once(mien, nas, command):
    said = mien(*command.split(), "--exclude", "old", "--json")
    noted = [line for line in said.err.splitlines() if EXCLUDED in line]
    assert len(noted) == 1 + ("--people" in command), said.err
    assert all(
        "source" not in row or Path(row["source"]).parent.name in PLACES for row in said.rows
    )


def test_only_photos_become_people(mien, nas):
    said = mien("enroll", nas, "--exclude", "old")
    assert said.out.startswith("enrolled 3 photos of 2 people")
    assert said.err == f"{EXCLUDED}\n"
    assert mien("enroll", nas, "--exclude", "old", "--quiet").err == ""


def test_a_pattern_that_can_match_nothing_is_refused(mien, nas):
    said = mien("detect", nas, "--exclude", "../x")
    assert said.status == 2
    assert said.err.startswith("mien: exclude: expected a pattern such as 'old'")


def test_everything_may_be_excluded_but_that_is_no_answer(mien, nas):
    for given in (nas, nas / "Ada/obama.jpg"):
        said = mien("detect", given, "--exclude", "*")
        assert said.status == 2
        assert "excluded" in said.err


# The data sets that everybody begins with ---------------------------------------------------------


@pytest.fixture(scope="module")
def lfw() -> Path:
    root = os.environ.get("MIEN_BENCH_DATA")
    if not root:
        pytest.skip("MIEN_BENCH_DATA is not set")
    return Path(root) / "lfw/images"


def grey_photos(lfw: Path, name: str) -> list[Image.Image]:
    photos = sorted((lfw / name).iterdir())[: len(CONDITIONS)]
    return [Image.open(photo).convert("L") for photo in photos]


@pytest.fixture
def yale(lfw, folder) -> Path:
    """As the Yale face database comes: grey GIFs in one folder, the condition as their suffix."""
    (folder / "yalefaces").mkdir()
    for number, name in enumerate(PEOPLE, 1):
        for condition, photo in zip(CONDITIONS, grey_photos(lfw, name), strict=True):
            photo.save(folder / "yalefaces" / f"subject{number:02}.{condition}", "GIF")
    (folder / "yalefaces/Readme.txt").write_text("The Yale Face Database")
    return folder / "yalefaces"


@pytest.fixture
def orl(lfw, folder) -> Path:
    """As AT&T's come, once the Olivetti Research Laboratory's: s1/1.pgm, s1/2.pgm, …"""
    for number, name in enumerate(PEOPLE, 1):
        (folder / f"orl/s{number}").mkdir(parents=True)
        for index, photo in enumerate(grey_photos(lfw, name), 1):
            photo.save(folder / f"orl/s{number}/{index}.pgm")
    (folder / "orl/README").write_text("The ORL Database of Faces")
    return folder / "orl"


@pytest.mark.parametrize("data", ["yale", "orl"])
def test_the_classics_are_people_to_enrol_to_learn_from_and_to_measure_on(
    mien, networks, data, request
):
    folder = request.getfixturevalue(data)
    names = {"yale": "subject0{}", "orl": "s{}"}[data]
    enrolled = mien("enroll", folder, "--largest", "--json")
    assert {row["name"] for row in enrolled.rows} == {names.format(n) for n in (1, 2, 3, 4)}
    assert sum(row["status"] == "added" for row in enrolled.rows) > 24
    measured = mien("evaluate", "verification", folder, "--json")
    assert measured.row["photos"] == 28
    assert measured.row["people"] == 4
    assert measured.row["auc"] > 0.99
    learned_from = prepare(folder, finder=build_finder())  # `mien train`, before torch comes in
    assert learned_from.names == tuple(names.format(n) for n in (1, 2, 3, 4))
    assert len(learned_from.rows_of(Part.VALIDATION)) >= 4
    assert learned_from.notes[0] == "1 file skipped: " + (
        ".txt 1" if data == "yale" else "no suffix 1"
    )


def test_a_phone_s_photos_are_identified(mien, samples, folder):
    import pillow_heif

    for name in ("obama", "biden"):
        (folder / "people" / name).mkdir(parents=True)
        shutil.copy(samples[f"{name}.jpg"], folder / "people" / name)
    photo = Image.open(samples["obama2.jpg"]).convert("RGB")
    turned = Image.fromarray(np.rot90(np.asarray(photo), -1))  # and said to be turned so
    exif = Image.Exif()
    exif[0x0112] = 8
    pillow_heif.from_pillow(turned).save(folder / "IMG_1.HEIC", exif=exif.tobytes())
    photo.save(folder / "IMG_2.avif")
    said = mien("identify", "IMG_1.HEIC", "IMG_2.avif", "--people", "people", "--json")
    assert [row["faces"][0]["name"] for row in said.rows] == ["obama", "obama"]

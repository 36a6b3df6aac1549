"""``mien evaluate verification``: the contract's report on a few pairs of sample photos."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mien.cli.measuring import central_face
from mien.pipeline import EncodedPhoto
from mien.records import Box, Encoding, Face, Photo, Quality

PAIRS = """fold,same,path1,path2
1,1,obama.jpg,obama2.jpg
1,0,obama.jpg,biden.jpg
1,0,obama.jpg,coffee.png
2,1,obama2.jpg,obama3.jpg
2,0,obama3.jpg,biden.jpg
"""


@pytest.fixture
def photos(samples, folder):
    for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "coffee.png"):
        (folder / name).write_bytes(samples[name].read_bytes())
    Path("pairs.csv").write_text(PAIRS)
    return folder


def test_the_report_has_the_fields_of_the_contract(mien, photos):
    said = mien(
        *("evaluate", "verification", "--pairs", "pairs.csv", "--images", "."),
        *("--format", "csv", "--json"),
    )
    assert said.status == 0
    row = said.row
    assert (row["pairs"], row["genuine"], row["impostor"]) == (5, 2, 3)
    assert row["failure_to_acquire"] == 1
    assert row["accuracy"] == pytest.approx((2 / 3 + 1) / 2)  # the coffee is an error
    assert row["auc"] == 1.0
    assert (row["embedder"], row["detector"]) == ("sface", "yunet")
    assert len(row["folds"]) == 2
    assert set(row["tar_at_far"]["0.01"]) >= {"tar", "low", "high"}
    assert row["seconds"] > 0


def test_the_summary_reads_well(mien, photos):
    said = mien(
        "evaluate", "verification", "--pairs", "pairs.csv", "--images", ".", "--format", "csv"
    )
    assert said.out.splitlines()[0] == "5 pairs: 2 genuine, 3 impostor"
    assert "accuracy            83.33 %, standard error 16.67 % over 2 folds" in said.out
    assert "not acquired        1 pair, counted as errors" in said.out


@pytest.mark.parametrize(
    "wrong",
    [
        ["--pairs", "none.csv", "--images", "."],
        ["--pairs", "pairs.csv", "--images", "nowhere"],
        ["--pairs", "pairs.csv", "--images", ".", "--format", "xml"],
        ["--pairs", "pairs.csv", "--images", ".", "--format", "lfw"],
    ],
)
def test_a_list_that_cannot_be_used_is_one_line(mien, folder, wrong):
    Path("pairs.csv").write_text(PAIRS)
    said = mien("evaluate", "verification", *wrong)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)


def test_the_central_face_counts_even_if_it_is_not_usable():
    def encoding(x, y, usable, mark):
        box = Box(x - 5, y - 5, x + 5, y + 5)
        return Encoding(Face(box, 0.9), Quality(usable), np.full(2, mark, np.float32), 1.0)

    faces = encoding(20, 50, True, 1), encoding(55, 48, False, 2), encoding(90, 50, True, 3)
    assert central_face(EncodedPhoto(Photo("a", 100, 100), faces)) is faces[1]
    assert central_face(EncodedPhoto(Photo("a", 100, 100), ())) is None
    assert central_face(EncodedPhoto(Photo("a", 40, 100), faces)) is faces[0]


ON_PAIRS = ("evaluate", "verification", "--pairs", "pairs.csv", "--images", ".", "--format", "csv")

# Runs the command line, then says which files it opened for writing and which databases at all.
WATCHED = """
import os, sys
def watch(event, arguments):
    if event == "open" and isinstance(arguments[2], int):
        writes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and arguments[0] != os.devnull:
            print("WROTE", arguments[0], file=sys.__stderr__)
    elif event.startswith(("sqlite3.connect", "os.mkdir", "os.rename", "tempfile.")):
        print("WROTE", event, arguments, file=sys.__stderr__)
sys.addaudithook(watch)
from mien.cli.main import run
run()
"""


def test_with_a_cache_the_report_is_the_same_and_photos_are_encoded_once(mien, photos):
    plain = mien(*ON_PAIRS, "--json").row
    first = mien(*ON_PAIRS, "--json", "--cache", "kept.cache")
    again = mien(*ON_PAIRS, "--json", "--cache", "kept.cache")
    assert "kept.cache: held 0 of 5 photos" in first.err
    assert "kept.cache: held 5 of 5 photos" in again.err
    for said in (first, again):
        assert {**said.row, "seconds": 0} == {**plain, "seconds": 0}


def test_without_a_cache_nothing_is_written(mien, photos):
    mien(*ON_PAIRS)  # the networks' plans are measured and kept at their first use
    before = sorted(Path().rglob("*"))
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED, *ON_PAIRS, "--quiet"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in done.stderr.splitlines() if line.startswith("WROTE")] == []
    assert sorted(Path().rglob("*")) == before


def test_a_cache_that_is_none_is_one_line_and_stays(mien, photos):
    said = mien(*ON_PAIRS, "--cache", "pairs.csv")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert "delete it or name another file" in said.err
    assert Path("pairs.csv").read_text() == PAIRS

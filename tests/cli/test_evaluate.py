"""``mien evaluate verification``: the contract's report on a few pairs of sample photos."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mien.cli.commands.evaluate.verification_text import NEEDED
from mien.cli.measuring import central_face
from mien.evaluation.intervals import SUPPORTING_ERRORS
from mien.pipeline import EncodedPhoto
from mien.records import Box, Encoding, Face, Photo, Quality

PAIRS = """fold,same,path1,path2
1,1,obama.jpg,obama2.jpg
1,0,obama.jpg,biden.jpg
1,0,obama.jpg,coffee.png
2,1,obama2.jpg,obama3.jpg
2,0,obama3.jpg,biden.jpg
"""
CSV_LIST = ("--pairs", "pairs.csv", "--images", ".", "--format", "csv")


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


def test_what_is_not_supported_is_said_in_words_and_failures_are_shown_apart(mien, photos):
    command = ("evaluate", "verification", "--pairs", "pairs.csv", "--images", ".")
    said = mien(*command, "--format", "csv")
    assert "not supported: 0 false accepts, 30 needed" in said.out
    assert "without those       accuracy 100.00 %" in said.out
    row = mien(*command, "--format", "csv", "--json").row
    assert list(row["tar_at_far"]) == ["0.1", "0.01", "0.001", "0.0001", "1e-05", "1e-06"]
    assert not row["tar_at_far"]["1e-06"]["supported"]
    assert (row["acquired_only"]["pairs"], row["acquired_only"]["accuracy"]["value"]) == (4, 1.0)
    assert row["people"] is None  # the photos lie in no folders


def test_cohorts_and_people_are_in_the_answer_and_in_the_report(mien, photos):
    for name, person in (("obama", "Obama"), ("obama2", "Obama"), ("biden", "Biden")):
        Path(person).mkdir(exist_ok=True)
        Path(f"{name}.jpg").rename(Path(person, f"{name}.jpg"))
    Path("pairs.csv").write_text(
        "same,path1,path2\n1,Obama/obama.jpg,Obama/obama2.jpg\n0,Obama/obama.jpg,Biden/biden.jpg\n"
    )
    Path("ages.csv").write_text("person,age\nObama,sixty\nBiden,eighty\n")
    command = (
        *("evaluate", "verification", "--pairs", "pairs.csv", "--images", ".", "--format", "csv"),
        *("--cohorts", "ages.csv", "--cohort-far", "0.01"),
    )
    row = mien(*command, "--json", "--report", "out").row
    assert (row["people"], row["accuracy"], row["cohorts"]["far"]) == (2, None, 0.01)
    (column,) = row["cohorts"]["columns"]
    assert (column["column"], column["cross_pairs"]) == ("age", 1)
    assert [cohort["label"] for cohort in column["cohorts"]] == ["sixty"]
    findings = json.loads(Path("out/report.json").read_text())["findings"]
    assert {table["key"] for table in findings["tables"]} >= {"tar_at_far", "cohorts_age"}
    assert findings["trials"]["subjects"] == [["Obama", "Obama"], ["Obama", "Biden"]]
    said = mien(*command)
    assert "by age: left out 1 pair of two cohorts and 0 without a label" in said.out
    assert "too little data: 0 misses, 0 false matches, 30 of each needed" in said.out
    assert "worst to best, FMR: fewer than two cohorts to compare" in said.out


def test_the_number_of_errors_needed_is_that_of_the_evaluation():
    assert NEEDED == SUPPORTING_ERRORS


@pytest.mark.parametrize(
    "wrong",
    [
        ["--pairs", "none.csv", "--images", "."],
        ["--pairs", "pairs.csv", "--images", "nowhere"],
        ["--pairs", "pairs.csv", "--images", ".", "--format", "xml"],
        ["--pairs", "pairs.csv", "--images", ".", "--format", "lfw"],
        [*CSV_LIST, "--cohorts", "none.csv"],
        [*CSV_LIST, "--cohorts", "pairs.csv"],
        [*CSV_LIST, "--cohort-far", "2"],
    ],
)
def test_a_list_that_cannot_be_used_is_one_line(mien, photos, wrong):
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


@pytest.fixture
def people(photos):
    for name, person in {
        "obama.jpg": "obama",
        "obama2.jpg": "obama",
        "obama3.jpg": "obama",
        "coffee.png": "obama",
        "biden.jpg": "biden",
    }.items():
        Path("people", person).mkdir(parents=True, exist_ok=True)
        (photos / name).rename(Path("people", person, name))
    return Path("people")


def test_a_folder_of_people_is_measured_over_all_its_pairs(mien, people):
    said = mien("evaluate", "verification", people, "--json", "--report", "out")
    assert said.status == 0
    row = said.row
    assert (row["pairs"], row["genuine"], row["impostor"]) == (10, 6, 4)
    assert (row["photos"], row["people"], row["photos_lost"]) == (5, 2, 1)
    assert (row["failure_to_acquire"], row["genuine_lost"]) == (4, 3)
    assert row["accuracy"] is None
    assert row["tar_at_far"]["0.1"]["note"].startswith("needs 6 more impostor pairs")
    assert (row["embedder"], row["detector"]) == ("sface", "yunet")
    assert Path("out", "report.json").stat().st_size > 1000


def test_the_summary_of_a_folder_reads_well(mien, people):
    lines = mien("evaluate", "verification", people).out.splitlines()
    assert lines[0] == "5 photos of 2 people: 6 genuine pairs, 4 impostor pairs"
    assert "not acquired        1 photo, 3 genuine pairs lost by it" in lines
    assert "rejected most       obama 50.00 %" in lines


def test_cohorts_of_a_folder_are_judged_at_the_threshold_of_all_its_pairs(mien, people):
    Path("sides.csv").write_text("person,side\nobama,left\nbiden,right\n")
    command = ("evaluate", "verification", people, "--cohorts", "sides.csv", "--cohort-far", "0.5")
    row = mien(*command, "--json", "--report", "out").row
    assert row["cohorts"]["far"] == 0.5
    (column,) = row["cohorts"]["columns"]
    (left,) = column["cohorts"]  # one photo on the right makes no pair
    assert (left["label"], left["genuine"], left["impostor"], left["misses"]) == ("left", 6, 0, 3)
    assert (column["cross_pairs"], column["unlabelled_pairs"]) == (4, 0)
    tables = json.loads(Path("out/report.json").read_text("utf-8"))["findings"]["tables"]
    assert "cohorts_side" in {table["key"] for table in tables}
    assert "by side: left out 4 pairs of two cohorts and 0 without a label" in mien(*command).out


def test_labels_that_a_folder_does_not_know_are_refused_before_any_photo_is_read(mien, people):
    Path("sides.csv").write_text("person,side\nnobody,left\n")
    said = mien("evaluate", "verification", people, "--cohorts", "sides.csv")
    assert (said.status, said.err.count("\n")) == (2, 1)
    assert "two photos with one label" in said.err


def test_further_columns_of_a_list_are_cohorts(mien, photos):
    lines = PAIRS.splitlines()
    labelled = [f"{lines[0]},light", *(f"{line},dim" for line in lines[1:])]
    Path("pairs.csv").write_text("\n".join(labelled) + "\n")
    (column,) = mien("evaluate", "verification", *CSV_LIST, "--json").row["cohorts"]["columns"]
    (dim,) = column["cohorts"]
    assert (column["column"], dim["label"], dim["genuine"], dim["impostor"]) == (
        "light",
        "dim",
        2,
        3,
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["people", "--pairs", "pairs.csv"], "leave out one"),
        (["people", "--images", "."], "leave out one"),
        (["people", "--format", "csv"], "leave out one"),
        (["--pairs", "pairs.csv"], "--pairs with --images"),
        ([], "got neither"),
        (["nowhere"], "one folder for each person"),
        (["alone"], "somebody with two photos"),
    ],
)
def test_a_folder_and_a_list_or_half_of_either_is_one_line(mien, folder, wrong, says):
    for name in ("a", "b"):
        (folder / "alone" / name).mkdir(parents=True)
        (folder / "alone" / name / "x.jpg").write_bytes(b"not looked at")
    said = mien("evaluate", "verification", *wrong)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert says in said.err


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

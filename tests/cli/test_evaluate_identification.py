"""``mien evaluate identification`` and ``oneshot`` on a few sample photos."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def photos(samples, folder):
    """Ada and Bo enrolled, two more photos of Ada and one of a stranger to search with.

    Ada is spelled in several ways and is one person all the same.
    """
    places = {
        "enrolled/Ada/1.jpg": "obama.jpg",
        "enrolled/bo/1.jpg": "biden.jpg",
        "visitors/ada/2.jpg": "obama2.jpg",
        "visitors/ADA/3.jpg": "obama3.jpg",
        "visitors/ada/4.jpg": "coffee.png",
        "visitors/eve/1.jpg": "astronaut.png",
        "people/ada/1.jpg": "obama.jpg",
        "people/Ada/2.jpg": "obama2.jpg",
        "people/ada/3.jpg": "obama3.jpg",
        "people/bo/1.jpg": "biden.jpg",
    }
    for place, sample in places.items():
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_bytes(samples[sample].read_bytes())
    return folder


FOLDERS = ("--gallery-images", "enrolled", "--probes", "visitors")


def test_the_report_has_the_fields_of_the_contract(mien, photos):
    said = mien("evaluate", "identification", *FOLDERS, "--json", "--report", "out")
    assert said.status == 0
    row = said.row
    assert (row["people"], row["mated"], row["non_mated"], row["strangers"]) == (2, 3, 1, 1)
    assert row["rank_1"]["value"] == pytest.approx(2 / 3)  # the coffee is nobody
    assert (row["rank_5"], row["rank_20"]) == (None, None)  # of two people
    assert row["failure_to_acquire"]["mated"] == 1
    assert row["fnir_at_fpir"]["0.01"]["non_mated"] == 1
    assert set(row["fnir_at_fpir"]["0.003"]) >= {"value", "low", "high", "supported"}
    assert row["at_threshold"]["false_positives"] == 0
    for limited in (row["at_threshold"], *row["fnir_at_fpir"].values()):
        assert limited["min_similarity"] == limited["threshold"]
    assert row["growth_min_similarity"] == row["growth_threshold"]
    assert (row["embedder"], row["detector"]) == ("sface", "yunet")
    assert (photos / "out" / "report.json").is_file()


def test_the_summary_reads_well(mien, photos):
    said = mien("evaluate", "identification", *FOLDERS)
    assert said.out.splitlines()[:2] == [
        "gallery             2 people, 2 photos, templates max",
        "searches            3 mated, of 1 person; 1 non-mated, of 1 stranger",
    ]
    assert "not acquired        1 mated search, 0 non-mated, 0 gallery photos" in said.out


def test_one_folder_is_split(mien, photos):
    said = mien(
        *("evaluate", "identification", "people", "--strangers", 0, "--gallery-photos", 1),
        *("--repeats", 2, "--templates", "mean", "--json"),
    )
    row = said.row
    assert (row["people"], row["mated"], row["non_mated"]) == (2, 2, 0)
    assert [one["seed"] for one in row["repeats"]] == [0, 1]
    assert (row["fnir_at_fpir"], row["templates"]) == (None, "mean")


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["people", "--probes", "visitors"],
        ["--gallery-images", "enrolled"],
        ["nowhere"],
        ["people", "--templates", "best"],
        ["people", "--strangers", "2"],
        ["people", "--repeats", "0"],
        ["people", "--min-similarity", "3"],
        ["people", "--strangers", "0.5"],
    ],
)
def test_what_cannot_be_measured_is_one_line(mien, photos, wrong):
    said = mien("evaluate", "identification", *wrong)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)


def test_oneshot_says_accuracy_and_chance_of_every_n_and_k(mien, photos):
    Path("people/bo/2.jpg").write_bytes(Path("people/bo/1.jpg").read_bytes())
    said = mien("evaluate", "oneshot", "people", "--episodes", 20, "--json")
    (row,) = said.row["accuracy"]
    assert (row["way"], row["shot"], row["chance"], row["episodes"]) == (2, 1, 0.5, 20)
    assert row["accuracy"]["value"] == 1.0
    lines = mien("evaluate", "oneshot", "people", "--episodes", 20).out
    assert lines.startswith("5 photos of 2 people, 0 without a face\n")


def test_oneshot_of_single_photos_is_refused(mien, photos):
    said = mien("evaluate", "oneshot", "enrolled")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)


def test_five_celebrities_are_found_by_their_training_photos(mien, networks):
    root = os.environ.get("MIEN_BENCH_DATA")
    if not root:
        pytest.skip("MIEN_BENCH_DATA is not set")
    data = Path(root) / "celeb5"
    said = mien(
        *("evaluate", "identification", "--gallery-images", data / "train"),
        *("--probes", data / "val", "--json"),
    )
    assert (said.row["people"], said.row["mated"]) == (5, 25)
    assert said.row["rank_1"]["value"] == 1.0

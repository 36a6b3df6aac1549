"""Answers in words: what is compared is seen to compare, and whoever has a person is named."""

from __future__ import annotations

import csv

import pytest

from mien.cli.csv_file import CsvFile
from mien.cli.output import Output
from mien.cli.wording import identification_lines, track_line, verification_line
from mien.quality import QualityLimits
from mien.records import (
    Box,
    Candidate,
    Face,
    Identification,
    Outcome,
    Photo,
    PhotoIdentification,
    Quality,
    Threshold,
    Verification,
)
from mien.tracking import TrackIdentification

FACE, GOOD = Face(Box(0, 0, 50, 50), 0.9), Quality(usable=True)
LIMITS = QualityLimits()


def unknown(similarity: float, limit: float, taken_by: int | None = None) -> Identification:
    candidates = (Candidate("Ada", similarity), Candidate("Bo", 0.1))
    return Identification(
        *(0, FACE, GOOD, Outcome.UNKNOWN, Threshold(limit), None, similarity, None, candidates),
        taken_by,
    )


def line_of(face: Identification) -> str:
    answer = PhotoIdentification(Photo("a.jpg", 100, 100), (face,))
    return list(identification_lines(answer, LIMITS, Output()))[1]


@pytest.mark.parametrize(
    ("similarity", "shown"),
    [(0.7961, "0.796 < 0.800"), (0.79999, "0.79999 < 0.80000"), (0.5, "0.50 < 0.80")],
)
def test_a_similarity_below_the_threshold_is_seen_below_it(similarity, shown):
    assert f"unknown  {shown}  nearest Ada" in line_of(unknown(similarity, 0.8))


@pytest.mark.parametrize(
    ("distance", "shown"),
    [(0.6404, "different  cosine distance 0.6404 > 0.6400"), (0.64, "distance 0.640 ≤ 0.640")],
)
def test_a_distance_is_seen_on_its_side_of_the_limit(distance, shown):
    answer = Verification(
        *(distance <= 0.64, distance, "cosine", 0.64, 0.3596, None, None),
        (FACE, FACE),
        (GOOD, GOOD),
    )
    assert shown in verification_line(answer, Output())
    row = answer.to_json()
    assert (row["distance"] <= 0.64) is row["same"]


def test_who_compares_the_numbers_of_the_json_gets_its_outcome():
    row = unknown(0.79998, 0.8).to_json()
    assert row["similarity"] < 0.8
    assert row["distance"] > 1 - 0.8


def test_who_compares_the_numbers_of_the_csv_file_gets_its_outcome(tmp_path):
    with CsvFile(tmp_path / "a.csv") as rows:
        rows.add(PhotoIdentification(Photo("a.jpg", 100, 100), (unknown(0.79998, 0.8),)))
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        _, row = csv.reader(stream)
    assert "0.79998" in row
    assert {"0.8", "0.80000"} & set(row)


def test_a_person_who_fits_and_is_not_named_is_a_better_fit_for_a_face_that_is_named():
    line = line_of(unknown(0.8, 0.4, taken_by=1))
    assert line.endswith("0.80 ≥ 0.40  nearest Ada 0.80; Ada is a better fit for face 1")
    track = TrackIdentification("a.mp4", 4, 0.0, 1.0, 1.0, 0.5, 3, unknown(0.8, 0.4, taken_by=2))
    assert "Ada is a better fit for track 2" in track_line(track, LIMITS, Output())


@pytest.mark.parametrize(
    ("reason", "name", "measured", "shown"),
    [
        ("small", "side", 19.6, "19.6 px across, expected at least 20.0"),
        ("dark", "brightness", 14.97, "mean grey 14.97, expected at least 15.00"),
        ("bright", "brightness", 225.4, "mean grey 225.4, expected at most 225.0"),
        ("flat", "contrast", 4.99, "contrast 4.99, expected at least 5.00"),
        ("blurred", "sharpness", 4.98, "sharpness 4.98, expected at least 5.00"),
    ],
)
def test_a_measure_is_seen_beyond_its_limit(reason, name, measured, shown):
    quality = Quality(False, (reason,), {"side": 50.0, name: measured})
    poor = Identification(0, FACE, quality, Outcome.LOW_QUALITY, Threshold(0.4))
    assert shown in line_of(poor)

"""``mien evaluate robustness`` as a user calls it, on real photos."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PHOTOS = {"Ada": ("obama.jpg", "obama2.jpg"), "Bo": ("biden.jpg",)}
CALL = ("evaluate", "robustness", "people", "--only", "jpeg", "--only", "occluder")


@pytest.fixture
def people(samples, folder):
    for name, photos in PHOTOS.items():
        for photo in photos:
            place = folder / "people" / name / photo
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(samples[photo].read_bytes())
    return folder / "people"


def test_every_level_is_a_row_with_its_rates(mien, people):
    said = mien(*CALL, "--json")
    row = said.row
    assert (said.status, row["people"], row["photos"], row["references"]) == (0, 2, 2, 3)
    assert (row["detector"], row["embedder"], row["seed"]) == ("yunet", "sface", 0)
    assert row["with_another"] == 1
    assert row["min_similarity"] == pytest.approx(0.43, abs=0.01)
    assert [one["degradation"] for one in row["rows"]] == ["jpeg"] * 4 + ["occluder"] * 5
    first = row["rows"][0]
    assert (first["level"], first["label"], first["photos"]) == (50, "quality 50", 2)
    assert first["found"]["value"] == first["usable"]["value"] == first["kept"]["value"] == 1.0
    assert (first["false_matches"], first["impostor_pairs"], first["own_photos"]) == (0, 4, 2)
    assert set(first["false_match_rate"]) == {"value", "low", "high", "supported"}


def test_the_same_seed_gives_the_same_answer_and_a_row_alone_is_that_of_many(mien, people):
    noise = ("evaluate", "robustness", "people", "--only", "noise", "--json", "--seed", "7")
    rows = [mien(*noise, *more).row["rows"] for more in ((), (), ("--only", "grey"))]
    assert rows[0] == rows[1] == rows[2][:5]


def test_the_screen_has_a_line_for_each_level(mien, people):
    said = mien(*CALL, "--min-similarity", "-1")
    lines = said.out.splitlines()
    assert lines[0] == "2 photos of 2 people at similarity -1.000; 0 not acquired"
    assert lines[1].split()[:4] == ["degradation", "level", "found", "usable"]
    assert re.search(
        r"^jpeg +quality 50 +100.00 % +100.00 % +1 \(.* to 1\) +4 of 4", said.out, re.M
    )
    assert sum(line.startswith(("jpeg", "occluder")) for line in lines) == 9


def test_more_photos_of_a_person_are_degraded_where_they_are_asked_for(mien, people):
    row = mien(*CALL, "--photos", "2", "--fmr", "1e-6", "--json").row
    assert (row["photos"], row["references"], row["with_another"]) == (3, 3, 2)
    assert row["min_similarity"] > 0.5


def test_the_report_shows_photos_only_where_thumbnails_are_asked_for(mien, people):
    assert mien(*CALL, "--report", "plain").status == 0
    assert mien(*CALL, "--report", "shown", "--thumbnails").status == 0
    plain, shown = (Path(name, "report.html").read_text() for name in ("plain", "shown"))
    assert "data:image/jpeg" not in plain
    assert shown.count("data:image/jpeg") == 9
    assert "What it looks like" in shown
    assert "The worst mistakes" not in plain + shown
    report = json.loads(Path("shown/report.json").read_text())
    assert report["findings"]["kind"] == "robustness"
    assert report["findings"]["result"]["rows"][0]["degradation"] == "jpeg"
    assert [one["key"] for one in report["findings"]["charts"]] == ["jpeg"]
    assert {"yunet", "sface"} < {one["name"] for one in report["run"]["models"]}


def test_a_photo_that_cannot_be_used_is_said_and_counted(mien, people):
    (people / "Cy").mkdir()
    (people / "Cy" / "bad.jpg").write_bytes(b"no photo")
    said = mien(*CALL, "--json")
    assert (said.row["not_acquired"], said.row["people"]) == (1, 2)
    assert "not acquired: people/Cy/bad.jpg" in said.err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--only", "fog"], "expected one of roll, noise"),
        (["--people", "1"], "--people: expected 2 to"),
        (["--photos", "0"], "--photos: expected 1 to"),
        (["--seed", "-1"], "--seed: expected 0 to"),
        (["--thumbnails"], "expected --report DIR"),
        (["--min-similarity", "2"], "--min-similarity"),
        (["--min-similarity", "0.3", "--max-distance", "0.3"], "both"),
        (["--calibration", "none.json"], "none.json"),
        (["--detector", "nobody"], "nobody"),
        (["--exclude", "Bo"], "two people"),
    ],
)
def test_what_cannot_be_used_is_one_line(mien, people, more, words):
    said = mien(*CALL, *more)
    assert (said.status, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1 or more[0] == "--exclude"


def test_a_folder_that_is_not_there_is_refused(mien, folder):
    said = mien("evaluate", "robustness", "nowhere")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert "nowhere" in said.err

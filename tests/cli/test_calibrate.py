"""``mien calibrate`` with real photos, and what `identify` and `verify` make of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from mien.gallery import read_calibration

STRANGER = (650, 250, 950, 600)  # in t1.jpg


@pytest.fixture(scope="module")
def made_people(samples, tmp_path_factory):
    """Four people, four photos each: the samples, some darker or smaller."""
    folder = tmp_path_factory.mktemp("made")
    sources = {
        "Obama": ["obama.jpg", "obama2.jpg", "obama3.jpg"],
        "Biden": ["biden.jpg"],
        "Astronaut": ["astronaut.png"],
        "Stranger": ["t1.jpg"],
    }
    for name, files in sources.items():
        place = folder / "people" / name
        place.mkdir(parents=True)
        for number in range(4):
            with Image.open(samples[files[number % len(files)]]) as photo:
                picture = photo.convert("RGB")
            if name == "Stranger":
                picture = picture.crop(STRANGER)
            picture.thumbnail((600, 600))
            shrunk = picture.resize((picture.width * 9 // 10, picture.height * 9 // 10))
            shaded = ImageEnhance.Brightness(shrunk if number > 1 else picture)
            shaded.enhance(1 - 0.1 * number).save(place / f"{number}.png")
    return folder / "people"


@pytest.fixture
def people(made_people, folder):
    return Path(shutil.copytree(made_people, folder / "people"))


ASKED = ("--target-fmr", "0.4")


def test_photos_become_a_threshold_a_probability_and_a_file(mien, people):
    said = mien("calibrate", people, *ASKED, "--out", "mine.json", "--json", "--report", "report")
    assert said.status == 0
    row = said.row
    assert (row["photos"], row["people"], row["impostor_pairs"]) == (16, 4, 96)
    assert row["genuine_pairs"] == 24
    assert 0 < row["fmr"]["value"] <= 0.4
    assert row["threshold"]["low"] <= row["threshold"]["similarity"] <= row["threshold"]["high"]
    assert (row["file"], row["failure_to_acquire"]) == ("mine.json", 0)
    assert set(row["held_out"]) == {"fmr", "tmr", "ece", "brier", "reliability"}
    own = read_calibration("mine.json")
    assert own.similarity == row["threshold"]["similarity"]
    assert (own.space.model, own.detector) == ("sface", "yunet")
    report = json.loads(Path("report/report.json").read_text("utf-8"))
    assert report["findings"]["kind"] == "calibration"
    assert report["findings"]["result"]["file"] == "mine.json"
    assert b"Obama" not in Path("mine.json").read_bytes()


def test_the_words_say_what_stands_behind_and_what_is_missing(mien, people):
    (people / "Biden" / "nobody.png").write_bytes((people / "Biden" / "0.png").read_bytes())
    Image.new("RGB", (300, 300)).save(people / "Biden" / "black.png")
    said = mien("calibrate", people, *ASKED, "--out", "mine.json", "--method", "isotonic")
    assert said.status == 0
    assert said.out.startswith("16 photos of 4 people: 24 genuine pairs, 96 impostor pairs\n")
    assert "not acquired        1 photo, left out" in said.out
    assert "copies              1 photo, left out" in said.out
    assert "note: only 24 genuine pairs" in said.out
    assert json.loads(Path("mine.json").read_text())["probability"]["method"] == "isotonic"


def test_a_gallery_that_is_calibrated_is_used_so_without_a_word_from_the_user(
    mien, people, samples
):
    photo = samples["obama2.jpg"]
    mien("enroll", people / "Obama", people / "Biden", "-g", "team.gallery")
    before = mien("identify", photo, "-g", "team.gallery", "--json")
    assert mien("calibrate", people, *ASKED, "-g", "team.gallery").status == 0
    own = read_calibration("team.gallery.calibration.json")
    said = mien("identify", photo, samples["biden.jpg"], "-g", "team.gallery", "--json")
    (face,) = said.rows[0]["faces"]
    assert face["min_similarity"] == round(own.similarity, 4)
    expected = own.probability.probability(face["similarity"])  # which is rounded there
    assert face["probability"] == pytest.approx(expected, abs=1e-3)
    assert said.err.count("calibrated for a false match rate of 0.4 on 16 photos") == 1
    (explicit,) = mien("identify", photo, "-g", "team.gallery", "--fmr", "1e-4", "--json").row[
        "faces"
    ]
    assert explicit["min_similarity"] == before.row["faces"][0]["min_similarity"]
    (typed,) = mien("identify", photo, "-g", "team.gallery", "--min-similarity", 0.2, "--json").row[
        "faces"
    ]
    assert typed["min_similarity"] == 0.2
    other = mien("identify", photo, "-g", "team.gallery", "--no-mirror")
    assert (other.status, "run `mien calibrate` again" in other.err) == (2, True)


def test_a_calibration_is_used_where_it_is_named(mien, people, samples):
    mien("calibrate", people, *ASKED, "--out", "mine.json")
    own = read_calibration("mine.json")
    pair = samples["obama.jpg"], samples["obama2.jpg"]
    row = mien("verify", *pair, "--calibration", "mine.json", "--json").row
    assert row["max_distance"] == pytest.approx(1 - own.similarity, abs=1e-4)
    assert row["fmr"] == 0.4
    said = mien("identify", pair[0], "--people", people, "--calibration", "mine.json", "--json")
    assert said.row["faces"][0]["min_similarity"] == round(own.similarity, 4)
    mirrored = mien("verify", *pair, "--calibration", "mine.json", "--no-mirror")
    assert (mirrored.status, mirrored.out) == (2, "")
    assert "run `mien calibrate` again" in mirrored.err
    haar = mien("verify", *pair, "--calibration", "mine.json", "--detector", "haar", "--largest")
    assert "made with the detector yunet, this is haar" in haar.err
    Path("bad.json").write_text("{}")
    assert mien("verify", *pair, "--calibration", "bad.json").status == 2


def test_verify_uses_the_calibration_of_the_usual_gallery_or_of_the_one_that_is_named(
    mien, people, samples, monkeypatch
):
    pair = samples["obama.jpg"], samples["obama2.jpg"]
    mien("enroll", people / "Obama", "-g", "team.gallery")
    missing = mien("verify", *pair, "--gallery", "team.gallery")
    assert (missing.status, "expected a calibration beside team.gallery" in missing.err) == (
        2,
        True,
    )
    mien("calibrate", people, *ASKED, "-g", "team.gallery")
    calibrated = 1 - read_calibration("team.gallery.calibration.json").similarity
    named = mien("verify", *pair, "--gallery", "team.gallery", "--json")
    assert named.row["max_distance"] == pytest.approx(calibrated, abs=1e-4)
    monkeypatch.setenv("MIEN_GALLERY", "team.gallery")
    usual = mien("verify", *pair, "--json")
    assert usual.row["max_distance"] == named.row["max_distance"]
    assert "calibrated for a false match rate of 0.4" in usual.err
    other = mien("verify", *pair, "--no-mirror", "--json")
    assert other.row["max_distance"] != named.row["max_distance"]
    assert "team.gallery.calibration.json is not used" in other.err
    assert mien("verify", *pair, "--no-mirror", "-g", "team.gallery").status == 2


def test_thin_data_are_refused_with_the_photos_that_would_do_and_nothing_is_written(mien, people):
    said = mien("calibrate", people, "--out", "mine.json")
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "mien: expected 30,000 impostor pairs for a false match rate of 0.001, got 96 (16 photos "
        "of 4 people); about 231 photos more would do, of 58 or more other people, or a larger "
        "rate\n"
    )
    assert not Path("mine.json").exists()


def test_only_a_calibration_is_ever_replaced(mien, people):
    mien("enroll", people / "Biden", "-g", "team.gallery")
    before = Path("team.gallery").read_bytes()
    said = mien("calibrate", people, *ASKED, "--out", "team.gallery")
    assert (said.status, said.out) == (2, "")
    assert "a calibration to replace, got something else" in said.err
    assert Path("team.gallery").read_bytes() == before
    for _ in range(2):
        assert mien("calibrate", people, *ASKED, "--out", "mine.json").status == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ["nowhere", "--out", "a.json"],
        ["people", "--out", "no/folder/a.json"],
        ["people", "--out", "a.json", "--gallery", "g"],
        ["people", "--gallery", "no.gallery"],
        ["people", "--out", "a.json", "--target-fmr", "2"],
        ["people", "--out", "a.json", "--method", "magic"],
        ["people", "--out", "a.json", *ASKED, "--prior", "0"],
        ["people", "--out", "a.json", "--seed", "-1"],
    ],
)
def test_what_cannot_be_done_is_one_line(mien, people, wrong):
    said = mien("calibrate", *wrong)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert not Path("a.json").exists()

"""``--model DIR``: a trained model in place of an embedder, or of a whole gallery."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest


def test_identify_names_the_people_of_the_training_without_a_gallery(
    mien, classifier_folder, samples, face_keys
):
    said = mien("identify", samples["obama3.jpg"], "--model", classifier_folder, "--json")
    assert said.status == 0
    (face,) = said.row["faces"]
    assert list(face) == face_keys
    assert (face["outcome"], face["name"], face["min_similarity"]) == ("known", "Ada", 0.4)
    assert 0.9 < face["probability"] <= 1
    assert face["distance"] == pytest.approx(1 - face["similarity"], abs=1e-4)


def test_strangers_are_unknown_in_words_too(mien, classifier_folder, samples):
    said = mien("identify", samples["t1.jpg"], "--model", classifier_folder)
    assert said.status == 0
    assert said.out.count("unknown") == 6
    assert "classifier statesmen, trained from sface" in said.err


def test_a_photo_s_picture_and_row_are_written(mien, classifier_folder, samples, folder):
    said = mien(
        *("identify", samples["obama3.jpg"], samples["t1.jpg"], "--model", classifier_folder),
        *("--annotate", "named", "--csv", "faces.csv", "--quiet"),
    )
    assert (said.status, said.err) == (0, "")
    rows = list(csv.DictReader((folder / "faces.csv").read_text("utf-8").splitlines()))
    assert [row["name"] for row in rows] == ["Ada", *[""] * 6]
    assert sorted(path.name for path in (folder / "named").iterdir()) == ["obama3.jpg", "t1.jpg"]


def test_a_threshold_and_the_number_of_candidates_are_the_user_s(mien, classifier_folder, samples):
    said = mien(
        *("identify", samples["obama3.jpg"], "--model", classifier_folder, "--json"),
        *("--min-similarity", "0.99", "--top", "1"),
    )
    (face,) = said.row["faces"]
    assert (face["outcome"], face["min_similarity"]) == ("unknown", 0.99)
    assert [one["name"] for one in face["candidates"]] == ["Ada"]


def test_people_or_a_gallery_decide_where_they_are_named(mien, classifier_folder, samples, folder):
    people = folder / "people"
    (people / "Joe").mkdir(parents=True)
    shutil.copy(samples["biden.jpg"], people / "Joe")
    model = ("--model", classifier_folder, "--json")
    said = mien(
        "identify", samples["biden.jpg"], "--people", people, "--min-similarity", "0.5", *model
    )
    assert said.row["faces"][0]["name"] == "Joe"
    assert mien("enroll", people, "--gallery", "g", *model).row["status"] == "added"
    said = mien(
        "identify", samples["biden.jpg"], "--gallery", "g", "--min-similarity", "0.5", *model
    )
    assert said.row["faces"][0]["name"] == "Joe"
    other = mien("identify", samples["biden.jpg"], "--gallery", "g")
    assert other.status == 2
    assert "trained-statesmen" in other.err


@pytest.mark.parametrize("command", [("identify",), ("evaluate", "classification")])
def test_the_old_spelling_says_its_new_name(mien, classifier_folder, samples, folder, command):
    people = Path("people/Ada")
    people.mkdir(parents=True)
    (people / "a.jpg").write_bytes(samples["obama3.jpg"].read_bytes())
    given = (*command, "people", "--model", classifier_folder, "--json")
    old, new = mien(*given, "--threshold", 0.9), mien(*given, "--min-similarity", 0.9)
    assert "--threshold is now called --min-similarity" in old.err
    assert "--threshold" not in new.err
    first, second = ({**said.row, "seconds": None} for said in (old, new))
    assert first == second


def test_an_embedder_uses_the_usual_gallery_with_its_own_threshold(mien, embedder_folder, samples):
    model = ("--model", embedder_folder)
    assert mien("enroll", f"Joe={samples['biden.jpg']}", *model).status == 0
    said = mien("identify", samples["biden.jpg"], samples["obama.jpg"], *model, "--json")
    first, second = (row["faces"][0] for row in said.rows)
    assert (first["name"], first["min_similarity"]) == ("Joe", 0.37)
    assert (second["outcome"], second["probability"]) == ("unknown", None)


def test_verify_takes_the_model_s_threshold_or_asks_for_one(
    mien, embedder_folder, classifier_folder, samples
):
    pair = ("verify", samples["obama.jpg"], samples["obama2.jpg"])
    said = mien(*pair, "--model", embedder_folder, "--json")
    assert (said.status, said.row["same"], said.row["fmr"]) == (0, True, 1e-3)
    bare = mien(*pair, "--model", classifier_folder)
    assert bare.status == 2
    assert "--min-similarity" in bare.err.splitlines()[-1]
    own = mien(*pair, "--model", classifier_folder, "--max-distance", "0.5", "--json")
    assert (own.status, own.row["max_distance"], own.row["fmr"]) == (0, 0.5, None)


def test_evaluations_take_it_as_their_embedder(mien, embedder_folder, samples, folder):
    people = folder / "people"
    for name, photos in {"Ada": ("obama.jpg", "obama2.jpg"), "Bo": ("biden.jpg",)}.items():
        (people / name).mkdir(parents=True)
        for photo in photos:
            shutil.copy(samples[photo], people / name)
    model = ("--model", embedder_folder, "--json", "--report", "out")
    said = mien("evaluate", "verification", people, *model)
    assert (said.status, said.row["embedder"]) == (0, "trained-statesmen")
    folders = ("--gallery-images", people, "--probes", people)
    said = mien("evaluate", "identification", *folders, *model)
    assert said.row["embedder"] == "trained-statesmen"
    assert said.row["at_threshold"]["min_similarity"] == pytest.approx(0.37)


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        (["--embedder", "dlib-resnet"], 2, "--model or --embedder"),
        (["--fmr", "1e-3"], 2, "--min-similarity or --max-distance"),
        (["--calibration", "c.json"], 2, "--min-similarity or --max-distance"),
        (["--min-similarity", "2"], 2, "--min-similarity: expected -1 to 1"),
    ],
)
def test_what_does_not_go_with_a_classifier_is_refused(
    mien, classifier_folder, samples, more, status, words
):
    said = mien("identify", samples["biden.jpg"], "--model", classifier_folder, *more)
    assert (said.status, said.out) == (status, "")
    assert words in said.err.splitlines()[-1]


def test_a_damaged_or_unfinished_model_ends_with_3_and_no_folder_with_2(
    mien, classifier_folder, samples, tmp_path
):
    broken = Path(shutil.copytree(classifier_folder, tmp_path / "broken"))
    (broken / "model.json").write_bytes((broken / "model.json").read_bytes()[::-1])
    said = mien("identify", samples["biden.jpg"], "--model", broken)
    assert (said.status, said.out) == (3, "")
    assert "model.json" in said.err
    (broken / "manifest.json").unlink()
    said = mien("identify", samples["biden.jpg"], "--model", broken)
    assert said.status == 3
    assert "train again" in said.err
    assert mien("identify", samples["biden.jpg"], "--model", tmp_path / "no").status == 2


def test_a_bad_photo_is_a_row_and_stops_nothing(mien, classifier_folder, samples, folder):
    (folder / "bad.jpg").write_bytes(b"no picture")
    said = mien(
        "identify", "bad.jpg", samples["obama3.jpg"], "--model", classifier_folder, "--json"
    )
    assert said.status == 0
    bad, good = said.rows
    assert bad["error"]["kind"] == "UnsupportedImage"
    assert good["faces"][0]["name"] == "Ada"


def test_a_classifier_is_measured_on_its_people_and_on_strangers(
    mien, classifier_folder, samples, folder
):
    for place, photo in {
        "people/ada": "obama3.jpg",
        "people/Bo": "biden.jpg",
        "people/Cy": "astronaut.png",  # whom it does not know
        "strangers/one": "t1.jpg",
    }.items():
        (folder / place).mkdir(parents=True)
        shutil.copy(samples[photo], folder / place)
    command = ("evaluate", "classification", "people", "--strangers", "strangers")
    said = mien(*command, "--model", classifier_folder, "--json", "--report", "out")
    row = said.row
    assert (said.status, row["photos"], row["strangers"], row["people"]) == (0, 2, 2, 2)
    assert row["accuracy"]["value"] == 1
    assert row["at_threshold"]["false_accepts"]["value"] == 0
    assert "right person first" in (folder / "out" / "report.html").read_text("utf-8")
    lines = mien(*command, "--model", classifier_folder).out
    assert "false accepts     0.00 %" in lines
    lax = mien(*command, "--model", classifier_folder, "--min-similarity", "-1", "--json").row
    assert lax["at_threshold"]["false_accepts"]["value"] == 1


def test_an_embedder_or_a_folder_of_others_cannot_be_measured_so(
    mien, classifier_folder, embedder_folder, samples, folder
):
    (folder / "people" / "Cy").mkdir(parents=True)
    shutil.copy(samples["biden.jpg"], folder / "people" / "Cy")
    said = mien("evaluate", "classification", "people", "--model", embedder_folder)
    assert said.status == 2
    assert "expected a classifier" in said.err
    said = mien("evaluate", "classification", "people", "--model", classifier_folder)
    assert said.status == 2
    assert "Ada, Bo" in said.err.splitlines()[-1]

"""``mien verifier`` on real photos, and what `verify` and `evaluate` make of its file."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

import mien as package
from mien import api
from mien.errors import InvalidOption, SpaceMismatch
from mien.gallery import read_verifier
from mien.models import runtime

pytest.importorskip("sklearn.linear_model", reason="scikit-learn: extra train")
ASKED = ("--target-fmr", "0.3", "--no-mirror")


@pytest.fixture(scope="module")
def made_people(samples, tmp_path_factory):
    """Nine people, four photos each: three samples and six faces of a group, some darker."""
    folder = tmp_path_factory.mktemp("made")
    group = samples["t1.jpg"]
    boxes = [face.box for face, _ in package.detect(group).faces]
    assert len(boxes) == 6
    with Image.open(group) as photo:
        people = [
            photo.convert("RGB").crop(
                (
                    int(box.x1 - 0.4 * box.width),
                    int(box.y1 - 0.4 * box.height),
                    int(box.x2 + 0.4 * box.width),
                    int(box.y2 + 0.4 * box.height),
                )
            )
            for box in boxes
        ]
    for name in ("obama.jpg", "biden.jpg", "astronaut.png"):
        with Image.open(samples[name]) as photo:
            picture = photo.convert("RGB")
        picture.thumbnail((400, 400))
        people.append(picture)
    for number, picture in enumerate(people):
        place = folder / "people" / f"p{number}"
        place.mkdir(parents=True)
        for shade in range(4):
            size = (picture.width - 20 * shade, picture.height - 20 * shade)
            changed = ImageEnhance.Brightness(picture.resize(size)).enhance(1 - 0.15 * shade)
            changed.save(place / f"{shade}.png")
    return folder / "people"


@pytest.fixture
def people(made_people, folder):
    return Path(shutil.copytree(made_people, folder / "people"))


@pytest.fixture
def fitted(mien, people, once={}):  # noqa: B006 (the fit is the same for all: done once)
    if not once:
        said = mien("verifier", "fit", people, *ASKED, "--out", "mine.json", "--json", "-q")
        assert said.status == 0, said.err
        once.update(row=said.row, file=Path("mine.json").read_text("utf-8"))
    Path("mine.json").write_text(once["file"], "utf-8")
    return once["row"]


def test_photos_become_a_verifier_with_honest_numbers(mien, people):
    said = mien(
        *("verifier", "fit", people, *ASKED, "--out", "mine.json", "--report", "report", "--json"),
    )
    assert said.status == 0, said.err
    row = said.row
    assert (row["photos"], row["people"], row["genuine"], row["impostor"]) == (36, 9, 54, 144)
    assert len(row["verifier"]["folds"]) == 3
    assert (row["embedders"], row["detector"], row["file"]) == (["sface"], "yunet", "mine.json")
    assert row["plain"][0]["name"] == "cosine of sface"
    known = read_verifier("mine.json")
    assert known.min_log_odds == row["threshold"]["log_odds"]
    assert known.spaces[0].model == "sface"
    report = json.loads(Path("report/report.json").read_text("utf-8"))
    assert report["findings"]["kind"] == "verification"
    assert b"p0" not in Path("mine.json").read_bytes()  # numbers, and nobody's name


def test_the_words_say_cosine_and_verifier_side_by_side(mien, people):
    said = mien("verifier", "fit", people, *ASKED, "--out", "mine.json")
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0].startswith("198 pairs: 54 genuine, 144 impostor, 9 people; 3 folds")
    assert any(line.startswith("cosine of sface ") for line in lines)
    assert any(line.startswith("probability         calibration error") for line in lines)
    assert lines[-1] == "written to mine.json"
    shown = mien("verifier", "show", "mine.json")
    assert "fitted              to 36 photos of 9 people" in shown.out
    assert mien("verifier", "show", "mine.json", "--json").row["format"] == "mien-verifier"


def test_verify_asks_the_verifier(mien, people, fitted):
    with_it = ("--verifier", "mine.json", "--no-mirror", "--json")
    same = mien("verify", people / "p6/0.png", people / "p6/2.png", *with_it)
    other = mien("verify", people / "p6/0.png", people / "p7/0.png", *with_it)
    assert (same.status, other.status) == (0, 1)
    for row in (same.row, other.row):
        assert (row["metric"], row["fmr"]) == ("verifier", 0.3)
        assert row["max_distance"] == pytest.approx(-fitted["threshold"]["log_odds"], abs=1e-4)
        assert row["same"] is (row["distance"] <= row["max_distance"])
        assert row["same"] is (row["log_odds"] >= row["min_log_odds"])
        assert (row["min_log_odds"], row["min_similarity"]) == (-row["max_distance"], None)
    assert same.row["probability"] > 0.9 > 0.1 > other.row["probability"]
    again = mien("verify", people / "p7/0.png", people / "p6/0.png", *with_it)
    assert again.row["probability"] == other.row["probability"]
    assert "mine.json" in mien("verify", people / "p6/0.png", people / "p6/2.png", *with_it).err


def test_the_python_interface_takes_the_file_or_the_verifier(people, fitted):
    settings = api.Settings(mirror=False)
    photos = people / "p6/0.png", people / "p6/1.png"
    answer = package.verify(*photos, verifier="mine.json", settings=settings)
    assert answer.same
    assert answer == package.verify(*photos, verifier=read_verifier("mine.json"), settings=settings)
    with pytest.raises(InvalidOption, match="a verifier alone"):
        package.verify(*photos, verifier="mine.json", fmr=1e-3)
    with pytest.raises(SpaceMismatch):  # without settings photos are mirrored
        package.verify(*photos, verifier="mine.json")


def test_another_space_is_refused_with_the_cure(mien, people, fitted):
    for wrong in ((), ("--no-mirror", "--embedder", "dlib-resnet")):
        said = mien(
            *("verify", people / "p6/0.png", people / "p6/1.png", "--verifier", "mine.json"),
            *(*wrong, "-q"),
        )
        assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
        assert "run `mien verifier fit` again" in said.err


def test_a_list_of_pairs_is_scored_by_the_verifier(mien, people, fitted):
    rows = [f"{1 + n % 2},1,p{n}/0.png,p{n}/3.png" for n in range(9)]
    rows += [f"{1 + n % 2},0,p{n}/0.png,p{(n + 1) % 9}/0.png" for n in range(9)]
    Path("pairs.csv").write_text("\n".join(["fold,same,path1,path2", *rows]), "utf-8")
    asked = ("evaluate", "verification", "--pairs", "pairs.csv", "--images", people)
    said = mien(*asked, "--format", "csv", "--no-mirror", "--verifier", "mine.json", "--json")
    assert said.status == 0, said.err
    assert (said.row["verifier"], said.row["pairs"]) == ("mine.json", 18)
    assert said.row["auc"] == 1.0
    for limited in (said.row, *said.row["folds"], *said.row["tar_at_far"].values()):
        assert "min_similarity" not in limited  # these scores are no cosines
        assert limited["min_log_odds"] == limited["threshold"]
    assert "flatters" in said.row["notes"][-1]
    text = mien(*asked, "--format", "csv", "--no-mirror", "--verifier", "mine.json").out
    assert "log-odds, chosen on all pairs" in text


def test_one_shot_asks_the_verifier_and_compares_one_photo_with_several(mien, people, fitted):
    asked = ("evaluate", "oneshot", people, "--episodes", 10, "--no-mirror")
    said = mien(*asked, "--verifier", "mine.json", "--json")
    assert said.status == 0, said.err
    assert said.row["verifier"] == "mine.json"
    assert said.row["accuracy"][0]["accuracy"]["value"] == 1.0
    assert {(one["few"], one["many"]) for one in said.row["one_against_more"]} == {(1, 3)}
    assert "1 photo of each person against 3" in mien(*asked).out


def test_with_kept_encodings_no_network_runs_again(mien, people, monkeypatch):
    calls = []
    for kind in (runtime._OnnxRuntimeNetwork, runtime._OpenVinoNetwork):

        def counted(self, batch, run=kind.run):
            calls.append(batch.shape)
            return run(self, batch)

        monkeypatch.setattr(kind, "run", counted)
    asked = ("verifier", "fit", people, *ASKED, "--out", "mine.json", "--cache", "kept")
    first = mien(*asked, "--json")
    assert first.status == 0
    assert len(calls) > 0
    calls.clear()
    again = mien(*asked, "--seed", 0, "--json")
    assert calls == []
    assert again.row["verifier"] == first.row["verifier"]
    rescored = mien(
        *("evaluate", "oneshot", people, "--episodes", 5, "--no-mirror", "--cache", "kept"),
        *("--verifier", "mine.json"),
    )
    assert (rescored.status, calls) == (0, [])


def test_two_embedders_are_fused_and_verify_loads_both(mien, people):
    said = mien(
        *("verifier", "fit", people, *ASKED, "--embedder", "sface", "--embedder", "dlib-resnet"),
        *("--out", "fused.json", "--json"),
    )
    if said.status == 3:
        pytest.skip(f"dlib's network cannot be had: {said.err}")
    assert [one["name"] for one in said.row["plain"]] == [
        "cosine of sface",
        "cosine of dlib-resnet",
    ]
    assert read_verifier("fused.json").embedder == "sface+dlib-resnet"
    answer = mien(
        *("verify", people / "p6/0.png", people / "p6/1.png", "--verifier", "fused.json"),
        *("--no-mirror", "--json"),
    )
    assert (answer.status, answer.row["metric"]) == (0, "verifier")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["people"], "--out"),
        (["people", "--out", "no/folder/mine.json"], "folder that exists"),
        (["people", "--out", "people/p0/0.png"], "choose another name"),
        (["people", "--out", "mine.json", "--target-fmr", "0"], "between 0 and 1"),
        (["people", "--out", "mine.json"], "3,000 pairs"),
        (["people", "--pairs", "p.csv", "--out", "mine.json"], "leave out one"),
        (["nowhere", "--out", "mine.json"], "nowhere"),
    ],
)
def test_what_cannot_be_fitted_is_one_line_before_any_network_runs(mien, people, wrong, words):
    said = mien("verifier", "fit", *wrong)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert words in said.err
    assert not Path("mine.json").exists()


@pytest.mark.parametrize(
    "typed",
    [
        ("--metric", "cosine"),
        ("--fmr", "1e-3"),
        ("--max-distance", "0.5"),
        ("--min-similarity", "0.5"),
        ("--threshold", "0.5"),
    ],
)
def test_nothing_else_decides_beside_a_verifier(mien, people, typed):
    photos = people / "p6/0.png", people / "p6/1.png"
    said = mien("verify", *photos, "--verifier", "mine.json", *typed)
    assert said.status == 2
    assert f"--verifier alone, got it with {typed[0]}" in said.err


def test_without_scikit_learn_the_status_is_3_and_nothing_was_encoded(mien, people, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    said = mien("verifier", "fit", people, *ASKED, "--out", "mine.json")
    assert (said.status, said.out) == (3, "")
    assert "pip install 'mien[train]'" in said.err

"""``mien identify``: the contract's JSON, words for people, rows for files that cannot be used."""

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from mien.images import fonts

PORTRAITS = ("obama.jpg", "obama2.jpg")


@pytest.fixture
def gallery(mien, samples, tmp_path):
    path = tmp_path / "two.gallery"
    pairs = [f"Barack Obama={samples[name]}" for name in PORTRAITS]
    assert mien("enroll", *pairs, f"Joe Biden={samples['biden.jpg']}", "-g", path).status == 0
    return path


def test_json_has_the_fields_of_the_contract(mien, samples, gallery, face_keys):
    row = mien("identify", samples["obama3.jpg"], "-g", gallery, "--json", "--top", 1).row
    assert list(row) == ["source", "width", "height", "faces"]
    assert row["source"] == str(samples["obama3.jpg"])
    (face,) = row["faces"]
    assert list(face) == face_keys
    assert (face["outcome"], face["name"]) == ("known", "Barack Obama")
    assert face["similarity"] > face["min_similarity"] > 0.3
    assert face["distance"] == pytest.approx(1 - face["similarity"], abs=1e-3)
    assert [one["name"] for one in face["candidates"]] == ["Barack Obama"]
    assert face["quality"] == {"usable": True, "reasons": []}
    assert len(face["landmarks"]) == 5


def test_words_say_who_how_similar_and_who_came_next(mien, samples, gallery):
    said = mien("identify", samples["obama3.jpg"], samples["t1.jpg"], "-g", gallery)
    lines = said.out.splitlines()
    assert lines[0].endswith("obama3.jpg  1434 × 2333, 1 face")
    assert lines[1].startswith("   0  Barack Obama  0.")
    assert " ≥ 0.4" in lines[1]
    assert "next Joe Biden" in lines[1]
    assert "margin" in lines[1]
    assert [line.split()[1] for line in lines[3:]] == ["unknown"] * 6
    assert said.err == ""


def test_a_person_seen_twice_is_named_once_and_the_other_face_says_which(
    mien, samples, gallery, folder
):
    with Image.open(samples["obama2.jpg"]) as first, Image.open(samples["obama3.jpg"]) as second:
        both = Image.new("RGB", (1200, 800))
        for left, photo in ((0, second), (600, first)):  # the second is the nearer one
            both.paste(photo.resize((600, round(600 * photo.height / photo.width))), (left, 0))
        both.save("twice.jpg")
    loser, winner = mien("identify", "twice.jpg", "-g", gallery, "--json").row["faces"]
    assert (winner["name"], winner["taken_by"]) == ("Barack Obama", None)
    assert (loser["outcome"], loser["name"], loser["taken_by"]) == ("unknown", None, 1)
    assert loser["similarity"] > loser["threshold"]
    line = mien("identify", "twice.jpg", "-g", gallery).out.splitlines()[1]
    assert line.endswith("; Barack Obama is a better fit for face 1")


def test_a_photo_without_a_face_is_an_answer(mien, samples, gallery):
    said = mien("identify", samples["coffee.png"], "-g", gallery)
    assert said.status == 0
    assert said.out.endswith("coffee.png  600 × 400, no face\n")
    assert mien("identify", samples["coffee.png"], "-g", gallery, "--json").row["faces"] == []


def test_a_face_of_low_quality_says_in_words_why(mien, samples, gallery, folder):
    with Image.open(samples["obama3.jpg"]) as photo:
        photo.filter(ImageFilter.GaussianBlur(20)).save("blurred.jpg")
    said = mien("identify", "blurred.jpg", "-g", gallery)
    assert "low quality  blurred (sharpness" in said.out
    (face,) = mien("identify", "blurred.jpg", "-g", gallery, "--json").row["faces"]
    assert face["quality"]["usable"] is False
    assert face["quality"]["reasons"][0] == "blurred"
    assert (face["outcome"], face["name"], face["similarity"]) == ("low_quality", None, None)


@pytest.fixture
def no_fonts(monkeypatch):
    """A machine without a font of its own."""
    monkeypatch.setattr(fonts, "font_folders", list)


def test_a_name_that_no_font_can_write_is_told_once_and_shown_by_a_number(
    mien, samples, folder, no_fonts
):
    people = f"李小龍={samples['obama.jpg']}"
    photos = [samples["obama2.jpg"], samples["obama3.jpg"]]
    said = mien("identify", *photos, "--people", people, "--annotate", "named")
    assert said.status == 0
    assert said.err.count("the pictures show [1] for '李小龍': ") == 1
    quiet = mien("identify", *photos, "--people", people, "--annotate", "named", "--quiet")
    assert quiet.err == ""


def test_a_font_can_be_named_for_the_names_on_pictures(mien, samples, folder, no_fonts):
    matplotlib = pytest.importorskip("matplotlib")
    font = Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")
    asked = [samples["obama2.jpg"], "--people", f"Барак={samples['obama.jpg']}", "--annotate", "a"]
    said = mien("identify", *asked, "--font", font)
    assert (said.status, "the pictures show" in said.err) == (0, False)
    wrong = mien("identify", *asked, "--font", "nowhere.ttf")
    assert (wrong.status, wrong.err.count("\n")) == (2, 1)
    assert "font: expected a font file" in wrong.err


def test_bad_files_are_rows_and_the_others_go_on(mien, samples, gallery, folder):
    Path("clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    Path("text.jpg").write_text("no picture")
    inputs = ["nowhere.jpg", "text.jpg", samples["biden.jpg"], "clip.mp4", samples["biden.jpg"]]
    said = mien("identify", *inputs, "-g", gallery, "--json", "--csv", "rows.csv")
    assert said.status == 0
    assert [row.get("error", {}).get("kind") for row in said.rows] == [
        *("SourceNotFound", "UnsupportedImage", None, "UnsupportedImage"),
    ]
    assert set(said.rows[0]) == {"source", "error"}
    assert "video" in said.rows[3]["error"]["message"]
    with Path("rows.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["name"] for row in rows] == ["", "", "Joe Biden", ""]
    assert rows[1]["error"].startswith("UnsupportedImage: ")
    none_left = mien("identify", "nowhere.jpg", "text.jpg", "-g", gallery, "--json")
    assert none_left.status == 2
    assert len(none_left.rows) == 2
    assert none_left.err == "mien: expected a usable input, got none of 2; each row says why\n"


def test_folders_and_globs_are_photos(mien, samples, gallery, folder):
    (folder / "in").mkdir()
    for name in ("biden.jpg", "obama3.jpg", "t1.jpg"):
        shutil.copy(samples[name], folder / "in")
    sources = [row["source"] for row in mien("identify", "in", "-g", gallery, "--json").rows]
    assert sources == ["in/biden.jpg", "in/obama3.jpg", "in/t1.jpg"]
    said = mien("identify", "in/o*.jpg", "in", "-g", gallery, "--json")
    assert [row["source"] for row in said.rows] == ["in/obama3.jpg", "in/biden.jpg", "in/t1.jpg"]


@pytest.mark.parametrize(
    "name", ["evil\x1b[2J.jpg", "two\nlines.jpg", "turn\u202e.jpg", b"\xff.jpg"]
)
def test_a_file_name_cannot_harm_a_terminal(mien, samples, gallery, folder, name):
    place = Path(os.fsdecode(name))
    shutil.copy(samples["biden.jpg"], place)
    out = folder / "out"
    words = mien("identify", place, "-g", gallery, "--annotate", out, "--csv", "rows.csv")
    assert words.status == 0
    assert len(words.out.splitlines()) == 2
    assert all(line.isprintable() for line in words.out.splitlines())
    said = mien("identify", place, "-g", gallery, "--json")
    assert said.row["source"] == str(place)
    assert all(line.isprintable() for line in said.out.splitlines())
    assert len(list(out.iterdir())) == 1
    (_, row) = (folder / "rows.csv").read_text("utf-8").splitlines()
    assert row.isprintable()


def test_people_are_known_for_one_call_alone(mien, samples, folder, tmp_path):
    for name, photo in (("Ada", "obama.jpg"), ("Nobody", "coffee.png")):
        (folder / "people" / name).mkdir(parents=True)
        shutil.copy(samples[photo], folder / "people" / name)
    said = mien("identify", samples["obama3.jpg"], "--people", "people", "--json")
    assert said.status == 0
    assert said.row["faces"][0]["name"] == "Ada"
    assert "coffee.png" in said.err
    assert "enrolled 1 photo of 1 person, 1 refused" in said.err
    assert not (tmp_path / "default.gallery").exists()
    nobody = mien("identify", samples["obama3.jpg"], "--people", "people/Nobody", "--quiet")
    assert nobody.status == 2
    assert nobody.err.startswith("mien: --people: expected")


def test_the_least_similarity_is_in_the_numbers_that_are_printed(mien, samples, gallery):
    (face,) = mien("identify", samples["obama3.jpg"], "-g", gallery, "--json").row["faces"]
    for level, outcome in (
        (face["similarity"] - 1e-3, "known"),
        (face["similarity"] + 1e-3, "unknown"),
    ):
        (again,) = mien(
            *("identify", samples["obama3.jpg"], "-g", gallery, "--json", "--min-similarity", level)
        ).row["faces"]
        assert again["outcome"] == outcome
        assert again["min_similarity"] == pytest.approx(level, abs=1e-4)


def test_a_limit_can_be_a_distance_and_the_old_spelling_is_a_similarity(mien, samples, gallery):
    command = "identify", samples["obama3.jpg"], "-g", gallery, "--json"
    new = mien(*command, "--min-similarity", 0.99)
    assert new.row["faces"][0]["outcome"] == "unknown"
    assert mien(*command, "--max-distance", 0.01).row == new.row
    old = mien(*command, "--threshold", 0.99)
    assert (old.row, old.err.count("\n")) == (new.row, new.err.count("\n") + 1)
    assert "--threshold is now called --min-similarity" in old.err
    both = mien(*command, "--min-similarity", 0.5, "--max-distance", 0.5)
    assert (both.status, both.err.count("\n")) == (2, 1)
    assert "expected --min-similarity or --max-distance, got both" in both.err


def test_an_empty_gallery_knows_nobody_and_says_so(mien, samples, tmp_path):
    from mien.gallery import Gallery

    Gallery.open(tmp_path / "empty").close()
    said = mien("identify", samples["obama3.jpg"], "-g", tmp_path / "empty")
    assert said.status == 0
    assert "unknown" in said.out
    assert "nobody is enrolled" in said.err
    assert mien("identify", samples["obama3.jpg"], "-g", tmp_path / "empty", "-q").err == ""


def test_a_missing_or_damaged_gallery_is_one_line(mien, samples, tmp_path):
    said = mien("identify", samples["obama3.jpg"], "-g", tmp_path / "none")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert "mien enroll" in said.err
    (tmp_path / "text").write_text("no gallery" * 500)
    said = mien("identify", samples["obama3.jpg"], "-g", tmp_path / "text")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert (tmp_path / "text").read_text() == "no gallery" * 500


def test_pictures_are_named_after_photos_and_replace_nothing(mien, samples, gallery, folder):
    for place in ("a/face.jpg", "b/face.jpg", "out/face.jpg"):
        Path(place).parent.mkdir(exist_ok=True)
        shutil.copy(samples["biden.jpg"], place)
    before = Path("out/face.jpg").read_bytes()
    said = mien("identify", "a", "b", "-g", gallery, "--annotate", "out", "--json")
    assert [row["annotated"] for row in said.rows] == ["out/face-2.jpg", "out/face-3.jpg"]
    assert Path("out/face.jpg").read_bytes() == before
    assert sorted(place.name for place in Path("out").iterdir()) == [
        *("face-2.jpg", "face-3.jpg", "face.jpg"),
    ]
    with Image.open("out/face-2.jpg") as drawn, Image.open("a/face.jpg") as photo:
        assert drawn.size == photo.size
        assert drawn.tobytes() != photo.tobytes()


@pytest.mark.parametrize("option", ["--annotate", "--csv"])
def test_an_output_that_cannot_be_written_is_one_line_before_any_work(
    mien, samples, gallery, folder, option
):
    Path("file").write_text("mine")
    said = mien("identify", samples["biden.jpg"], "-g", gallery, option, "file/below")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert "file/below" in said.err
    assert Path("file").read_text() == "mine"


def test_everyone_enrolled_is_named_in_every_photo_and_nobody_else(
    mien, networks, people_data, tmp_path
):
    gallery = tmp_path / "people.gallery"
    assert mien("enroll", people_data / "train", "--largest", "-g", gallery).status == 0
    said = mien("identify", people_data / "test", "-g", gallery, "--json")
    names = {
        Path(row["source"]).name: sorted(face["name"] or face["outcome"] for face in row["faces"])
        for row in said.rows
    }
    assert names == {
        "alex_lacamoire1.jpg": ["alex_lacamoire"],
        "johnsnow_test1.jpg": ["kit_harington"],
        "kit_with_rose.jpg": ["kit_harington", "rose_leslie"],
        "obama1.jpg": ["obama"],
        "obama_and_biden.jpg": ["biden", "obama", "unknown"],
    }
    strangers = mien("identify", people_data.parent / "groups", "-g", gallery, "--json")
    assert {face["outcome"] for row in strangers.rows for face in row["faces"]} <= {
        *("unknown", "low_quality"),
    }
    assert json.dumps(strangers.rows, allow_nan=False)

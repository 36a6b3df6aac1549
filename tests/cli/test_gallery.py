"""``mien gallery``: every subcommand on a gallery of small vectors; no network is loaded."""

import json

import pytest

from mien.gallery import Gallery
from mien.records import EmbeddingSpace

SPACE = EmbeddingSpace("tiny", "ab" * 32, "none-v1", 4)


@pytest.fixture
def gallery(tmp_path):
    path = tmp_path / "small.gallery"
    with Gallery.open(path) as opened:
        opened.add("Ada Lovelace", [1, 0, 0, 0], SPACE)
        opened.add("Ada Lovelace", [1, 1, 0, 0], SPACE)
        opened.add("Bo", [0, 0, 1, 0], SPACE)
    return path


def test_list_shows_everybody_by_name(mien, gallery):
    rows = mien("gallery", "list", "-g", gallery, "--json").rows
    assert [(row["name"], row["templates"]) for row in rows] == [("Ada Lovelace", 2), ("Bo", 1)]
    lines = mien("gallery", "list", "-g", gallery).out.splitlines()
    assert lines[0].split() == ["name", "photos", "since", "(UTC)"]
    assert lines[1].startswith("Ada Lovelace       2  20")


def test_show_takes_any_spelling_of_the_name(mien, gallery):
    assert mien("gallery", "show", "ADA  lovelace", "-g", gallery).out.startswith("Ada Lovelace  2")
    assert mien("gallery", "show", "bo", "-g", gallery, "--json").row["templates"] == 1


def test_rename_refuses_a_name_that_is_taken(mien, gallery):
    said = mien("gallery", "rename", "bo", "Bo Derek", "-g", gallery)
    assert (said.status, said.out) == (0, "Bo is now Bo Derek\n")
    said = mien("gallery", "rename", "Bo Derek", "ada lovelace", "-g", gallery)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)


def test_remove_says_who_is_gone_and_removes_all_or_none(mien, gallery):
    said = mien("gallery", "remove", "Bo", "Nobody", "-g", gallery)
    assert (said.status, said.out) == (2, "")
    assert len(mien("gallery", "list", "-g", gallery, "--json").rows) == 2
    said = mien("gallery", "remove", "ada lovelace", "ADA LOVELACE", "-g", gallery)
    assert (said.status, said.out) == (0, "removed Ada Lovelace with 2 photos\n")
    assert mien("gallery", "remove", "bo", "-g", gallery, "--json").row == {
        "removed": ["Bo"],
        "templates": 1,
    }
    assert mien("gallery", "list", "-g", gallery).out == ""


def test_show_lists_photos_and_remove_takes_one_back(mien, gallery):
    row = mien("gallery", "show", "ada lovelace", "-g", gallery, "--json").row
    first, second = (photo["digest"] for photo in row["photos"])
    assert row["photos"][0] == {"digest": first, "created": row["created"], "file_name": None}
    lines = mien("gallery", "show", "ada lovelace", "-g", gallery).out.splitlines()
    assert lines[1].split() == ["digest", "enrolled", "(UTC)"]
    assert lines[2].split()[0] == first[:16]
    said = mien("gallery", "remove", "ada lovelace", "--photo", second[:16], "-g", gallery)
    assert (said.status, said.out) == (
        0,
        "removed 1 photo of Ada Lovelace, who has 1 photo left\n",
    )
    assert mien("gallery", "remove", "Bo", "--photo", first, "-g", gallery).status == 2
    last = mien("gallery", "remove", "ADA LOVELACE", "--photo", first, "-g", gallery, "--json")
    assert last.row == {
        "removed": ["Ada Lovelace"],
        "templates": 1,
        "name": "Ada Lovelace",
        "left": 0,
    }
    assert [row["name"] for row in mien("gallery", "list", "-g", gallery, "--json").rows] == ["Bo"]


@pytest.mark.parametrize("photo", ["", "0123", "nowhere.jpg", "f" * 64, "\x1b[31m"])
def test_a_photo_that_nobody_has_is_refused_in_one_line(mien, gallery, photo):
    said = mien("gallery", "remove", "Bo", "--photo", photo, "-g", gallery)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.strip().isprintable()
    assert len(mien("gallery", "list", "-g", gallery, "--json").rows) == 2


def test_merge_gives_the_second_ones_photos_to_the_first(mien, gallery):
    said = mien("gallery", "merge", "bo", "ada lovelace", "-g", gallery)
    assert (said.status, said.out) == (
        0,
        "Ada Lovelace is now Bo: 2 photos moved; Bo has 3 photos\n",
    )
    assert b"Lovelace" not in gallery.read_bytes()
    for names in (("Bo", "BO"), ("Bo", "Eve"), ("Eve", "Bo")):
        said = mien("gallery", "merge", *names, "-g", gallery)
        assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    with Gallery.open(gallery) as opened:
        opened.add("Eve", [1, 0, 0, 0], SPACE)
        opened.add("Eve", [0, 1, 0, 0], SPACE)
    row = mien("gallery", "merge", "Bo", "Eve", "-g", gallery, "--json").row
    assert (row["name"], row["templates"], row["merged"], row["moved"]) == ("Bo", 4, "Eve", 1)


def test_what_is_exported_can_be_imported(mien, gallery, tmp_path):
    file, new = tmp_path / "all.jsonl", tmp_path / "new.gallery"
    assert mien("gallery", "export", file, "-g", gallery, "--json").row["templates"] == 3
    again = mien("gallery", "export", file, "-g", gallery)
    assert (again.status, again.err.count("\n")) == (2, 1)
    assert mien("gallery", "export", file, "--overwrite", "-g", gallery).status == 0
    assert mien("gallery", "import", file, "-g", new).out == f"added 3 templates from {file}\n"
    assert mien("gallery", "import", file, "-g", new, "--json").row["templates"] == 0
    names = [row["name"] for row in mien("gallery", "list", "-g", new, "--json").rows]
    assert names == ["Ada Lovelace", "Bo"]
    file.write_bytes(file.read_bytes()[:-20])
    cut = mien("gallery", "import", file, "-g", new)
    assert (cut.status, cut.err.count("\n")) == (2, 1)


def test_stats_are_the_gallery_in_numbers(mien, gallery):
    row = mien("gallery", "stats", "-g", gallery, "--json").row
    assert (row["people"], row["templates"], row["erasure_owed"]) == (2, 3, False)
    assert row["space"]["model"] == "tiny"
    assert row["bytes"] == gallery.stat().st_size
    assert "people     2" in mien("gallery", "stats", "-g", gallery).out


def test_check_finds_a_changed_row(mien, gallery):
    assert mien("gallery", "check", "-g", gallery).out == f"{gallery} is sound\n"
    data = gallery.read_bytes()
    at = data.rindex(b"Ada Lovelace")
    gallery.write_bytes(data[:at] + b"Eve" + data[at + 3 :])
    said = mien("gallery", "check", "-g", gallery, "--json")
    assert said.status == 2
    assert said.row["sound"] is False
    assert said.row["problems"]
    assert said.err.count("\n") == 1
    json.dumps(said.row)


def test_nothing_is_made_where_nothing_is_to_be_written(mien, tmp_path):
    before = list(tmp_path.iterdir())
    for command in (
        ["list"],
        ["show", "A"],
        ["remove", "A"],
        ["rename", "A", "B"],
        ["merge", "A", "B"],
        ["check"],
    ):
        said = mien("gallery", *command)
        assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert list(tmp_path.iterdir()) == before

from __future__ import annotations

import dataclasses
import json
import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from mien.errors import GalleryDamaged, GalleryUnwritable, SourceNotFound, SpaceMismatch
from mien.gallery import Gallery


@pytest.fixture
def exported(gallery, fill, tmp_path) -> Path:
    fill(gallery, 25)
    file = tmp_path / "people.jsonl"
    assert gallery.export(file) == 25
    return file


def signed(lines: list[str]) -> bytes:
    """Lines with a last line that fits them: only the content can be at fault."""
    body = "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")
    end = {"templates": len(lines) - 1, "sha256": sha256(body).hexdigest()}
    return body + json.dumps(end).encode() + b"\n"


def test_an_export_makes_the_same_gallery_elsewhere(exported, gallery, vectors, space) -> None:
    with Gallery.in_memory() as copy:
        assert copy.import_(exported) == 25
        assert copy.people() == gallery.people()
        assert copy.space == space
        assert copy.search(vectors, space, 10) == gallery.search(vectors, space, 10)
        assert copy.check() == ()
        again = exported.with_name("again.jsonl")
        copy.export(again)
        assert again.read_bytes() == exported.read_bytes()


def test_importing_twice_changes_nothing(exported, gallery) -> None:
    before = gallery.stats()
    assert gallery.import_(exported) == 0
    assert gallery.stats() == before


def test_an_export_is_readable_without_mien(exported, vectors) -> None:
    import base64

    import numpy as np

    head, *templates, end = [json.loads(line) for line in exported.read_text().splitlines()]
    assert head["format"] == "mien-gallery"
    assert head["space"]["dimensions"] == 16
    assert end["templates"] == len(templates) == 25
    stored = np.frombuffer(base64.b64decode(templates[3]["vector"]), "<f4")
    np.testing.assert_allclose(stored, vectors[3], atol=1e-7)


def test_an_empty_gallery_can_be_exported_and_imported(gallery, tmp_path) -> None:
    assert gallery.export(tmp_path / "nobody.jsonl") == 0
    assert gallery.import_(tmp_path / "nobody.jsonl") == 0
    assert gallery.space is None


def test_an_export_is_for_its_owner_only_and_leaves_no_draft(exported) -> None:
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    assert [file.name for file in exported.parent.iterdir() if file.name.startswith(".")] == []


def test_an_export_does_not_replace_a_file_unless_told(exported, gallery) -> None:
    exported.write_text("precious")
    with pytest.raises(GalleryUnwritable, match="choose another name"):
        gallery.export(exported)
    assert exported.read_text() == "precious"
    gallery.export(exported, overwrite=True)
    assert gallery.import_(exported) == 0


def test_an_export_never_replaces_the_gallery_itself(exported, gallery) -> None:
    for file in (gallery.path, Path(f"{gallery.path}-wal"), Path(f"{gallery.path}-shm")):
        before = file.read_bytes()
        with pytest.raises(GalleryUnwritable):
            gallery.export(file, overwrite=True)
        assert file.read_bytes() == before


def test_an_export_into_no_folder_says_so(exported, gallery, tmp_path) -> None:
    with pytest.raises(GalleryUnwritable, match="check the path"):
        gallery.export(tmp_path / "none" / "people.jsonl")


def test_an_export_of_another_model_is_refused(exported, vectors, space) -> None:
    with Gallery.in_memory() as other:
        other.add("Zed", vectors[0], dataclasses.replace(space, model="other"))
        with pytest.raises(SpaceMismatch):
            other.import_(exported)
        assert [person.name for person in other.people()] == ["Zed"]


def test_there_must_be_a_file_to_import(gallery, tmp_path) -> None:
    with pytest.raises(SourceNotFound):
        gallery.import_(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(GalleryDamaged):
        gallery.import_(tmp_path / "pipe")


@pytest.mark.parametrize("part", [0, 1, 100, 0.5, 0.99, -1])
def test_a_cut_export_is_refused_as_a_whole(part, exported) -> None:
    data = exported.read_bytes()
    exported.write_bytes(data[: int(part * len(data)) if isinstance(part, float) else part])
    with Gallery.in_memory() as other:
        with pytest.raises(GalleryDamaged, match="nothing was imported"):
            other.import_(exported)
        assert other.stats().templates == 0
        assert other.space is None


def test_every_flipped_bit_in_an_export_is_found(exported) -> None:
    data = exported.read_bytes()
    with Gallery.in_memory() as other:
        for position in range(5, len(data), len(data) // 60):
            changed = bytearray(data)
            changed[position] ^= 1 << position % 8
            exported.write_bytes(changed)
            with pytest.raises(GalleryDamaged):
                other.import_(exported)
        assert other.stats().templates == 0


HOSTILE = {
    "a pickle": lambda lines: b"\x80\x04\x95\x00",
    "nested too deep": lambda lines: b"[" * 90_000 + b"\n",
    "an endless line": lambda lines: b" " * 2_000_000,
    "not UTF-8": lambda lines: b'{"format": "\xff"}\n',
    "an array": lambda lines: signed(["[]"]),
    "another format": lambda lines: signed([lines[0].replace("mien-gallery", "other"), lines[1]]),
    "a later version": lambda lines: signed([lines[0].replace('"version":1', '"version":3')]),
    "a file name in version 1": lambda lines: signed(
        [lines[0], lines[1].replace("{", '{"file_name":"X",')]
    ),
    "a path as a file name": lambda lines: signed(
        [lines[0].replace("1", "2", 1), lines[1].replace("{", '{"file_name":"folder/X",')]
    ),
    "no space": lambda lines: signed(['{"format":"mien-gallery","version":1}', lines[1]]),
    "huge dimensions": lambda lines: signed([lines[0].replace(":16", ":99999999999")]),
    "a space too many fields": lambda lines: signed([lines[0].replace('"model"', '"x":1,"model"')]),
    "a key twice": lambda lines: signed([lines[0], lines[1].replace("{", '{"name":"X",')]),
    "an extra key": lambda lines: signed([lines[0], lines[1].replace("{", '{"path":"X",')]),
    "NaN": lambda lines: signed([lines[0], '{"name":NaN}']),
    "a traversal name": lambda lines: signed([lines[0], lines[1].replace("Person 0", "../x")]),
    "a surrogate name": lambda lines: signed([lines[0], lines[1].replace("Person 0", "\\ud800")]),
    "a bad time": lambda lines: signed([lines[0], lines[1].replace("+00:00", "+02:00")]),
    "no time": lambda lines: signed([lines[0], lines[1].replace('"created":"', '"created":"x')]),
    "bad base64": lambda lines: signed([lines[0], lines[1].replace('"vector":"', '"vector":"*')]),
    "a short vector": lambda lines: signed([lines[0], with_vector(lines[1], "AACAPw==")]),
    "a zero vector": lambda lines: signed([lines[0], with_vector(lines[1], "A" * 86 + "==")]),
    "a NaN vector": lambda lines: signed([lines[0], with_vector(lines[1], "/" * 85 + "w==")]),
    "more after the end": lambda lines: signed(lines[:2]) + b"{}\n",
}


def with_vector(line: str, vector: str) -> str:
    return json.dumps({**json.loads(line), "vector": vector})


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_export_is_refused_and_changes_nothing(make, exported, vectors, space) -> None:
    exported.write_bytes(make(exported.read_text().splitlines()))
    with Gallery.in_memory() as other:
        other.add("Zed", vectors[100], space)
        with pytest.raises(GalleryDamaged, match=r"line \d+: expected an export"):
            other.import_(exported)
        assert [(p.name, p.templates) for p in other.people()] == [("Zed", 1)]
        assert other.check() == ()


def test_an_honest_export_of_these_lines_is_accepted(exported) -> None:
    lines = exported.read_text().splitlines()
    exported.write_bytes(signed(lines[:2]))
    with Gallery.in_memory() as other:
        assert other.import_(exported) == 1

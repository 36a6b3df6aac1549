from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from mien.errors import GalleryDamaged, GalleryNewer, GalleryUnwritable, MienError
from mien.gallery import Gallery, probe, schema

PAGE = 4096


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch) -> None:
    """Nobody else writes here: do not wait for them before a file is called damaged."""
    monkeypatch.setattr(probe, "_PAUSE_S", 0.0)


@pytest.fixture
def stored(path, fill) -> Path:
    """A closed gallery of 200 templates."""
    with Gallery.open(path) as gallery:
        fill(gallery, 200)
    return path


def files(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}


def refused(path: Path, error: type[MienError] = GalleryDamaged, match: str = "expected") -> str:
    """Open for writing and for reading: both refuse, and no byte changes."""
    before = files(path)
    for read_only in (False, True):
        with pytest.raises(error, match=match) as caught:
            Gallery.open(path, read_only=read_only)
        assert files(path) == before
    return str(caught.value)


def answer(stack: ExitStack, path: Path, vector, space) -> None:
    """Open and search; where it opens although damaged, `check` must have seen it."""
    gallery = stack.enter_context(Gallery.open(path, read_only=True))
    assert gallery.check()
    gallery.search(vector, space)


NO_GALLERY = {
    "an empty file": b"",
    "one byte": b"\xff",
    "text": b"Dear Ada,\n" * 500,
    "random bytes": np.random.default_rng(1).bytes(9000),
    "zeros": bytes(9000),
    "only SQLite's first words": b"SQLite format 3\0",
}


@pytest.mark.parametrize("content", NO_GALLERY.values(), ids=NO_GALLERY.keys())
def test_a_file_that_is_no_gallery_is_left_alone(content, path) -> None:
    path.write_bytes(content)
    assert "mien gallery check" in refused(path)


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_the_database_of_another_application_is_left_alone(journal, path) -> None:
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA journal_mode = {journal}")
    other.execute("CREATE TABLE person (name TEXT)")
    other.commit()
    other.close()
    refused(path, match="another application")


def test_a_gallery_of_a_later_mien_is_left_alone(stored) -> None:
    data = bytearray(stored.read_bytes())
    data[60:64] = struct.pack(">I", schema.VERSION + 1)
    stored.write_bytes(data)
    refused(stored, GalleryNewer, "upgrade mien")


def test_a_planted_trigger_is_found_before_it_runs(stored) -> None:
    connection = sqlite3.connect(stored)
    connection.execute("CREATE TRIGGER spy AFTER INSERT ON person BEGIN DELETE FROM person; END")
    connection.commit()
    connection.close()
    with pytest.raises(GalleryDamaged, match="other tables"):
        Gallery.open(stored)


@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "pipe", "linked log"])
def test_what_is_not_an_ordinary_file_is_refused(kind, stored, tmp_path) -> None:
    place = tmp_path / "place"
    if kind == "link":
        place.symlink_to(stored)
    elif kind == "dangling link":
        place.symlink_to(tmp_path / "elsewhere")
    elif kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        shutil.copy(stored, place)
        Path(f"{place}-wal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GalleryDamaged, match="give"):
        Gallery.open(place)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("size", [50, 100, 4096, 5000, 0.5, -PAGE, -1])
def test_a_truncated_gallery_is_damaged_and_stays_as_it_is(size, stored) -> None:
    data = stored.read_bytes()
    stored.write_bytes(data[: int(size * len(data)) if isinstance(size, float) else size])
    assert "mien gallery import" in refused(stored)


def test_every_zeroed_page_is_found_and_nobody_is_named_from_it(stored, vectors, space) -> None:
    data = stored.read_bytes()
    with Gallery.open(stored) as gallery:
        truth = gallery.search(vectors[:50], space, 10)
    for start in range(0, len(data), PAGE):
        stored.write_bytes(data[:start] + bytes(PAGE) + data[start + PAGE :])
        assert_damage_is_found(stored, vectors, space, truth)


def test_every_flipped_bit_is_found_or_harmless(stored, vectors, space) -> None:
    data = stored.read_bytes()
    with Gallery.open(stored) as gallery:
        truth = gallery.search(vectors[:50], space, 10)
    rng = np.random.default_rng(11)
    for position in rng.integers(0, len(data), 250):
        changed = bytearray(data)
        changed[position] ^= 1 << int(rng.integers(8))
        stored.write_bytes(changed)
        assert_damage_is_found(stored, vectors, space, truth, must_fail=False)


def assert_damage_is_found(path, vectors, space, truth, must_fail=True) -> None:
    """Either a named error, or the true answer; and `check` tells of it."""
    for leftover in ("-wal", "-shm"):
        Path(f"{path}{leftover}").unlink(missing_ok=True)
    try:
        with Gallery.open(path, read_only=True) as gallery:
            found = gallery.check()
            assert found or not must_fail
            assert gallery.search(vectors[:50], space, 10) == truth
    except GalleryDamaged:
        return


def test_a_flipped_bit_in_a_vector_names_the_person_and_the_cure(stored, vectors, space) -> None:
    blob = vectors[33].astype("<f4").tobytes()
    data = bytearray(stored.read_bytes())
    at = data.index(blob[:40])
    data[at + 9] ^= 4
    stored.write_bytes(data)
    with Gallery.open(stored) as gallery:
        (problem,) = gallery.check()
        assert problem.name == "Person 3"
        for door in (
            lambda: gallery.search(vectors[0], space),
            lambda: gallery.export(stored.with_name("copy.jsonl")),
        ):
            with pytest.raises(GalleryDamaged, match="remove “Person 3”"):
                door()
        assert not stored.with_name("copy.jsonl").exists()
        gallery.remove("Person 3")
        assert gallery.check() == ()
        assert len(gallery.search(vectors[0], space, 20)[0]) == 9


def test_a_vector_handed_to_another_person_is_found(stored, vectors, space) -> None:
    connection = sqlite3.connect(stored)
    connection.execute("UPDATE template SET person = person % 10 + 1 WHERE id = 5")
    connection.commit()
    connection.close()
    with Gallery.open(stored) as gallery:
        assert [problem.where for problem in gallery.check()] == ["template 5"]
        with pytest.raises(GalleryDamaged):
            gallery.search(vectors[0], space)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM template WHERE id = 5",
        "UPDATE person SET name = 'Mallory' WHERE id = 2",
        "UPDATE person SET key = 'mallory' WHERE id = 2",
        "UPDATE space SET sha256 = 'ff'",
        "UPDATE space SET dimensions = 8",
        "DELETE FROM space",
        "DELETE FROM person WHERE id = 3",
        "DELETE FROM stamp",
        "UPDATE stamp SET text = replace(text, ' 0', ' 1')",
        "UPDATE template SET vector = zeroblob(64) WHERE id = 8",
        "UPDATE template SET created = 0 WHERE id = 8",
    ],
)
def test_a_change_behind_our_back_is_found(statement, stored, vectors, space) -> None:
    connection = sqlite3.connect(stored)
    connection.execute(statement)
    connection.commit()
    connection.close()
    with ExitStack() as stack, pytest.raises(GalleryDamaged):
        answer(stack, stored, vectors[0], space)


# The write-ahead log ----------------------------------------------------------------


def left_open(path: Path, fill, count: int) -> dict[str, bytes]:
    """The files of a gallery whose process died: the newest templates are in the log."""
    with Gallery.open(path) as gallery:
        fill(gallery, count)
        return files(path)


def lay(folder: Path, content: dict[str, bytes]) -> None:
    for file in folder.iterdir():
        file.unlink()
    for name, data in content.items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(data)


def test_the_log_of_a_dead_process_is_replayed(path, fill) -> None:
    lay(path.parent, left_open(path, fill, 40))
    with Gallery.open(path) as gallery:
        assert gallery.stats().templates == 40
        assert gallery.check() == ()


def test_without_its_log_a_gallery_is_what_it_was_before(path, fill) -> None:
    content = left_open(path, fill, 40)
    lay(path.parent, {path.name: content[path.name]})
    with Gallery.open(path) as gallery:
        assert gallery.stats().templates == 0
        assert gallery.check() == ()


def test_the_log_of_another_gallery_is_refused(path, fill) -> None:
    one = left_open(path, fill, 40)
    for file in path.parent.iterdir():
        file.unlink()
    other = left_open(path, fill, 50)
    lay(path.parent, {path.name: one[path.name], f"{path.name}-wal": other[f"{path.name}-wal"]})
    assert "aside" in refused(path, match="log of another database")
    Path(f"{path}-wal").rename(path.parent / "aside")
    with Gallery.open(path) as gallery:
        assert gallery.check() == ()


def test_the_log_of_another_application_is_refused(stored) -> None:
    other = sqlite3.connect(stored.with_name("other"))
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE secret (x)")
    other.commit()
    shutil.copy(stored.with_name("other-wal"), f"{stored}-wal")
    other.close()
    refused(stored, match="log of another database")


def test_an_old_copy_under_a_newer_log_is_refused(path, fill, vectors, space) -> None:
    with Gallery.open(path) as gallery:
        fill(gallery, 40)
    old = path.read_bytes()
    with Gallery.open(path) as gallery:
        gallery.add("Ada", vectors[50], space)
    with Gallery.open(path) as gallery:
        gallery.add("Ada", vectors[51], space)
        content = files(path)
    lay(path.parent, {**content, path.name: old})
    refused(path, match="another state of this gallery")


def test_a_new_copy_over_an_older_log_is_refused(path, fill, vectors, space) -> None:
    content = left_open(path, fill, 40)
    with Gallery.open(path) as gallery:
        gallery.add("Ada", vectors[50], space)
    lay(path.parent, {**content, path.name: path.read_bytes()})
    refused(path, match="another state of this gallery")


def test_a_log_of_random_bytes_is_refused(stored) -> None:
    Path(f"{stored}-wal").write_bytes(np.random.default_rng(2).bytes(9000))
    refused(stored, match="destroyed write-ahead log")


# The system refuses -------------------------------------------------------------------


def run(script: str, *arguments: object) -> dict[str, object]:
    """Run a script in a fresh process; it prints one JSON object."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


READ_ONLY = """
import json, os, sys
from mien.errors import GalleryError
from mien.gallery import Gallery
if os.geteuid() == 0:  # root may write anywhere
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
kinds = {}
try:
    Gallery.open(sys.argv[1]).close()
except GalleryError as error:
    kinds["writing"] = error.kind
try:
    Gallery.open(sys.argv[1] + "2").close()
except GalleryError as error:
    kinds["making"] = error.kind
with Gallery.open(sys.argv[1], read_only=True) as gallery:
    kinds["people"] = len(gallery.people())
    try:
        gallery.remove("Person 1")
    except GalleryError as error:
        kinds["removing"] = error.kind
print(json.dumps(kinds))
"""


@pytest.mark.skipif(os.name == "nt", reason="folders have no such permissions")
def test_in_a_read_only_folder_a_gallery_can_be_read_but_not_written(stored) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(stored, folder / "people.gallery")
        (folder / "people.gallery").chmod(0o444)
        folder.chmod(0o555)
        try:
            answered = run(READ_ONLY, folder / "people.gallery")
        finally:
            folder.chmod(0o755)
        assert [file.name for file in folder.iterdir()] == ["people.gallery"]
    unwritable = GalleryUnwritable.__name__
    assert answered == {
        "writing": unwritable,
        "making": unwritable,
        "people": 10,
        "removing": unwritable,
    }


def test_a_gallery_opened_for_reading_refuses_to_be_written(stored, vectors, space) -> None:
    before = stored.read_bytes()
    with Gallery.open(stored, read_only=True) as gallery:
        for door in (
            lambda: gallery.add("Ada", vectors[0], space),
            lambda: gallery.rename("Person 1", "Ada"),
            lambda: gallery.remove("Person 1"),
        ):
            with pytest.raises(GalleryUnwritable, match="read_only=False"):
                door()
        assert gallery.search(vectors[1], space)[0]
    assert stored.read_bytes() == before


FULL = """
import json, resource, signal, sys
import numpy as np
from mien.errors import GalleryUnwritable
from mien.gallery import Gallery
from mien.records import EmbeddingSpace
space = EmbeddingSpace("tiny", "ab" * 32, "crop112-v1", 16)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
acknowledged, message = 0, ""
with Gallery.open(sys.argv[1]) as gallery:
    for number in range(1000):
        try:
            gallery.add("Ada", np.random.default_rng(number).normal(size=16), space)
        except GalleryUnwritable as error:
            message = str(error)
            break
        acknowledged += 1
    inside = gallery.stats().templates
print(json.dumps({"acknowledged": acknowledged, "inside": inside, "message": message}))
"""


def test_a_full_disk_is_named_and_loses_nothing(path) -> None:
    answer = run(FULL, path)
    assert 0 < answer["acknowledged"] < 1000
    assert answer["inside"] == answer["acknowledged"]
    assert "free some" in answer["message"] or "disk's space" in answer["message"]
    with Gallery.open(path) as gallery:
        assert gallery.stats().templates == answer["acknowledged"]
        assert gallery.check() == ()


def test_a_gallery_that_may_not_grow_says_the_disk_is_full(gallery, fill, vectors, space) -> None:
    fill(gallery, 10)
    gallery._database._connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(GalleryUnwritable, match="disk is full"):
        fill(gallery, 200)
    assert gallery.stats().templates == 10
    assert gallery.check() == ()


def test_a_lock_held_for_too_long_is_named(path, vectors, space) -> None:
    with Gallery.open(path, timeout_s=0.05) as gallery:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(GalleryUnwritable, match="another program holds the gallery"):
            gallery.add("Ada", vectors[0], space)
        holder.close()
        assert gallery.add("Ada", vectors[0], space)

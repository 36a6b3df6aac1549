from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from mien.gallery import Gallery

WRITER = """
import sys
import numpy as np
from mien.errors import GalleryUnwritable
from mien.gallery import Gallery
from mien.records import EmbeddingSpace
space = EmbeddingSpace("tiny", "ab" * 32, "crop112-v1", 16)
writer = int(sys.argv[2])
with Gallery.open(sys.argv[1], timeout_s=30) as gallery:
    for number in range(150):
        vector = np.random.default_rng([writer, number]).normal(size=16)
        assert gallery.add(f"Writer {writer}", vector, space)
        if number % 50 == 49:
            gallery.add(f"Passing {writer}", -vector, space)
            gallery.rename(f"Passing {writer}", f"Gone {writer}")
            try:
                gallery.remove(f"Gone {writer}")
            except GalleryUnwritable as error:
                assert "removal is done" in str(error), error
"""

READER = """
import sys, time
import numpy as np
from mien.gallery import Gallery
from mien.records import EmbeddingSpace
space = EmbeddingSpace("tiny", "ab" * 32, "crop112-v1", 16)
probes = np.random.default_rng(5).normal(size=(3, 16))
with Gallery.open(sys.argv[1], read_only=True, timeout_s=30) as gallery:
    print("ready", flush=True)
    seen, end = 0, time.monotonic() + 60
    while time.monotonic() < end:
        gallery.search(probes, space)
        people = {person.name: person.templates for person in gallery.people()}
        count = sum(people.get(f"Writer {writer}", 0) for writer in (0, 1, 2))
        assert count >= seen
        seen = count
        if seen == 450:
            break
    assert seen == 450, seen
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        _, errors = process.communicate(timeout=90)
        assert process.returncode == 0, errors


def test_many_processes_read_and_write_at_once(path) -> None:
    with Gallery.open(path):
        pass
    readers = [start(READER, path) for _ in range(2)]
    finish([*[start(WRITER, path, writer) for writer in range(3)], *readers])
    with Gallery.open(path) as gallery:
        people = {person.name: person.templates for person in gallery.people()}
        assert people == {f"Writer {writer}": 150 for writer in range(3)}
        assert gallery.check() == ()
        assert not gallery.stats().erasure_owed


def test_several_processes_may_make_the_gallery_at_once(path) -> None:
    script = "import sys; from mien.gallery import Gallery; Gallery.open(sys.argv[1]).close()"
    finish([start(script, path) for _ in range(4)])
    with Gallery.open(path, create=False) as gallery:
        assert gallery.check() == ()
    assert not [file for file in path.parent.iterdir() if file.name.startswith(".")]


def test_what_another_process_wrote_is_found_by_the_next_search(path, vectors, space) -> None:
    with Gallery.open(path) as here, Gallery.open(path) as there:
        assert here.search(vectors[0], space) == [[]]
        there.add("Ada", vectors[0], space)
        assert [c.name for c in here.search(vectors[0], space)[0]] == ["Ada"]
        there.add("Bo", vectors[1], space)
        there.add("Ada", vectors[2], space)
        assert here.search(vectors[2], space)[0][0].name == "Ada"
        there.rename("Ada", "Cy")
        assert here.search(vectors[2], space)[0][0].name == "Cy"
        there.remove("Cy")
        assert [c.name for c in here.search(vectors[0], space)[0]] == ["Bo"]


def test_an_unchanged_gallery_is_not_read_again(path, vectors, space, fill) -> None:
    with Gallery.open(path) as gallery, Gallery.open(path) as other:
        fill(gallery, 50)
        before = gallery._index()
        other.search(vectors[0], space)
        assert gallery._index() is before
        gallery.add("Person 0", vectors[0], space)  # already there
        assert gallery._index() is before


def test_a_long_reader_delays_a_writer_only_now_and_then(path, vectors, space, monkeypatch) -> None:
    monkeypatch.setattr("mien.gallery.database._LOG_LIMIT", 200_000)
    with Gallery.open(path, timeout_s=0.3) as gallery:
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM person").fetchone()
        start = time.monotonic()
        for number in range(100):  # about a megabyte of log
            gallery.add("Ada", vectors[number], space)
        assert time.monotonic() - start < 10
        assert Path(f"{path}-wal").stat().st_size > 400_000
        reader.close()
        for number in range(100, 200):
            gallery.add("Ada", vectors[number], space)
        assert Path(f"{path}-wal").stat().st_size < 400_000
        assert gallery.check() == ()


def test_threads_share_a_gallery(gallery, vectors, space) -> None:
    def work(thread: int) -> None:
        for number in range(25):
            gallery.add(f"Thread {thread}", vectors[thread * 25 + number], space)
            found = gallery.search(vectors[thread * 25 + number], space, 6)[0]
            assert f"Thread {thread}" in {one.name for one in found}

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6), timeout=60))
    assert gallery.stats().templates == 150
    means = vectors[:150].reshape(6, 25, -1).mean(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(gallery.scores(means, space)[1].max(axis=1), 1, atol=1e-5)
    assert gallery.check() == ()

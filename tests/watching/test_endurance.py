"""Long videos: memory, open files and threads stay as they are."""

from __future__ import annotations

import gc
import threading

import psutil
import pytest

from images.films import make_film
from mien.watching import Seen
from watching.moving import backdrop, looped, portrait, put


@pytest.fixture(scope="module")
def film(tmp_path_factory, picture):
    """A face that comes and goes, cut and cut back: 100 frames, 240 × 136."""
    size_wh = (240, 136)
    face = portrait(picture("obama2.jpg"), 110)
    scenes = [backdrop(1, size_wh), backdrop(2, size_wh)]
    frames = [
        put(scenes[n // 50], face, 5 + 2 * (n % 50), 12) if n % 50 < 40 else scenes[n // 50]
        for n in range(100)
    ]
    return make_film(tmp_path_factory.mktemp("film") / "a.mp4", frames)


def state() -> tuple[int, int, int]:
    gc.collect()
    process = psutil.Process()
    return process.memory_info().rss, process.num_fds(), threading.active_count()


def endure(watcher, film, frames: int, probes: int) -> list[tuple[int, int, int]]:
    """Watch so many frames; returns memory, open files and threads at some of them."""
    measured, seen = [], 0
    with looped(film, frames) as video:
        for event in watcher.watch(video):
            if isinstance(event, Seen):
                seen += 1
                if seen % (frames // probes) == 0:
                    measured.append(state())
    assert seen == frames
    return measured


def check_flat(measured, most_mb: float) -> None:
    memory, files, threads = zip(*measured, strict=True)
    warm = len(memory) // 4  # caches and pools are filled by then
    assert max(memory[warm:]) - memory[warm] < most_mb * 2**20, memory
    assert max(files[warm:]) - min(files[warm:]) <= 6, files  # a file is open, or is not just now
    assert max(threads[warm:]) - min(threads[warm:]) <= 4, threads


def test_eight_hundred_frames_leave_everything_as_it_was(watcher_of, known, film):
    before = threading.active_count()
    check_flat(endure(watcher_of(known), film, 800, 20), most_mb=25)
    assert threading.active_count() <= before


@pytest.mark.torture
def test_a_hundred_thousand_frames_leave_everything_as_it_was(watcher_of, known, film):
    check_flat(endure(watcher_of(known), film, 100_000, 100), most_mb=25)

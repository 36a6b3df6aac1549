"""Cuts are found; pans, flashes, noise and fades are none."""

from __future__ import annotations

import numpy as np
import pytest

from mien.tracking import CutFinder


def scene(seed: int, level: int = 120) -> np.ndarray:
    """Smooth patches of light, 36 × 200."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(-1, 1, (5, 26))
    smooth = np.kron(coarse, np.ones((8, 8)))[:36, :200]
    return np.clip(level + 70 * smooth, 0, 255).astype(np.uint8)


def cuts_in(frames) -> list[int]:
    finder = CutFinder()
    return [n for n, frame in enumerate(frames) if finder.sees(frame)]


def still(seed: int, count: int = 6, level: int = 120) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    picture = scene(seed, level)[:, :64].astype(int)
    return [
        np.clip(picture + random.integers(-3, 4, picture.shape), 0, 255).astype(np.uint8)
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_a_cut_is_found_where_it_is(seed):
    assert cuts_in([*still(seed), *still(seed + 100, level=80), *still(seed + 200)]) == [6, 12]


def test_a_still_picture_with_noise_has_none():
    assert cuts_in(still(1, 50)) == []


@pytest.mark.parametrize("step", [1, 3, 6])
def test_a_pan_has_none(step):
    wide = scene(5)
    assert cuts_in([wide[:, n : n + 64] for n in range(0, 130, step)]) == []


def test_a_flash_has_none():
    frames = still(2, 10)
    frames[5] = np.clip(frames[5].astype(int) + 90, 0, 255).astype(np.uint8)
    assert cuts_in(frames) == []


def test_a_slow_fade_has_none():
    picture = still(3, 1)[0]
    assert cuts_in([(picture * (1 - n / 40)).astype(np.uint8) for n in range(40)]) == []


def test_the_cuts_of_the_clip_are_those_one_sees(bench_data):
    from mien.images.video import open_video

    finder = CutFinder()
    with open_video(bench_data / "people" / "video" / "short_hamilton_clip.mp4") as video:
        found = [frame.index for frame in video if finder.sees(frame.thumbnail())]
    assert found == [20, 82, 211]
    finder = CutFinder()
    with open_video(bench_data / "video" / "street_1080p.mp4") as video:
        assert not any(finder.sees(frame.thumbnail()) for frame in video)

"""Films of known people, made from the sample photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from capture.staged import SHAPES, frame
from images.films import make_film
from mien.capture import Collected, CollectOptions, Form, collect
from mien.pipeline import Recognizer

Film = Callable[..., Path]


@pytest.fixture
def obama(picture) -> list[np.ndarray]:
    """Frames of one man: no two are near-duplicates."""
    return [frame(picture(f"obama{n}.jpg"), shape) for n in ("", "2", "3") for shape in SHAPES]


@pytest.fixture
def biden(picture) -> list[np.ndarray]:
    """Frames of another man."""
    return [frame(picture("biden.jpg"), shape) for shape in SHAPES]


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Frames, half a second each, as a film."""
    pytest.importorskip("av")

    def made(frames: Sequence[np.ndarray], name: str = "film.mp4", every_s: float = 0.5) -> Path:
        times_s = [every_s * number for number in range(len(frames))]
        return make_film(tmp_path / name, frames, times_s=times_s, options={})

    return made


@pytest.fixture
def gathered(recognizer: Recognizer, tmp_path: Path) -> Callable[..., Collected]:
    """Collects ``obama`` into the test's own folder."""

    def run(source: str | Path, name: str = "obama", form: Form | None = None, **more) -> Collected:
        wanted = CollectOptions(name, source, tmp_path / "data", form=form or Form(), **more)
        return collect(wanted, recognizer)

    return run

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mien.gallery import Gallery
from mien.records import EmbeddingSpace, FloatArray

DIMENSIONS = 16


@pytest.fixture(scope="session")
def space() -> EmbeddingSpace:
    return EmbeddingSpace("tiny", "ab" * 32, "crop112-v1", DIMENSIONS)


@pytest.fixture(scope="session")
def vectors() -> FloatArray:
    """(200, 16) float32, unit length."""
    drawn = np.random.default_rng(7).normal(size=(200, DIMENSIONS))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.gallery"


@pytest.fixture
def gallery(path: Path) -> Iterator[Gallery]:
    with Gallery.open(path) as opened:
        yield opened


@pytest.fixture
def fill(space: EmbeddingSpace, vectors: FloatArray) -> Callable[[Gallery, int], None]:
    """Enrol the first ``count`` vectors as Person 0 to 9 in turn."""

    def enrol(gallery: Gallery, count: int) -> None:
        gallery.add_many(
            [(f"Person {row % 10}", vectors[row], None) for row in range(count)], space
        )

    return enrol

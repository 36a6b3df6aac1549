"""A photo and who is in it, for the tests of what may be handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien import api
from mien.gallery import Gallery
from mien.pipeline import Recognizer
from pipeline.photo_kinds import QUICK


@pytest.fixture(scope="session")
def photo(picture: Callable[[str], np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small photo with one face, as a file."""
    path = tmp_path_factory.mktemp("photo") / "eileen.png"
    Image.fromarray(picture("astronaut.png")).crop((100, 0, 340, 240)).save(path)
    return path


@pytest.fixture(scope="session")
def quick_recognizer(model_store: object) -> Recognizer:
    """The one that the functions of ``mien.api`` use with ``QUICK``: a face costs half."""
    return api._recognizer(QUICK)


@pytest.fixture(scope="module")
def gallery(photo: Path, model_store: object) -> Iterator[Gallery]:
    """A gallery that knows her."""
    with Gallery.in_memory() as gallery:
        api.enroll([("Eileen", photo)], gallery, settings=QUICK)
        yield gallery

"""Real faces as the networks get them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mien.alignment import find_template
from mien.pipeline import FaceFinder, Recognizer

Crops = Callable[[str, int], np.ndarray]


@pytest.fixture(scope="session")
def crops(recognizer: Recognizer, picture: Callable[[str], np.ndarray]) -> Crops:
    """From a template and a side to eight faces, ``(8, 3, S, S) float32`` RGB in 0-255."""

    def cut(template: str, side: int) -> np.ndarray:
        finder = FaceFinder(recognizer.detector, (find_template(template, side),))
        photos = [picture(name) for name in ("t1.jpg", "obama.jpg", "biden.jpg")]
        faces = [crop for faces in finder.views(photos) for _, _, (crop,) in faces]
        return np.ascontiguousarray(np.stack(faces).transpose(0, 3, 1, 2), dtype=np.float32)

    return cut

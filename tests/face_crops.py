"""Real faces as a network gets them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mien.alignment import find_template
from mien.pipeline import FaceFinder, Recognizer

PHOTOS = ("t1.jpg", "obama.jpg", "biden.jpg")


def face_crops(
    recognizer: Recognizer, picture: Callable[[str], np.ndarray], template: str, side: int
) -> np.ndarray:
    """The eight faces of the sample photos, ``(8, 3, S, S) float32`` RGB in 0-255."""
    finder = FaceFinder(recognizer.detector, (find_template(template, side),))
    found = finder.views([picture(name) for name in PHOTOS])
    faces = [crop for faces in found for _, _, (crop,) in faces]
    return np.ascontiguousarray(np.stack(faces).transpose(0, 3, 1, 2), dtype=np.float32)

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mien.pipeline import Recognizer


@pytest.fixture(scope="session")
def faces(recognizer: Recognizer, picture: Callable[[str], np.ndarray]) -> np.ndarray:
    """``(8, 112, 112, 3) uint8``: the crops of six people in a photo and of two portraits."""
    photos = [picture(name) for name in ("t1.jpg", "obama.jpg", "astronaut.png")]
    crops = [crop for found in recognizer.views(photos) for _, _, (crop,) in found]
    assert len(crops) == 8
    return np.stack(crops)

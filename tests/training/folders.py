"""Folders of labelled photos that tests make: small pictures without faces, no two alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int, side: int = 48) -> np.ndarray:
    """``(side, side, 3) uint8``: smooth blotches, another one for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    large = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(large)


def put_picture(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(seed)).save(path, quality=95)
    return path


def lay_out(root: Path, counts: Mapping[str, int]) -> Path:
    """A folder ``root/NAME/0.jpg …`` with that many different pictures of each name."""
    seed = 0
    for name, count in counts.items():
        for number in range(count):
            put_picture(root / name / f"{number:03}.jpg", seed)
            seed += 1
    return root

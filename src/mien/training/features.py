"""What a frozen half gives for every photo and view: computed once, kept by what it was made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mien.records import FloatArray
from mien.training.array_folder import ArrayFolder
from mien.training.augment import view_of
from mien.training.config import Augmentation
from mien.training.halves import FrozenHalf

BATCH = 8
"""Pictures at once: more are no faster, and take memory that has to be cleared."""
VERSION = 1
"""Rises with every change after which the same crop gets other features."""


@dataclass(frozen=True, slots=True)
class FeatureKey:
    """Everything but the picture that features depend on.

    Attributes:
        weights: SHA-256 of the backbone's published file, with its name.
        frozen_blocks: how many blocks the frozen half has.
        mirror: whether it averages with the mirror image.
    """

    backbone: str
    weights_sha256: str
    frozen_blocks: int
    mirror: bool

    @classmethod
    def of(cls, half: FrozenHalf) -> FeatureKey:
        facts = half.backbone.facts
        return cls(facts.name, facts.weights_sha256, half.backbone.frozen_blocks, half.mirror)

    def digest(self) -> bytes:
        fields = [VERSION, self.backbone, self.weights_sha256, self.frozen_blocks, self.mirror]
        return hashlib.sha256(json.dumps(fields).encode()).digest()


def compute_features(
    half: FrozenHalf,
    crops: NDArray[np.uint8],
    augmentation: Augmentation,
    seed: int,
    *,
    kept: ArrayFolder | None = None,
    progress: Callable[[int], None] | None = None,
) -> FloatArray:
    """Features of every view of every crop, each picture run through the network at most once.

    Args:
        half: the frozen half.
        crops: ``(N, S, S, 3) uint8``, RGB.
        augmentation: V views of each, V at least 1.
        seed: of the views.
        kept: where features are kept and found again by the SHA-256 of the view's pixels.
        progress: told how many more views are done.

    Returns:
        ``(N * V, ...) float32``: all views of the first crop, then those of the second.

    Raises:
        OutputUnwritable: the folder cannot be written.
    """
    views = max(1, augmentation.views)
    key = FeatureKey.of(half).digest()
    rows: list[FloatArray] = []
    half.eval()
    for start in range(0, len(crops) * views, BATCH):
        numbers = range(start, min(start + BATCH, len(crops) * views))
        pictures = [
            view_of(crops[number // views], augmentation.kind, seed, number % views)
            for number in numbers
        ]
        rows.append(_batch(half, np.stack(pictures), key, kept))
        if progress is not None:
            progress(len(numbers))
    return np.concatenate(rows)


def to_pixels(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """``(N, S, S, 3) uint8`` to ``(N, 3, S, S) float32``, still RGB in 0-255."""
    channels_first = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
    return torch.from_numpy(channels_first).float()


def _batch(
    half: FrozenHalf, pictures: NDArray[np.uint8], key: bytes, kept: ArrayFolder | None
) -> FloatArray:
    names = [hashlib.sha256(key + picture.tobytes()).hexdigest() for picture in pictures]
    found = [None if kept is None else kept.find(name) for name in names]
    missing = [row for row, features in enumerate(found) if features is None]
    if missing:
        with torch.no_grad():
            new = half(to_pixels(pictures[missing])).numpy()
        for row, features in zip(missing, new, strict=True):
            found[row] = features
            if kept is not None:
                kept.keep(names[row], features)
    return np.stack([features for features in found if features is not None])


def features_folder(folder: Path) -> ArrayFolder:
    """Where a run keeps its features."""
    return ArrayFolder(folder / "features")

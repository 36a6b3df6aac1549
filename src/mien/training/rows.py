"""The rows of an epoch: which view of which photo in which order, the same on both paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from mien.records import FloatArray
from mien.training.augment import view_of
from mien.training.config import Augmentation
from mien.training.features import to_pixels

Batch = tuple[Tensor, Tensor]


class FeatureRows(Dataset[Any]):
    """Rows of features that were computed before.

    Args:
        features: ``(N * V, ...) float32``, the V views of a photo behind each other.
        targets: ``(N,) int64``, the class of each photo.
    """

    def __init__(self, features: FloatArray, targets: NDArray[np.int64]) -> None:
        views = len(features) // max(1, len(targets))
        self._features = torch.from_numpy(features)
        self._targets = torch.from_numpy(np.repeat(targets, views))

    def __len__(self) -> int:
        return len(self._targets)

    def __getitems__(self, rows: Sequence[int]) -> Batch:
        return self._features[rows], self._targets[rows]


class ViewRows(Dataset[Any]):
    """Rows of pictures, each view made when it is asked for.

    Args:
        crops: ``(N, S, S, 3) uint8``, RGB.
        targets: ``(N,) int64``.
        augmentation: with V views every epoch shows all of them; with 0 each photo's view has
            the epoch's number.
        seed: of the views.
    """

    def __init__(
        self,
        crops: NDArray[np.uint8],
        targets: NDArray[np.int64],
        augmentation: Augmentation,
        seed: int,
    ) -> None:
        self._crops = crops
        self._views = max(1, augmentation.views)
        self._kind = augmentation.kind
        self._fresh = augmentation.views == 0
        self._seed = seed
        self._targets = torch.from_numpy(np.repeat(targets, self._views))
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._targets)

    def __getitems__(self, rows: Sequence[int]) -> Batch:
        pictures = [self._view(row) for row in rows]
        return to_pixels(np.stack(pictures)), self._targets[rows]

    def _view(self, row: int) -> NDArray[np.uint8]:
        number = self.epoch + 1 if self._fresh else row % self._views
        return view_of(self._crops[row // self._views], self._kind, self._seed, number)


class EpochOrder(Sampler[int]):
    """A new order in every epoch, which the seed and the epoch's number decide alone.

    So a run that goes on after a break sees the rows that it would have seen without one.
    """

    def __init__(self, rows: Dataset[Any], count: int, seed: int) -> None:
        self._rows = rows
        self._count = count
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls it before each epoch."""
        self._epoch = epoch
        if isinstance(self._rows, ViewRows):
            self._rows.epoch = epoch

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        order = np.random.default_rng([self._seed, self._epoch]).permutation(self._count)
        return iter(order.tolist())


def shuffled(rows: FeatureRows | ViewRows, batch_size: int, seed: int) -> DataLoader[Any]:
    """Batches for training."""
    order = EpochOrder(rows, len(rows), seed)
    return ordered_by(rows, order, batch_size)


def ordered_by(
    rows: FeatureRows | ViewRows, order: Sampler[int], batch_size: int
) -> DataLoader[Any]:
    """Batches in the order that a sampler gives."""
    return DataLoader(rows, batch_size=batch_size, sampler=order, collate_fn=_as_it_is)


def in_order(rows: FeatureRows | ViewRows, batch_size: int) -> DataLoader[Any]:
    """Batches for validation."""
    return DataLoader(rows, batch_size=batch_size, shuffle=False, collate_fn=_as_it_is)


def _as_it_is(batch: Any) -> Any:
    """The rows come as one batch already."""
    return batch

"""P x K batches: P people, K photos of each (FaceNet, section 3.2, draws some photos per identity).

Hermans, Beyer and Leibe (2017) named them so. The drawing is pytorch-metric-learning's; which
epoch draws what depends on the seed and the epoch's number alone, so that a run that was broken
off goes on with the batches that it would have had.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from pytorch_metric_learning.samplers import MPerClassSampler
from pytorch_metric_learning.utils import common_functions

from mien.training.rows import EpochOrder, FeatureRows, ViewRows


class PeopleOrder(EpochOrder):
    """The rows of an epoch, batch behind batch.

    As many photos are drawn as there are, rounded up to whole batches. Whoever has fewer than K
    photos is drawn with repetition; of a photo's views one is drawn.

    Args:
        rows: told the epoch, where they make a new view in each.
        classes: ``(N,) int64``, of each photo.
        people, photos: P and K; P is at most the number of people.
        seed: of all drawings.
    """

    def __init__(
        self,
        rows: FeatureRows | ViewRows,
        classes: NDArray[np.int64],
        people: int,
        photos: int,
        seed: int,
    ) -> None:
        self.batch_size = min(people, len(np.unique(classes))) * photos
        count = math.ceil(len(classes) / self.batch_size) * self.batch_size
        super().__init__(rows, count, seed)
        self._classes = classes
        self._views = len(rows) // len(classes)
        self._photos = photos

    def __iter__(self) -> Iterator[int]:
        with _drawing_from(np.random.RandomState([self._seed, self._epoch])):
            drawn = MPerClassSampler(self._classes, self._photos, self.batch_size, self._count)
            photos = np.array(list(drawn), dtype=np.int64)
        views = np.random.default_rng([self._seed, self._epoch]).integers(
            self._views, size=len(photos)
        )
        return iter((photos * self._views + views).tolist())


@contextmanager
def _drawing_from(generator: np.random.RandomState) -> Iterator[None]:
    """Let the library draw from a generator of ours; its own is put back."""
    before = common_functions.NUMPY_RANDOM
    common_functions.NUMPY_RANDOM = generator
    try:
        yield
    finally:
        common_functions.NUMPY_RANDOM = before

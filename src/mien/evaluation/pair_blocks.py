"""Every pair of photos of a labelled set, in blocks: memory grows with N, not with N^2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.labelled import BLOCK_ROWS, LabelledSet
from mien.records import FloatArray

BLOCK_PAIRS = 1 << 22
"""Similarities held at a time; fewer rows than ``BLOCK_ROWS`` are taken of very many photos."""


@dataclass(frozen=True, slots=True, eq=False)
class PairBlock:
    """Some rows of the matrix of similarities, from the first row's own column on.

    Attributes:
        similarities: ``(R, C) float32``.
        genuine, impostor: ``(R, C) bool``, which entries are pairs of the kind; each pair of
            photos is True once over all blocks.
        start: row and column of the first entry in the whole matrix.
    """

    similarities: FloatArray
    genuine: NDArray[np.bool_]
    impostor: NDArray[np.bool_]
    start: int


def pair_blocks(data: LabelledSet) -> Iterator[PairBlock]:
    """All pairs of different photos, each once, in a fixed order."""
    photos = len(data.vectors)
    height = max(1, min(BLOCK_ROWS, BLOCK_PAIRS // photos))
    for start in range(0, photos, height):
        stop = min(start + height, photos)
        block = data.vectors[start:stop] @ data.vectors[start:].T
        genuine = data.codes[start:stop, None] == data.codes[None, start:]
        impostor = ~genuine
        # Within the block's own square each pair stands twice: keep the upper half.
        rows = stop - start
        upper = np.triu(np.ones((rows, rows), dtype=np.bool_), 1)
        genuine[:, :rows] &= upper
        impostor[:, :rows] &= upper
        yield PairBlock(block, genuine, impostor, start)

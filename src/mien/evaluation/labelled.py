"""Vectors of photos with the names of their people, checked and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_vectors
from mien.errors import InsufficientData, InvalidArray
from mien.records import FloatArray

BLOCK_ROWS = 512
"""Rows of a matrix of similarities that are held at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSet:
    """Photos of at least two people.

    Attributes:
        vectors: ``(N, D) float32``, unit length.
        codes: ``(N,) int32``, the person of each photo as 0 to P - 1.
        sizes: ``(P,) int64``, photos of each person.
        genuine_pairs, impostor_pairs: how many pairs of photos there are of each kind.
    """

    vectors: FloatArray
    codes: NDArray[np.int32]
    sizes: NDArray[np.int64]
    genuine_pairs: int
    impostor_pairs: int


def labelled(vectors: Any, labels: Sequence[str]) -> LabelledSet:
    """Check and count.

    Raises:
        InvalidEmbedding: for a NaN, an infinity, or a vector without direction.
        InvalidArray: labels that do not fit the vectors.
        InsufficientData: no two people.
    """
    array = np.asarray(vectors)
    if array.ndim != 2 or len(array) != len(labels):
        raise InvalidArray(
            f"vectors: expected ({len(labels)}, D) for as many labels, got shape {array.shape}"
        )
    if not len(labels):
        raise InsufficientData(
            "vectors: expected faces of two people at least, got none; add photos"
        )
    units = check_vectors(array, array.shape[1])
    index: dict[str, int] = {}
    codes = np.array([index.setdefault(name, len(index)) for name in labels], dtype=np.int32)
    sizes = np.bincount(codes).astype(np.int64)
    if len(sizes) < 2:
        raise InsufficientData("labels: expected photos of two people at least, got one person")
    genuine = int((sizes * (sizes - 1) // 2).sum())
    total = len(units) * (len(units) - 1) // 2
    return LabelledSet(units, codes, sizes, genuine, total - genuine)

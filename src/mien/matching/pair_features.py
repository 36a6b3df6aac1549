"""What a verifier sees of a pair: per-dimension differences, chi-squared and the cosine.

For two unit vectors f1 and f2 of one embedding space, i running over its D dimensions:

* absolute difference: ``|f1[i] - f2[i]|``, as the siamese network of Taigman, Yang, Ranzato and
  Wolf, "DeepFace" (CVPR 2014), section 4.2, weighs it;
* chi-squared: ``(f1[i] - f2[i])^2 / (|f1[i]| + |f2[i]|)``. DeepFace, section 4.1, divides by
  ``f1[i] + f2[i]``: its features are not negative. Ours are signed, and that sum may be 0 or
  negative; with absolute values it is the same number wherever DeepFace defines it. Where both
  are 0 it is 0;
* cosine: ``sum of f1[i] * f2[i]``.

Each is the same for (f1, f2) and (f2, f1), so that whatever is computed from them is, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidEmbedding

Floats = NDArray[np.float64]

BLOCK_CELLS = 4 << 20
"""Numbers of one feature that are held at a time: 32 MB."""


def absolute_difference(first: Floats, second: Floats) -> Floats:
    """``|f1 - f2|`` of arrays that broadcast, each dimension by itself."""
    return np.asarray(np.abs(first - second))


def chi_squared(first: Floats, second: Floats) -> Floats:
    """``(f1 - f2)^2 / (|f1| + |f2|)`` of arrays that broadcast; 0 where both are 0."""
    total = np.abs(first) + np.abs(second)
    squared = (first - second) ** 2
    return np.asarray(np.divide(squared, total, out=np.zeros_like(squared), where=total > 0.0))


def cosine(first: Floats, second: Floats) -> Floats:
    """``sum of f1 * f2`` over the last axis; of unit vectors the cosine, in [-1, 1]."""
    return np.asarray(np.clip((first * second).sum(axis=-1), -1.0, 1.0))


def pair_features(first: Any, second: Any) -> Floats:
    """All features of N pairs of one space.

    Args:
        first, second: ``(N, D)`` unit vectors, row by row a pair.

    Returns:
        ``(N, 2 D + 1) float64``: absolute differences, chi-squared, cosine.

    Raises:
        InvalidEmbedding: two shapes.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 2 or a.shape != b.shape:
        raise InvalidEmbedding(f"pairs: expected two arrays (N, D), got {a.shape} and {b.shape}")
    return np.concatenate(
        [absolute_difference(a, b), chi_squared(a, b), cosine(a, b)[:, None]], axis=1
    )

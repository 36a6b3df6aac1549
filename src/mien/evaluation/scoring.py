"""From pairs of photos to scores, with the network injected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_vectors
from mien.errors import InvalidEmbedding
from mien.evaluation.pairs import Pair

Encode = Callable[[Sequence[str]], Iterable[Any]]
"""Given paths, yields for each in turn its face's vector, or None where there is none."""


def score_pairs(pairs: Sequence[Pair], encode: Encode) -> NDArray[np.float64]:
    """The cosine similarity of each pair; every photo is encoded once.

    Args:
        pairs: the pairs.
        encode: gives ``(D,)`` or None for each path, in order, lazily if it likes.

    Returns:
        ``(N,) float64``; NaN where a photo of the pair has no vector: a failure to acquire.

    Raises:
        InvalidEmbedding: for vectors that are not finite or not of one length, or when
            ``encode`` gives more or fewer answers than it was given paths.
    """
    row_of: dict[str, int] = {}
    for pair in pairs:
        for path in (pair.path1, pair.path2):
            row_of.setdefault(path, len(row_of))
    vectors = list(encode(tuple(row_of)))
    if len(vectors) != len(row_of):
        raise InvalidEmbedding(
            f"encode: expected an answer for each of {len(row_of)} photos, got {len(vectors)}"
        )
    rows = [row for row, vector in enumerate(vectors) if vector is not None]
    scores = np.full(len(pairs), np.nan)
    if not rows:
        return scores
    lengths = sorted({np.size(vectors[row]) for row in rows})
    if len(lengths) > 1:
        raise InvalidEmbedding(f"encode: expected vectors of one length, got lengths {lengths}")
    units = np.zeros((len(vectors), lengths[0]))
    units[rows] = check_vectors(np.stack([np.ravel(vectors[row]) for row in rows]), lengths[0])
    acquired = np.zeros(len(vectors), dtype=np.bool_)
    acquired[rows] = True
    first = np.array([row_of[pair.path1] for pair in pairs])
    second = np.array([row_of[pair.path2] for pair in pairs])
    both = acquired[first] & acquired[second]
    products = np.einsum("nd,nd->n", units[first[both]], units[second[both]])
    scores[both] = np.clip(products, -1.0, 1.0)
    return scores

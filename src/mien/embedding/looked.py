"""What an embedder makes of a face, and of two crops of one face."""

from __future__ import annotations

import numpy as np

from mien.records import FloatArray

Looked = tuple[FloatArray, float, FloatArray | None]
"""A face's unit vector, its raw length, and logits where the embedder gives any."""


def mean_look(first: Looked, second: Looked) -> Looked:
    """Of two looks at one face, each with as much say as its raw vector is long."""
    vector = first[0] * first[1] + second[0] * second[1]
    length = max(float(np.linalg.norm(vector)), 1e-12)
    logits = None
    if first[2] is not None and second[2] is not None:
        logits = np.asarray((first[2] + second[2]) / 2, dtype=np.float32)
    return np.asarray(vector / length, dtype=np.float32), length / 2, logits

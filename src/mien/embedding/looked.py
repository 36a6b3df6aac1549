"""What an embedder makes of a face, and of two crops of one face."""

from __future__ import annotations

import numpy as np

from mien.records import FloatArray

Looked = tuple[FloatArray, float, FloatArray | None]
"""A face's unit vector, its raw length, and logits where the embedder gives any."""


def mean_look(first: Looked, second: Looked) -> Looked:
    """The mean of two looks at one face."""
    vector = first[0] + second[0]
    logits = None
    if first[2] is not None and second[2] is not None:
        logits = np.asarray((first[2] + second[2]) / 2, dtype=np.float32)
    unit = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return np.asarray(unit, dtype=np.float32), (first[1] + second[1]) / 2, logits

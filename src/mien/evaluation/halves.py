"""Two halves of a labelled set that share no person: fitted on one, tested on the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData
from mien.evaluation.labelled import LabelledSet, labelled

FEWEST_GENUINE = 2


def halves(vectors: Any, labels: Sequence[str], seed: int = 0) -> tuple[LabelledSet, LabelledSet]:
    """Deal out the people so that both halves get as many people and about as many photos.

    Args:
        vectors: ``(N, D)``, one a photo.
        labels: N names of people.
        seed: of the order of people with equally many photos.

    Raises:
        InvalidEmbedding, InvalidArray, InsufficientData: as :func:`labelled`; also for fewer than
            four people, or a half with fewer than two genuine pairs.
    """
    data = labelled(vectors, labels)
    first = _dealt(data.sizes, seed)[data.codes]
    if len(data.sizes) < 4:
        raise InsufficientData(
            "expected photos of four people at least, so that each half of them can be tested on "
            f"the other, got {len(data.sizes)}; add people"
        )
    names = np.asarray(labels)
    found = tuple(labelled(data.vectors[part], names[part].tolist()) for part in (first, ~first))
    fewest = min(half.genuine_pairs for half in found)
    if fewest < FEWEST_GENUINE:
        raise InsufficientData(
            f"expected {FEWEST_GENUINE} pairs of photos of one person at least in each half of the "
            f"people, got {fewest}; add photos of the same people"
        )
    return found[0], found[1]


def _dealt(sizes: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """``(P,)`` who is in the first half: by photos, falling, dealt as 1 2 2 1 1 2 2 1 ..."""
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    first = np.zeros(len(sizes), dtype=np.bool_)
    first[order] = np.isin(np.arange(len(sizes)) % 4, (0, 3))
    return first

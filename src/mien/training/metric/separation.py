"""How well an embedding tells people apart who were not learned from, and whether it still can."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien.evaluation import roc
from mien.records import FloatArray

FARS = (1e-1, 1e-2, 1e-3)
TIE_BREAK = 1e-3
"""The weight of the distance between the two kinds of pairs, which only decides where the rates
are the same to a tenth of a point."""
COLLAPSED_VARIANCE = 0.01
"""Of unit vectors that do not differ any more; of vectors in all directions it is 1."""
COLLAPSED_RANK = 1.5
"""Effective dimensions; one is a line, on which people can only stand beside each other."""
MOST_PHOTOS = 3_000
"""All pairs of more take seconds and gigabytes; so many make 4.5 million."""
_RUN = 4


@dataclass(frozen=True, slots=True)
class Separation:
    """Of the pairs of some people's photos.

    Attributes:
        score: what epochs are compared by, larger is better: the mean true accept rate at
            ``FARS``, as far as the pairs support them, and a thousandth of d' / (1 + d'). 0 where
            it collapsed: of few pairs some order is left even in the last bits.
        tar: true accept rate at FAR 1e-2, or at no false accept where there are too few pairs.
        distance: d', the difference of the mean similarities of one person's and of two people's
            pairs in standard deviations (Daugman, "Biometric decision landscapes", 2000).
        variance: of the vectors: 1 - ||mean||^2.
        rank: effective dimensions: exp of the entropy of the singular values of the centred
            vectors (Roy and Vetterli, "The effective rank", EUSIPCO 2007).
    """

    score: float
    tar: float
    distance: float
    variance: float
    rank: float

    @property
    def collapse(self) -> str | None:
        """What is wrong where the vectors hardly differ any more; else None."""
        if self.variance < COLLAPSED_VARIANCE:
            return (
                f"the embedding collapsed to a point: its variance is {self.variance:.1e} (of 1); "
                "lower --learning-rate, or take --miner semihard"
            )
        if self.rank < COLLAPSED_RANK:
            return (
                f"the embedding collapsed to {self.rank:.1f} dimensions; lower --learning-rate, or "
                "take --miner semihard"
            )
        return None


def separation(vectors: FloatArray, classes: NDArray[np.int64]) -> Separation:
    """Measure all pairs.

    Args:
        vectors: ``(N, D) float32`` of unit length, finite.
        classes: ``(N,)``; at least two people, one with two photos.

    Raises:
        InsufficientData: no pairs of a kind.
    """
    first, second = np.triu_indices(len(classes), 1)
    similarities = (vectors @ vectors.T)[first, second].astype(np.float64)
    same = classes[first] == classes[second]
    curve = roc(similarities, same)
    fars = [far for far in FARS if far * curve.impostor >= 1.0] or [0.0]
    rates = [curve.at_far(far).tar for far in fars]
    main = 1e-2 if 1e-2 * curve.impostor >= 1.0 else 0.0
    distance = _distance(similarities[same], similarities[~same])
    measured = Separation(
        score=float(np.mean(rates)) + TIE_BREAK * max(distance, 0.0) / (1.0 + abs(distance)),
        tar=curve.at_far(main).tar,
        distance=distance,
        variance=max(0.0, 1.0 - float((vectors.mean(axis=0) ** 2).sum())),
        rank=effective_rank(vectors),
    )
    return measured if measured.collapse is None else replace(measured, score=0.0)


def evenly(photos: int, most: int = MOST_PHOTOS) -> NDArray[np.int64]:
    """Rows of so many photos: all, or about ``most`` in runs of four at even distances.

    Where the photos of a person stand together everybody keeps their share, and pairs of one
    person are left even where people have few.
    """
    if photos <= most:
        return np.arange(photos, dtype=np.int64)
    starts = np.arange(most // _RUN, dtype=np.int64) * photos // (most // _RUN)
    return (starts[:, None] + np.arange(_RUN)).ravel()


def effective_rank(vectors: FloatArray) -> float:
    """Effective dimensions of ``(N, D)`` vectors around their mean; 0 where all are the same."""
    scales = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False).astype(np.float64)
    total = float(scales.sum())
    if total < 1e-6 * len(vectors):
        return 0.0
    shares = scales[scales > 0] / total
    return math.exp(-float((shares * np.log(shares)).sum()))


def _distance(genuine: NDArray[np.float64], impostor: NDArray[np.float64]) -> float:
    spread = math.sqrt((float(genuine.var()) + float(impostor.var())) / 2)
    gap = float(genuine.mean() - impostor.mean())
    return gap / spread if spread > 0 else 0.0

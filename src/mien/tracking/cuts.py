"""Cuts: the picture changes at once and as a whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.records import ImageArray

_BINS = 32
_MOVED = 12.0  # grey levels that the mean pixel of a cut changes by
_RECOLOURED = 0.12  # share of the pixels that change their bin of the histogram
_SUDDEN = 2.0  # times as much as the frames before
_ALIKE = 0.5  # correlation of two frames of one scene, once their light is made equal


class CutFinder:
    """Compares each frame's thumbnail with the one before.

    A cut changes pixels and their histogram, and far more than the frames before did: a pan
    changes pixels but keeps the histogram, a flash changes both but not where what is, and what
    moves all the time is not sudden. The first two measures are those of Boreczky and Rowe,
    "Comparison of video shot boundary detection techniques", 1996: pixel and histogram
    differences with a threshold that follows the film.
    """

    def __init__(self) -> None:
        self._last: NDArray[np.float32] | None = None
        self._histogram: NDArray[np.float64] | None = None
        self._usual = 0.0

    def sees(self, thumbnail: ImageArray) -> bool:
        """Whether a new scene begins with this frame, ``(h, w) uint8`` grey of a constant size."""
        grey = thumbnail.astype(np.float32)
        bins = thumbnail.ravel() >> 3
        histogram = np.bincount(bins, minlength=_BINS) / bins.size
        last, before = self._last, self._histogram
        self._last, self._histogram = grey, histogram
        if last is None or before is None:
            return False
        moved = float(np.abs(grey - last).mean())
        recoloured = float(np.abs(histogram - before).sum() / 2.0)
        usual, self._usual = self._usual, 0.8 * self._usual + 0.2 * moved
        cut = (
            moved > _MOVED
            and recoloured > _RECOLOURED
            and moved > _SUDDEN * usual
            and _structure_differs(grey, last)
        )
        if cut:
            self._usual = 0.0
        return cut


def _structure_differs(first: NDArray[np.float32], second: NDArray[np.float32]) -> bool:
    """Whether two pictures have little in common once their light is made equal."""
    a, b = first - first.mean(), second - second.mean()
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    if lengths < 1e-6:
        return True
    return float((a * b).sum()) / lengths < _ALIKE

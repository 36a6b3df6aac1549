"""How many genuine and impostor pairs lie at each similarity, over all pairs of a labelled set.

N photos make about N^2 / 2 pairs. They are counted into bins of one ten-thousandth of the cosine,
so that memory grows with neither: enough for a curve, while exact thresholds come from
:mod:`mien.evaluation.impostors`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.labelled import LabelledSet
from mien.evaluation.pair_blocks import pair_blocks
from mien.evaluation.rates import allowed_errors

BINS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """Counts of pairs by similarity.

    Attributes:
        genuine, impostor: ``(BINS,) int64``; bin k holds similarities from
            ``2 k / BINS - 1`` up to the next bin, the last one 1 as well.
    """

    genuine: NDArray[np.int64]
    impostor: NDArray[np.int64]

    @property
    def edges(self) -> NDArray[np.float64]:
        """``(BINS,)`` the lowest similarity of each bin."""
        return np.linspace(-1.0, 1.0, BINS, endpoint=False, dtype=np.float64)

    @property
    def middles(self) -> NDArray[np.float64]:
        """``(BINS,)`` the similarity that stands for each bin."""
        return self.edges + 1.0 / BINS

    def accepted_from(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """``(BINS,)`` how many of ``counts`` lie at or above each edge."""
        return np.cumsum(counts[::-1])[::-1]

    def bin_at_fmr(self, fmr: float) -> int:
        """The lowest bin whose edge, as a threshold, keeps the false match rate; may be BINS."""
        passing = self.accepted_from(self.impostor)
        allowed = allowed_errors(fmr, int(passing[0]))
        return int(np.searchsorted(-passing, -allowed, side="left"))

    def rows(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
        """The counts as labelled pairs: similarities (the bins' middles), same, and weights."""
        kinds = ((True, self.genuine), (False, self.impostor))
        filled = [(same, np.flatnonzero(counts), counts) for same, counts in kinds]
        return (
            np.concatenate([self.middles[bins] for _, bins, _ in filled]),
            np.concatenate([np.full(len(bins), same) for same, bins, _ in filled]),
            np.concatenate([counts[bins].astype(np.float64) for _, bins, counts in filled]),
        )


def count_pairs(data: LabelledSet) -> PairCounts:
    """Count every pair of photos once."""
    genuine = np.zeros(BINS, dtype=np.int64)
    impostor = np.zeros(BINS, dtype=np.int64)
    for block in pair_blocks(data):
        bins = ((block.similarities + 1.0) * (BINS / 2)).astype(np.int64).clip(0, BINS - 1)
        genuine += np.bincount(bins[block.genuine], minlength=BINS)
        impostor += np.bincount(bins[block.impostor], minlength=BINS)
    return PairCounts(genuine, impostor)

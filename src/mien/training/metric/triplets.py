"""How hard the triplets of a batch are: the curve of a metric learner's progress.

FaceNet, section 3.2: with the squared distances of an anchor to a photo of the same person and to
one of another, a triplet is *easy* if the other is further away by more than the margin (equation
1 holds, it costs nothing), *semi-hard* if further away, but by less (equation 4), and *hard* if
not further away at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class TripletCounts:
    """Of all triplets of a batch; a tie is hard, and one that just keeps the margin semi-hard."""

    hard: int
    semihard: int
    easy: int

    @property
    def total(self) -> int:
        """All triplets."""
        return self.hard + self.semihard + self.easy


@torch.no_grad()
def count_triplets(embeddings: Tensor, targets: Tensor, margin: float) -> TripletCounts:
    """Count every triplet of a batch.

    Args:
        embeddings: ``(N, D)`` of unit length.
        targets: ``(N,) int64``.
        margin: in squared distance.
    """
    distances = (2.0 - 2.0 * embeddings @ embeddings.T).clamp(min=0.0)
    same = targets[:, None] == targets[None]
    hard = semihard = easy = 0
    for anchor in range(len(targets)):
        own = same[anchor].clone()
        own[anchor] = False
        gaps = distances[anchor][~same[anchor]][None] - distances[anchor][own][:, None]
        hard += int((gaps <= 0).sum())
        easy += int((gaps > margin).sum())
        semihard += int(((gaps > 0) & (gaps <= margin)).sum())
    return TripletCounts(hard, semihard, easy)

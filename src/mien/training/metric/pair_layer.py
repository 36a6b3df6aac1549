"""The siamese network's output: one number on two embeddings that share all their weights.

Taigman, Yang, Ranzato and Wolf, "DeepFace" (CVPR 2014): section 4.2 weighs the absolute
differences of two features, section 4.1 their chi-squared differences. A logistic unit on either
says "the same person": P = sigmoid(sum_i alpha_i g_i + b).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

START_WEIGHT = -1.0
"""Of every dimension: the further apart, the less alike."""


class PairLayer(nn.Module):
    """Weights alpha and a bias b.

    Args:
        dimensions: D, of an embedding.
        chi_squared: weigh (f1 - f2)^2 / (|f1| + |f2|), else |f1 - f2|. The features of DeepFace
            are not negative; ours are signed, so the sum below has absolute values, as in
            ``mien.matching.pair_features``.
    """

    def __init__(self, dimensions: int, *, chi_squared: bool) -> None:
        super().__init__()
        self.chi_squared = chi_squared
        self.alpha = nn.Parameter(torch.full((dimensions,), START_WEIGHT))
        self.bias = nn.Parameter(torch.tensor(dimensions**0.5))  # about where half may be the same

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Log-odds of the same person, ``(N,)``, of two ``(N, D)`` of unit length."""
        difference = (first - second).abs()
        if self.chi_squared:
            total = first.abs() + second.abs()
            difference = difference**2 / total.clamp(min=1e-12)
        odds: Tensor = difference @ self.alpha + self.bias
        return odds


class SiameseLoss(nn.Module):
    """Binary cross entropy over all pairs of a batch.

    One person's pairs and two people's weigh the same in all, however many there are of each.
    """

    def __init__(self, layer: PairLayer) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, embeddings: Tensor, targets: Tensor, _: object = None) -> Tensor:
        """The loss of a batch; 0 where it has no pair of a kind.

        Args:
            embeddings: ``(N, D)`` of unit length.
            targets: ``(N,) int64``.
        """
        first, second = torch.triu_indices(len(targets), len(targets), 1, device=targets.device)
        same = targets[first] == targets[second]
        if bool(same.all()) or not bool(same.any()):
            return embeddings.sum() * 0.0
        odds = self.layer(embeddings[first], embeddings[second])
        kinds = [functional.softplus(-odds[same]).mean(), functional.softplus(odds[~same]).mean()]
        return (kinds[0] + kinds[1]) / 2

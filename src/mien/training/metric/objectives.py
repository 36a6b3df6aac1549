"""The losses on a batch of embeddings, their miners and their one distance.

Losses and miners are those of pytorch-metric-learning. The distance is said once, here: squared
Euclidean between unit vectors, as FaceNet (Schroff, Kalenichenko and Philbin, CVPR 2015), section
3.1, has it; 0 to 4, and 2 - 2 cos of the angle. ``docs/metric-learning.md`` holds the equations.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from pytorch_metric_learning import losses, miners
from pytorch_metric_learning.distances import LpDistance
from torch import Tensor, nn
from torch.nn import functional

from mien.training.metric.config import Objective
from mien.training.metric.pair_layer import PairLayer, SiameseLoss

ARCFACE_SCALE = 32.0
"""Enough for thousands of classes: ``mien.networks.heads`` says why."""


def squared_euclidean() -> LpDistance:
    """||a - b||_2^2 of vectors brought to unit length."""
    return LpDistance(normalize_embeddings=True, p=2, power=2)


def euclidean() -> LpDistance:
    """||a - b||_2 of vectors brought to unit length."""
    return LpDistance(normalize_embeddings=True, p=2, power=1)


class HadsellLoss(losses.ContrastiveLoss):  # type: ignore[misc]
    """Of one person's pairs d^2 / 2, of two people's max(0, m - d)^2 / 2.

    Hadsell, Chopra and LeCun, "Dimensionality reduction by learning an invariant mapping" (CVPR
    2006), equation 4. The library's own is linear in the distance; its reduction is kept: the mean
    over each kind's pairs that cost something.
    """

    def pos_calc(self, pos_pair_dist: Tensor, margin: float) -> Tensor:
        return 0.5 * functional.relu(pos_pair_dist - margin) ** 2

    def neg_calc(self, neg_pair_dist: Tensor, margin: float) -> Tensor:
        return 0.5 * functional.relu(margin - neg_pair_dist) ** 2


class BatchLoss(nn.Module):
    """A loss with its miner.

    Attributes:
        loss: of pytorch-metric-learning, or ours for pairs; with weights where it has classes.
        miner: or None, where everything in the batch counts.

    Args:
        objective: what is wanted.
        classes: how many people are learned from.
        dimensions: of the embedding.
    """

    def __init__(self, objective: Objective, classes: int, dimensions: int) -> None:
        super().__init__()
        self.loss: Any = _loss(objective, classes, dimensions)
        self.miner: Any = _miner(objective)

    def forward(self, embeddings: Tensor, targets: Tensor) -> Tensor:
        """The loss of a batch; 0, with a gradient of 0, where there is nothing to learn from.

        Args:
            embeddings: ``(N, D)`` of unit length.
            targets: ``(N,) int64``, whose each is.
        """
        chosen = None if self.miner is None else self.miner(embeddings, targets)
        if chosen is not None and not len(chosen[0]):
            return embeddings.sum() * 0.0
        value: Tensor = self.loss(embeddings, targets, chosen)
        return value

    @property
    def pair_layer(self) -> PairLayer | None:
        """What stands on two embeddings, where the loss has such a layer."""
        return self.loss.layer if isinstance(self.loss, SiameseLoss) else None

    @torch.no_grad()
    def initialise(self, embeddings: Tensor, targets: Tensor) -> None:
        """Class vectors start at the mean of their photos' embeddings."""
        weights = getattr(self.loss, "W", None)
        if weights is not None:  # (D, C)
            classes = range(weights.shape[1])
            means = torch.stack([embeddings[targets == one].mean(dim=0) for one in classes])
            weights.copy_(functional.normalize(means).T)


def _loss(objective: Objective, classes: int, dimensions: int) -> Any:
    margin = objective.chosen_margin
    if objective.loss == "triplet":
        return losses.TripletMarginLoss(margin=margin, distance=squared_euclidean())
    if objective.loss == "contrastive":
        return HadsellLoss(pos_margin=0.0, neg_margin=margin, distance=euclidean())
    if objective.loss == "arcface":
        degrees = math.degrees(margin)
        return losses.ArcFaceLoss(classes, dimensions, margin=degrees, scale=ARCFACE_SCALE)
    if objective.loss == "multi-similarity":
        return losses.MultiSimilarityLoss(alpha=2, beta=50, base=0.5)
    return SiameseLoss(PairLayer(dimensions, chi_squared=objective.loss == "siamese-chi2"))


def _miner(objective: Objective) -> Any:
    """Semi-hard: FaceNet's equation 4. Hard: the farthest positive, the nearest negative of each
    anchor in the batch (FaceNet, section 3.2; Hermans, Beyer and Leibe, "In defense of the triplet
    loss for person re-identification", 2017, section 2).
    """
    if objective.chosen_miner == "semihard":
        return miners.TripletMarginMiner(
            margin=objective.counted_margin,
            type_of_triplets="semihard",
            distance=squared_euclidean(),
        )
    if objective.chosen_miner == "hard":
        return miners.BatchHardMiner(distance=squared_euclidean())
    return None

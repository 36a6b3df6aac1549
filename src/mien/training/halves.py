"""A backbone cut in two: the frozen blocks, which are run once, and those that learn.

The fast path keeps what the frozen half gives and trains on that; the slow path runs both halves in
every step. Both see the same numbers, so they learn the same (a test compares them).
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.networks.backbone import Backbone
from mien.networks.heads import Head


class FrozenHalf(nn.Module):
    """The frozen blocks: RGB pixels ``(N, 3, S, S)`` in 0-255 to what the learning half eats.

    Args:
        backbone: after ``freeze``.
        mirror: the mean of a picture's and its mirror image's features; only where all is frozen.
    """

    def __init__(self, backbone: Backbone, *, mirror: bool) -> None:
        super().__init__()
        self.backbone = backbone
        self.mirror = mirror

    def forward(self, pixels: Tensor) -> Tensor:
        features = self._once(pixels)
        if self.mirror:
            features = (features + self._once(pixels.flip(3))) * 0.5
        return features

    def train(self, mode: bool = True) -> Self:
        """Nothing here learns: it stays as it is in use."""
        return super().train(False)

    def _once(self, pixels: Tensor) -> Tensor:
        features = self.backbone.prepare(pixels)
        for block in list(self.backbone.body)[: self.backbone.frozen_blocks]:
            features = block(features)
        return features


class LearningHalf(nn.Module):
    """The blocks that learn; nothing where all is frozen."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*list(backbone.body)[backbone.frozen_blocks :])

    def forward(self, features: Tensor) -> Tensor:
        given: Tensor = self.blocks(features)
        return given


class SlowPath(nn.Module):
    """Both halves in every step, the frozen one without gradients."""

    def __init__(self, frozen: FrozenHalf, learning: LearningHalf) -> None:
        super().__init__()
        self.frozen = frozen
        self.learning = learning

    def forward(self, pixels: Tensor) -> Tensor:
        with torch.no_grad():
            features = self.frozen(pixels)
        given: Tensor = self.learning(features)
        return given


class WholeNetwork(nn.Module):
    """What is exported: pixels to ``embedding`` ``(N, D)`` and ``logits`` ``(N, C)``."""

    def __init__(self, frozen: FrozenHalf, learning: LearningHalf, head: Head) -> None:
        super().__init__()
        self.frozen = frozen
        self.learning = learning
        self.head = head

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        return answers(self.head, self.learning(self.frozen(pixels)))


def answers(head: Head, features: Tensor) -> tuple[Tensor, Tensor]:
    """A head's ``embedding`` and ``logits`` of features."""
    return functional.normalize(head.embedding(features)), head(features)

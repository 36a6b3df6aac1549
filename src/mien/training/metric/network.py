"""The embedder as one network: pixels in, a vector of unit length out."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from mien.networks.embedding_head import EmbeddingHead
from mien.training.halves import FrozenHalf, LearningHalf


class EmbeddingNetwork(nn.Module):
    """What is exported: RGB pixels ``(N, 3, S, S)`` in 0-255 to ``embedding`` ``(N, D)``.

    Attributes:
        mirror: whether a face's vector is the mean of its own and its mirror image's, each before
            it is brought to unit length.
    """

    def __init__(
        self, frozen: FrozenHalf, learning: LearningHalf, head: EmbeddingHead, *, mirror: bool
    ) -> None:
        super().__init__()
        self.frozen = frozen
        self.learning = learning
        self.head = head
        self.mirror = mirror

    def forward(self, pixels: Tensor) -> Tensor:
        mirrored = self.frozen(pixels.flip(3)) if self.mirror else None
        return self.of_features(self.frozen(pixels), mirrored)

    def of_features(self, features: Tensor, mirrored: Tensor | None) -> Tensor:
        """The same from what the frozen half gave for the pictures and their mirror images."""
        hidden = self.head.hidden(self.learning(features))
        if mirrored is not None:
            hidden = hidden + self.head.hidden(self.learning(mirrored))
        return functional.normalize(hidden)

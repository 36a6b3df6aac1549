"""The head of an embedder: from a backbone's features to a list of numbers, and nothing behind it.

It ends in a vector of unit length: FaceNet (Schroff, Kalenichenko and Philbin, CVPR 2015), section
3.1, lets the embedding f(x) live on the hypersphere, ||f(x)||_2 = 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.checks import check_count
from mien.networks.heads import pooled

WHITENING = 0.5
"""Of the principal axes at the start: 0 leaves their variances as they are, 1 makes them equal."""
_FLAT = 1e-4
"""Axes with less of the first one's spread hold rounding errors."""


class EmbeddingHead(nn.Module):
    """One linear layer; or none, where the backbone's vector has the wanted size already.

    Then the start is the published embedding itself.

    Attributes:
        dimensions: D, of the embedding.
        projection: the layer, or None.

    Args:
        feature_shape: ``(C, h, w)`` of an image network, which is pooled, or ``(C,)``.
        dimensions: D, at most C; None takes C.

    Raises:
        InvalidOption: more dimensions than features: a linear layer cannot add any.
    """

    def __init__(self, feature_shape: tuple[int, ...], dimensions: int | None = None) -> None:
        super().__init__()
        features = feature_shape[0]
        self.dimensions = check_count(dimensions or features, "dimensions", 2, features)
        published = len(feature_shape) == 1 and self.dimensions == features
        untouched = published or dimensions is None
        self.projection = None if untouched else nn.Linear(features, self.dimensions)

    def hidden(self, features: Tensor) -> Tensor:
        """``(N, D)``, of any length."""
        if self.projection is not None:
            given: Tensor = self.projection(pooled(features))
            return given
        return features.mean(dim=(2, 3)) if features.dim() == 4 else features

    def forward(self, features: Tensor) -> Tensor:
        """``(N, D)`` of unit length: f(x)."""
        return functional.normalize(self.hidden(features))

    @torch.no_grad()
    def initialise(self, features: Tensor) -> None:
        """Start at the features' principal axes, partly whitened, instead of at random.

        A network of pictures gives features that are all positive: they point the same way, and
        the cosine between any two is large. Their mean taken off, it says something from the start.

        Args:
            features: ``(N, ...)`` of the training photos.
        """
        if self.projection is None:
            return
        given = pooled(features)
        mean = given.mean(dim=0)
        _, scales, axes = torch.linalg.svd(given - mean, full_matrices=len(given) < given.shape[1])
        least = scales[scales > _FLAT * scales[0]]
        if not len(least):  # all the same: nothing to start from
            return
        # Axes that the training photos do not reach are weighed as the last one that they do: a row
        # of zeros would never learn, as nothing that differs would come out of it.
        spread = nn.functional.pad(scales, (0, len(axes) - len(scales))).clamp(min=least.min())
        weights = (spread**-WHITENING)[:, None] * axes
        self.projection.weight.copy_(weights[: self.dimensions])
        self.projection.bias.copy_(-self.projection.weight @ mean)

"""Heads: what stands on a backbone's features and says which person of N it is.

Each head has three things: ``logits`` for training, an ``embedding`` of unit length (the layer
before the classes), and ``centres``, the place of each class among the embeddings. A stranger is
told from a known person by the distance of the embedding from the centres
(``docs/unknown-people.md``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional

CLASSIC_UNITS = 256
CLASSIC_DROPOUT = 0.3
# Wang et al., "CosFace" (CVPR 2018), section 3.3: the scale that N classes need at least. 16 is
# enough for 1,000 people at a probability of 0.99.
SCALE = 16.0
# Deng et al., "ArcFace" (CVPR 2019), section 3: 0.5 radians, about 28.6 degrees.
MARGIN_RADIANS = 0.5


class Head(nn.Module):
    """Base of the heads.

    Attributes:
        similarity: how a face's likeness to each class is read off; see
            ``mien.matching.class_scores``.
    """

    similarity: str = "relative"

    def __init__(self, classes: int, dimensions: int) -> None:
        super().__init__()
        self.dimensions = dimensions
        self.register_buffer("class_centres", torch.zeros(classes, dimensions))

    @property
    def centres(self) -> Tensor:
        """``(C, D) float32`` of unit length: the place of each class among the embeddings."""
        return functional.normalize(self.get_buffer("class_centres"))

    def embedding(self, features: Tensor) -> Tensor:
        """``(N, D) float32`` of unit length, D being ``dimensions``."""
        return functional.normalize(self.hidden(features))

    def hidden(self, features: Tensor) -> Tensor:
        """The layer before the classes, ``(N, D)``, of any length."""
        raise NotImplementedError

    def forward(self, features: Tensor, targets: Tensor | None = None) -> Tensor:
        """Logits ``(N, C)``; ``targets`` ``(N,)`` only matter to heads with a margin."""
        raise NotImplementedError

    @torch.no_grad()
    def initialise(self, features: Tensor, targets: Tensor) -> None:
        """A better start than chance, from the training photos' features; by default none."""

    @torch.no_grad()
    def place_centres(self, features: Tensor, targets: Tensor) -> None:
        """Put each class's centre at the mean embedding of its training photos."""
        centres = self.get_buffer("class_centres")
        centres.copy_(_means(self.embedding(features), targets, len(centres)))


class LinearHead(Head):
    """Global average pooling where the feature is a map, then one linear layer."""

    def __init__(self, feature_shape: tuple[int, ...], classes: int) -> None:
        super().__init__(classes, feature_shape[0])
        self.classes = nn.Linear(feature_shape[0], classes)

    def hidden(self, features: Tensor) -> Tensor:
        return pooled(features)

    def forward(self, features: Tensor, targets: Tensor | None = None) -> Tensor:
        logits: Tensor = self.classes(self.hidden(features))
        return logits


class ClassicHead(Head):
    """The classic one: flatten, 256 units with ReLU, dropout 0.3, one linear layer.

    Source: Chollet, "Building powerful image classification models using very little data"
    (The Keras Blog, 2016), with 0.3 for its dropout of 0.5.
    """

    def __init__(self, feature_shape: tuple[int, ...], classes: int) -> None:
        super().__init__(classes, CLASSIC_UNITS)
        self.units = nn.Linear(math.prod(feature_shape), CLASSIC_UNITS)
        self.dropout = nn.Dropout(CLASSIC_DROPOUT)
        self.classes = nn.Linear(CLASSIC_UNITS, classes)

    def hidden(self, features: Tensor) -> Tensor:
        return functional.relu(self.units(even(features).flatten(1)))

    def forward(self, features: Tensor, targets: Tensor | None = None) -> Tensor:
        logits: Tensor = self.classes(self.dropout(self.hidden(features)))
        return logits


class CosineHead(Head):
    """Unit features, one unit vector for each class, their cosine times a scale.

    The class vectors start at the mean of their training photos, so that it already answers well
    before the first step. Source: NormFace (Wang et al., ACM MM 2017), section 3.
    """

    similarity = "cosine"

    def __init__(self, feature_shape: tuple[int, ...], classes: int) -> None:
        super().__init__(classes, feature_shape[0])
        self.weight = nn.Parameter(torch.randn(classes, feature_shape[0]))

    @property
    def centres(self) -> Tensor:
        return functional.normalize(self.weight.detach())

    def hidden(self, features: Tensor) -> Tensor:
        return pooled(features)

    def cosines(self, features: Tensor) -> Tensor:
        """``(N, C)``, -1 to 1."""
        return self.embedding(features) @ functional.normalize(self.weight).T

    def forward(self, features: Tensor, targets: Tensor | None = None) -> Tensor:
        return SCALE * self.cosines(features)

    @torch.no_grad()
    def initialise(self, features: Tensor, targets: Tensor) -> None:
        self.weight.copy_(_means(self.embedding(features), targets, len(self.weight)))

    @torch.no_grad()
    def place_centres(self, features: Tensor, targets: Tensor) -> None:
        """Nothing: the class vectors are the centres."""


class ArcFaceHead(CosineHead):
    """The cosine head with an angular margin in training: cos(angle + 0.5) for the true class.

    Source: Deng et al., "ArcFace" (CVPR 2019), equation 3. Where the angle and the margin exceed
    180 degrees the cosine would rise again; there its continuation is a straight line, as in the
    authors' code.
    """

    def forward(self, features: Tensor, targets: Tensor | None = None) -> Tensor:
        cosines = self.cosines(features)
        if targets is None or not self.training:
            return SCALE * cosines
        true = cosines.gather(1, targets[:, None]).clamp(-1 + 1e-6, 1 - 1e-6)
        angle = torch.acos(true)
        beyond = true - MARGIN_RADIANS * math.sin(MARGIN_RADIANS)
        wanted = torch.where(
            angle + MARGIN_RADIANS < math.pi, torch.cos(angle + MARGIN_RADIANS), beyond
        )
        return SCALE * cosines.scatter(1, targets[:, None], wanted)


HEADS: Mapping[str, Callable[[tuple[int, ...], int], Head]] = MappingProxyType(
    {
        "cosine": CosineHead,
        "arcface": ArcFaceHead,
        "linear": LinearHead,
        "classic": ClassicHead,
    }
)
"""By the name that is given as a head; each is made from a feature's shape and a class count."""


def even(features: Tensor) -> Tensor:
    """Maps as they are; vectors of faces made equally long: only their direction says who it is.

    Their length becomes the square root of the dimensions, so that one number is about 1.
    """
    if features.dim() == 4:
        return features
    return functional.normalize(features) * math.sqrt(features.shape[1])


def pooled(features: Tensor) -> Tensor:
    """``(N, C)`` of ``(N, C, h, w)`` by the mean over the places; vectors as `even` has them."""
    return features.mean(dim=(2, 3)) if features.dim() == 4 else even(features)


def _means(embeddings: Tensor, targets: Tensor, classes: int) -> Tensor:
    return torch.stack([embeddings[targets == index].mean(dim=0) for index in range(classes)])

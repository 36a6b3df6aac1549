"""Several embedders that look at the same face, their similarities added with weights.

Two networks that were trained apart make different mistakes. The cosine of two fused vectors is
the weighted mean of the parts' cosines, so thresholds, galleries and searches work as with
any other vector. Source of the idea of adding scores: Kittler, Hatef, Duin and Matas, "On
combining classifiers" (PAMI 1998), section 3.2; ``docs/accuracy.md`` says what it is worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mien.embedding.embedder import Embedder
from mien.errors import InvalidOption
from mien.models.cards import EmbedderCard
from mien.models.runtime import Plan
from mien.records import EmbeddingSpace, FloatArray, ImageArray


@dataclass(frozen=True, slots=True)
class Fusion:
    """Which embedders, and how much each counts.

    Attributes:
        parts: names of their cards.
        weights: of the parts' cosines, positive.
    """

    parts: tuple[str, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.parts) != len(self.weights) or not self.parts:
            raise InvalidOption(
                f"fusion: expected a weight for each of {self.parts}, got {self.weights}"
            )
        if not all(0.0 < weight < 1e6 for weight in self.weights):
            raise InvalidOption(f"fusion: expected positive weights, got {self.weights}")


FUSIONS: Mapping[str, Fusion] = MappingProxyType(
    {
        # dlib's cosines spread a third as wide as SFace's, so a weight of 2 is less than half of
        # the say. Logistic regression on LFW's pairs asks for 3; at low false match rates 1 to 2
        # are better, where SFace is the surer one.
        "sface+dlib-resnet": Fusion(("sface", "dlib-resnet"), (1.0, 2.0)),
    }
)
"""By the name that is given as an embedder."""


def find_fusion(name: str) -> Fusion | None:
    """The fusion of that name; of two names with a plus between them one that weighs both alike.

    None where the name is that of a single embedder.
    """
    if name in FUSIONS or "+" not in name:
        return FUSIONS.get(name)
    parts = tuple(name.split("+"))
    return Fusion(parts, (1.0,) * len(parts))


class FusedEmbedder:
    """Several embedders behind one: its vectors are the parts' vectors side by side.

    Attributes:
        parts: each with its own crop of the face.
        weights: ``(P,) float32``, of the parts' cosines; they add up to 1.
        space: what the vectors mean; it changes with the parts, their weights and the mirror.
    """

    def __init__(self, name: str, parts: Sequence[Embedder], weights: Sequence[float]) -> None:
        Fusion(tuple(part.name for part in parts), tuple(weights))  # checks the two
        self.name = name
        self.parts = tuple(parts)
        shares = np.asarray(weights, dtype=np.float64)
        self.weights = (shares / shares.sum()).astype(np.float32)
        self.space = _space(name, self.parts, weights)

    @property
    def spaces(self) -> tuple[EmbeddingSpace, ...]:
        """Of its parts."""
        return tuple(part.space for part in self.parts)

    def split(self, vectors: FloatArray) -> tuple[FloatArray, ...]:
        """The parts' unit vectors, ``(N, D)`` in each of ``spaces``, out of fused ones."""
        ends = np.cumsum([space.dimensions for space in self.spaces])[:-1]
        return tuple(
            np.asarray(part / np.linalg.norm(part, axis=1, keepdims=True), dtype=np.float32)
            for part in np.split(vectors, ends, axis=1)
        )

    @property
    def cards(self) -> tuple[EmbedderCard, ...]:
        """Of the parts."""
        return tuple(card for part in self.parts for card in part.cards)

    @property
    def crops(self) -> tuple[tuple[str, int], ...]:
        """Of the parts: the template's name and the side in pixels of each crop."""
        return tuple(crop for part in self.parts for crop in part.crops)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """How the parts' networks are run."""
        return tuple(plan for part in self.parts for plan in part.plans)

    def embed_views(self, views: Sequence[tuple[ImageArray, ...]]) -> tuple[FloatArray, FloatArray]:
        """Embed faces, each cut out once for each part.

        Args:
            views: N tuples of crops in the order of ``crops``, each ``(S, S, 3) uint8``, RGB.

        Returns:
            Unit vectors ``(N, D) float32``, D being the parts' dimensions together; and ones
            ``(N,) float32``: a fused vector has no raw length.

        Raises:
            InvalidArray, ModelInvalid: as ``Embedder.embed``.
        """
        vectors = [
            part.embed([view[index] for view in views])[0] * np.sqrt(weight)
            for index, (part, weight) in enumerate(zip(self.parts, self.weights, strict=True))
        ]
        together = np.concatenate(vectors, axis=1)
        together /= np.maximum(np.linalg.norm(together, axis=1, keepdims=True), np.float32(1e-12))
        return together, np.ones(len(views), dtype=np.float32)


def _space(name: str, parts: Sequence[Embedder], weights: Sequence[float]) -> EmbeddingSpace:
    spaces = [part.space for part in parts]
    shares = ":".join(f"{weight:g}" for weight in weights)
    hashes = "\n".join(space.sha256 for space in spaces)
    return EmbeddingSpace(
        model=name,
        sha256=hashlib.sha256(hashes.encode()).hexdigest(),
        preprocessing=" ".join([*(space.preprocessing for space in spaces), f"weights {shares}"]),
        dimensions=sum(space.dimensions for space in spaces),
    )

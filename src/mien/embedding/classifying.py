"""A trained classifier behind its predictor: uint8 crops in, unit vectors and logits out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.embedding.embedder import BATCH, Embedder
from mien.errors import ModelInvalid
from mien.models.cards import EmbedderCard
from mien.models.fitting import vectors_of
from mien.models.runtime import Arrays, Network
from mien.records import FloatArray, ImageArray

LOGITS = "logits"


class ClassifyingEmbedder(Embedder):
    """An embedder whose network has a second output: a number for each class.

    It averages no mirror images: a trained network does that itself, where it was trained so.

    Attributes:
        classes: how many.
    """

    def __init__(self, network: Network, card: EmbedderCard, classes: int) -> None:
        super().__init__(network, card)
        self.classes = classes

    def classify_views(
        self, views: Sequence[tuple[ImageArray, ...]]
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Embed and classify faces, each with its one crop.

        Returns:
            Unit vectors ``(N, D) float32``, the lengths ``(N,) float32`` that they had, and
            logits ``(N, C) float32``.

        Raises:
            InvalidArray: if a crop does not have the network's size.
            ModelInvalid: if the network returns something else.
        """
        crops = [view[0] for view in views]
        self.check_crops(crops)
        raw = [np.empty((0, self.space.dimensions), dtype=np.float32)]
        logits = [np.empty((0, self.classes), dtype=np.float32)]
        for start in range(0, len(crops), BATCH):
            for outputs, rows in self.outputs(crops[start : start + BATCH]):
                raw.append(vectors_of(outputs, self.card, rows))
                logits.append(self._logits(outputs, rows))
        vectors = np.concatenate(raw)
        norms = np.maximum(np.linalg.norm(vectors, axis=1), np.float32(1e-12))
        return vectors / norms[:, None], norms, np.concatenate(logits)

    def _logits(self, outputs: Arrays, rows: int) -> FloatArray:
        got = outputs.get(LOGITS)
        if got is None or got.shape != (rows, self.classes) or not np.isfinite(got).all():
            shape = "none" if got is None else f"shape {got.shape} or numbers that are not finite"
            raise ModelInvalid(
                f"{self.card.name}: expected logits ({rows}, {self.classes}), got {shape}"
            )
        return np.asarray(got, dtype=np.float32)

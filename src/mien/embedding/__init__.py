"""Aligned crops to unit vectors."""

from __future__ import annotations

from mien.embedding.classifying import ClassifyingEmbedder
from mien.embedding.embedder import Embedder
from mien.embedding.fusion import FUSIONS, FusedEmbedder, Fusion
from mien.embedding.loading import find_embedder_cards, load_embedder
from mien.embedding.looked import Looked, mean_look

__all__ = [
    "FUSIONS",
    "ClassifyingEmbedder",
    "Embedder",
    "FusedEmbedder",
    "Fusion",
    "Looked",
    "find_embedder_cards",
    "load_embedder",
    "mean_look",
]

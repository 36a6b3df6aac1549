"""Aligned crops to unit vectors."""

from __future__ import annotations

from mien.embedding.embedder import Embedder
from mien.embedding.fusion import FUSIONS, FusedEmbedder, Fusion
from mien.embedding.loading import find_embedder_cards, load_embedder

__all__ = [
    "FUSIONS",
    "Embedder",
    "FusedEmbedder",
    "Fusion",
    "find_embedder_cards",
    "load_embedder",
]

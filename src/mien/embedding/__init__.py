"""Aligned crops to unit vectors."""

from __future__ import annotations

from mien.embedding.embedder import Embedder
from mien.embedding.loading import find_embedder_card, load_embedder

__all__ = ["Embedder", "find_embedder_card", "load_embedder"]

"""Aligned crops to unit vectors."""

from __future__ import annotations

from mien.embedding.embedder import Embedder

__all__ = ["Embedder"]

"""Networks: what they are, where their weights come from, and how they run here."""

from __future__ import annotations

from mien.models.cards import BackboneCard, DetectorCard, EmbedderCard, ModelCard
from mien.models.catalogue import CARDS, DEFAULT_CARDS, find_card
from mien.models.engines import Engine
from mien.models.loading import RuntimeOptions, open_network
from mien.models.runtime import Network, Plan, Precision
from mien.models.store import ModelStore

__all__ = [
    "CARDS",
    "DEFAULT_CARDS",
    "BackboneCard",
    "DetectorCard",
    "EmbedderCard",
    "Engine",
    "ModelCard",
    "ModelStore",
    "Network",
    "Plan",
    "Precision",
    "RuntimeOptions",
    "find_card",
    "open_network",
]

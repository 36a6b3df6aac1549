"""Face and five points to an upright crop."""

from __future__ import annotations

from mien.alignment.similarity import similarity_transform
from mien.alignment.templates import ARCFACE_112, TEMPLATES, Template
from mien.alignment.warp import align, align_box, visible_share

__all__ = [
    "ARCFACE_112",
    "TEMPLATES",
    "Template",
    "align",
    "align_box",
    "similarity_transform",
    "visible_share",
]

"""Face and five points to an upright crop."""

from __future__ import annotations

from mien.alignment.similarity import similarity_transform
from mien.alignment.templates import ARCFACE_112, DLIB_150, TEMPLATES, Template
from mien.alignment.warp import align

__all__ = ["ARCFACE_112", "DLIB_150", "TEMPLATES", "Template", "align", "similarity_transform"]

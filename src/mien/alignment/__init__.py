"""Face and five points to an upright crop."""

from __future__ import annotations

from mien.alignment.similarity import similarity_transform
from mien.alignment.templates import (
    ARCFACE_112,
    DLIB_150,
    TEMPLATES,
    VGGFACE_224,
    Template,
    find_template,
)
from mien.alignment.warp import align, align_box, align_face, visible_share

__all__ = [
    "ARCFACE_112",
    "DLIB_150",
    "TEMPLATES",
    "VGGFACE_224",
    "Template",
    "align",
    "align_box",
    "align_face",
    "find_template",
    "similarity_transform",
    "visible_share",
]

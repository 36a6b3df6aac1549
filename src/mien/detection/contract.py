"""What every detector does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mien.records import Face, ImageArray


class Detector(Protocol):
    """Pictures in, faces out."""

    @property
    def name(self) -> str:
        """Its name in ``DETECTORS``."""
        ...

    @property
    def identity(self) -> str:
        """Everything beside the weights that its answers depend on: settings, plans of networks."""
        ...

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        """Faces of each upright ``(H, W, 3) uint8`` RGB picture, left to right."""
        ...

"""Picture to faces: one file for each detector, all behind the same contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mien.detection.loading import DETECTORS, load_detector
from mien.detection.yunet import YuNet, YuNetSettings
from mien.records import Face, ImageArray

__all__ = ["DETECTORS", "Detector", "YuNet", "YuNetSettings", "load_detector"]


class Detector(Protocol):
    """What every detector does."""

    @property
    def name(self) -> str:
        """The card's name."""
        ...

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        """Faces of each upright ``(H, W, 3) uint8`` RGB picture, left to right."""
        ...

"""What every run has in common, whatever it trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from mien.training.dataset import Dataset


class RunOptions(Protocol):
    """The part of a run's configuration that reading, cutting and keeping its work depend on."""

    @property
    def data(self) -> Path:
        """Folder of photos."""

    @property
    def out(self) -> Path:
        """Folder of the model that is made."""

    @property
    def exclude(self) -> tuple[str, ...]:
        """Patterns of what is passed over in it."""

    @property
    def detect(self) -> bool:
        """Whether faces are found first, or the photos are ready crops."""

    @property
    def detector(self) -> str:
        """That finds the faces."""

    @property
    def max_megapixels(self) -> float:
        """Larger photos are refused."""

    @property
    def cache(self) -> Path | None:
        """Folder for crops and features that later runs use again."""

    @property
    def resume(self) -> bool:
        """Go on where a run for the same model was ended."""

    def divide(self, dataset: Dataset) -> Dataset:
        """Put every photo on a side: learned from, chosen by, or measured on."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""

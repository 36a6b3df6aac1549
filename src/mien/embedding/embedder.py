"""An embedding network behind its predictor: uint8 crops in, unit vectors out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_rgb
from mien.errors import InvalidArray, ModelInvalid
from mien.models.cards import ChannelOrder, EmbedderCard
from mien.models.fitting import rows_at_once, vectors_of
from mien.models.runtime import Arrays, Network, Plan
from mien.records import EmbeddingSpace, FloatArray, ImageArray

BATCH = 16


class Embedder:
    """Vectors of faces, comparable within ``space``.

    Attributes:
        card: of the network.
        space: what the vectors mean; a mirrored embedder has a space of its own.
        mirror: whether each crop is embedded a second time, mirrored, and the two are averaged.
    """

    def __init__(self, network: Network, card: EmbedderCard, *, mirror: bool = False) -> None:
        if card.input.size_wh is None or card.input.size_wh[0] != card.input.size_wh[1]:
            raise ModelInvalid(f"{card.name}: expected a square crop, got {card.input.size_wh}")
        self._network = network
        self.card = card
        self.mirror = mirror
        self.side = card.input.size_wh[0]
        self._rows = rows_at_once(network, card)
        preprocessing = f"{card.preprocessing}+mirror" if mirror else card.preprocessing
        self.space = replace(card.space, preprocessing=preprocessing)

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def spaces(self) -> tuple[EmbeddingSpace, ...]:
        """Of its parts: its own, as it has none."""
        return (self.space,)

    def split(self, vectors: FloatArray) -> tuple[FloatArray, ...]:
        """Vectors ``(N, D)`` in each of ``spaces``."""
        return (vectors,)

    @property
    def cards(self) -> tuple[EmbedderCard, ...]:
        """Of its networks: one."""
        return (self.card,)

    @property
    def crops(self) -> tuple[tuple[str, int], ...]:
        """The template's name and the side in pixels of each crop that it looks at: one."""
        return ((self.card.template, self.side),)

    def embed_views(self, views: Sequence[tuple[ImageArray, ...]]) -> tuple[FloatArray, FloatArray]:
        """As ``embed``, for faces that were cut out once for each of ``crops``."""
        return self.embed([view[0] for view in views])

    @property
    def plans(self) -> tuple[Plan, ...]:
        """How its networks are run: one."""
        return (self._network.plan,)

    def embed(
        self, crops: NDArray[np.uint8] | Sequence[ImageArray]
    ) -> tuple[FloatArray, FloatArray]:
        """Embed aligned crops.

        Args:
            crops: ``(N, S, S, 3) uint8``, RGB, or N of ``(S, S, 3)``.

        Returns:
            Unit vectors ``(N, D) float32``, and the lengths ``(N,) float32`` that the network's
            raw vectors had.

        Raises:
            InvalidArray: if the crops do not have the network's size.
            ModelInvalid: if the network returns something other than N finite vectors of D.
        """
        self.check_crops(crops)
        raw = [np.empty((0, self.space.dimensions), dtype=np.float32)]
        raw += [
            self._vectors(crops[start : start + BATCH]) for start in range(0, len(crops), BATCH)
        ]
        together = np.concatenate(raw)
        norms = np.maximum(np.linalg.norm(together, axis=1), np.float32(1e-12))
        return together / norms[:, None], norms

    def check_crops(self, crops: NDArray[np.uint8] | Sequence[ImageArray]) -> None:
        """Refuse crops that are not ``(S, S, 3) uint8``.

        Raises:
            InvalidArray: if one is not.
        """
        for crop in crops:
            array = check_rgb(crop, "crop")
            if array.shape[:2] != (self.side, self.side):
                raise InvalidArray(
                    f"crop: expected shape ({self.side}, {self.side}, 3), got {array.shape}"
                )

    def _vectors(self, crops: NDArray[np.uint8] | Sequence[ImageArray]) -> FloatArray:
        """The raw vectors of the crops, each averaged with its mirror image if that is wanted."""
        count = len(crops)
        vectors = np.concatenate(
            [vectors_of(outputs, self.card, rows) for outputs, rows in self.outputs(crops)]
        )
        if self.mirror:
            vectors = (vectors[:count] + vectors[count:]) * np.float32(0.5)
        return vectors

    def outputs(
        self, crops: NDArray[np.uint8] | Sequence[ImageArray]
    ) -> Iterator[tuple[Arrays, int]]:
        """What the network gives, call by call, each with its number of rows.

        With ``mirror`` the rows of the crops come first, those of their mirror images after.
        """
        wanted, count = self.card.input, len(crops)
        looks = 2 * count if self.mirror else count
        blob = np.empty((looks, 3, self.side, self.side), dtype=np.float32)
        for row, crop in zip(blob[:count], crops, strict=True):
            channels = crop if wanted.channels is ChannelOrder.RGB else crop[..., ::-1]
            row[:] = channels.transpose(2, 0, 1)
        if any(wanted.mean) or wanted.std != (1.0, 1.0, 1.0):
            blob[:count] -= np.asarray(wanted.mean, dtype=np.float32)[:, None, None]
            blob[:count] /= np.asarray(wanted.std, dtype=np.float32)[:, None, None]
        blob[count:] = blob[: looks - count, :, :, ::-1]
        rows = self._rows or BATCH
        for start in range(0, looks, rows):
            part = blob[start : start + rows]
            yield self._network.run(part), len(part)

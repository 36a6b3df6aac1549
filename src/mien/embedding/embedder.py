"""An embedding network behind its predictor: uint8 crops in, unit vectors out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray, ModelInvalid
from mien.models.runtime import Network
from mien.records import EmbeddingSpace, FloatArray, ImageArray

BATCH = 32


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What happens between an aligned crop and the network.

    Attributes:
        size: side of the crop, pixels.
        channel_order: ``RGB`` or ``BGR``, as the network was trained.
        mean: subtracted from each channel, 0-255, in RGB order.
        scale: multiplied afterwards.
        template: name of the alignment template.
        version: raised whenever any step before the network changes what comes out.
    """

    size: int = 112
    channel_order: str = "RGB"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0
    template: str = "arcface-112"
    version: int = 1


class Embedder:
    """Vectors of faces, comparable within ``space``.

    Attributes:
        space: model, hash and preprocessing that the vectors belong to.
        preprocessing: what happens before the network.
        mirror: whether each crop is embedded a second time, mirrored, and the two are averaged.
    """

    def __init__(
        self,
        network: Network,
        *,
        name: str,
        sha256: str,
        dimensions: int,
        preprocessing: Preprocessing,
        mirror: bool = False,
    ) -> None:
        self._network = network
        self.preprocessing = preprocessing
        self.mirror = mirror
        recipe = f"{preprocessing.template}-v{preprocessing.version}"
        self.space = EmbeddingSpace(
            name, sha256, f"{recipe}+mirror" if mirror else recipe, dimensions
        )

    def embed(self, crops: NDArray[np.uint8] | list[ImageArray]) -> FloatArray:
        """Embed aligned crops.

        Args:
            crops: ``(N, S, S, 3) uint8``, RGB, or a list of ``(S, S, 3)``.

        Returns:
            ``(N, D) float32``, each row of unit length.

        Raises:
            InvalidArray: if the crops do not have the network's size.
            ModelInvalid: if the network returns something other than N finite vectors of D.
        """
        side = self.preprocessing.size
        for crop in crops:
            if crop.shape != (side, side, 3) or crop.dtype != np.uint8:
                raise InvalidArray(
                    f"crop: expected ({side}, {side}, 3) uint8, got {crop.shape} {crop.dtype}"
                )
        if not len(crops):
            return np.empty((0, self.space.dimensions), dtype=np.float32)
        parts = [
            self._embed_batch(list(crops[start : start + BATCH]))
            for start in range(0, len(crops), BATCH)
        ]
        return np.concatenate(parts)

    def _embed_batch(self, crops: list[ImageArray]) -> FloatArray:
        vectors = self._vectors(crops)
        if self.mirror:
            vectors = _unit(vectors + self._vectors([crop[:, ::-1] for crop in crops]))
        return vectors

    def _vectors(self, crops: list[ImageArray]) -> FloatArray:
        import cv2

        step = self.preprocessing
        blob = cv2.dnn.blobFromImages(
            [np.ascontiguousarray(crop) for crop in crops],
            scalefactor=step.scale,
            mean=step.mean if step.channel_order == "RGB" else step.mean[::-1],
            swapRB=step.channel_order == "BGR",
        )
        (raw,) = self._network.run(np.asarray(blob, dtype=np.float32)).values()
        if raw.shape != (len(crops), self.space.dimensions) or not np.isfinite(raw).all():
            raise ModelInvalid(
                f"{self.space.model}: expected {len(crops)} finite vectors of "
                f"{self.space.dimensions}, got shape {raw.shape}"
            )
        return _unit(raw)


def _unit(vectors: FloatArray) -> FloatArray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)

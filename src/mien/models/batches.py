"""What goes into a network at once: checked before, and named when the runtime refuses it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray


def check_batch(batch: NDArray[Any], shape: tuple[int | None, ...]) -> None:
    """A float32, C-contiguous batch of the network's shape, where None is any size but zero.

    Raises:
        InvalidArray: if it is not.
    """
    fits = len(batch.shape) == len(shape) and all(
        size > 0 and expected in (None, size)
        for size, expected in zip(batch.shape, shape, strict=True)
    )
    if not fits or batch.dtype != np.float32 or not batch.flags.c_contiguous:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise InvalidArray(
            f"batch: expected contiguous float32 of shape ({wanted}), "
            f"got {batch.dtype} of shape {batch.shape}"
        )


def does_not_fit(batch: NDArray[Any], error: Exception) -> InvalidArray:
    """The error for a batch that the runtime could not compute, with the runtime's last word."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
    return InvalidArray(
        f"batch: expected a shape that the network can compute, got {batch.shape}: {reason}"
    )

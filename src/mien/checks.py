"""Checks at the door: each returns what it checked, or says what was expected and what came."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray, InvalidEmbedding, InvalidOption

MINIMUM_NORM = 1e-6
_MOST_DIGITS = 17


def check_rgb(array: Any, name: str = "image") -> NDArray[np.uint8]:
    """An upright picture: ``(H, W, 3) uint8``, 0-255, RGB, C-contiguous.

    Raises:
        InvalidArray: for any other shape or dtype.
    """
    if not isinstance(array, np.ndarray):
        raise InvalidArray(f"{name}: expected a numpy array, got {type(array).__name__}")
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise InvalidArray(f"{name}: expected shape (H, W, 3), got {array.shape}")
    if array.dtype != np.uint8:
        raise InvalidArray(f"{name}: expected dtype uint8 in 0-255, got {array.dtype}")
    return np.ascontiguousarray(array)


def check_vectors(array: Any, dimensions: int, name: str = "embedding") -> NDArray[np.float32]:
    """Vectors as ``(N, dimensions) float32`` of unit length; a single vector becomes one row.

    Raises:
        InvalidEmbedding: for another length, a NaN, an infinity, or a norm below 1e-6.
    """
    try:
        vectors = np.asarray(array)
        if not np.iscomplexobj(vectors):  # numpy drops an imaginary part with a mere warning
            vectors = np.asarray(vectors, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidEmbedding(f"{name}: expected numbers, got {type(array).__name__}") from error
    if np.iscomplexobj(vectors):
        raise InvalidEmbedding(f"{name}: expected real numbers, got complex ones")
    if vectors.ndim == 1:
        vectors = vectors[None]
    if vectors.ndim != 2 or vectors.shape[1] != dimensions:
        raise InvalidEmbedding(
            f"{name}: expected {dimensions} numbers a vector, got shape {np.shape(array)}"
        )
    if not np.isfinite(vectors).all():
        raise InvalidEmbedding(f"{name}: expected finite numbers, got NaN or infinity")
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not ((norms >= MINIMUM_NORM) & np.isfinite(norms)).all():
        raise InvalidEmbedding(
            f"{name}: expected a length between {MINIMUM_NORM:g} and the largest number, "
            f"got {norms.min():.1e}"
        )
    return np.asarray(vectors / norms, dtype=np.float32)


def check_fraction(value: Any, name: str, low: float = 0.0, high: float = 1.0) -> float:
    """A finite number in ``[low, high]``.

    Raises:
        InvalidOption: if it is not.
    """
    try:
        number = float(value)
    except OverflowError as error:
        raise InvalidOption(f"{name}: expected {low:g} to {high:g}, got a huge number") from error
    except (TypeError, ValueError) as error:
        raise InvalidOption(f"{name}: expected a number, got {value!r}") from error
    if not math.isfinite(number) or not low <= number <= high:
        raise InvalidOption(f"{name}: expected {low:g} to {high:g}, got {value!r}")
    return number


def check_count(value: Any, name: str, low: int = 1, high: int = 1_000_000) -> int:
    """A whole number in ``[low, high]``.

    Raises:
        InvalidOption: if it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InvalidOption(f"{name}: expected a whole number, got {value!r}")
    if not low <= value <= high:
        raise InvalidOption(f"{name}: expected {low} to {high:,}, got {value:,}")
    return int(value)


def digits_apart(value: float, limit: float, digits: int) -> int:
    """So many decimal places, ``digits`` or more, that two different numbers look different.

    What differs beyond all decimal places is given the most that say anything of such a number.
    """
    while digits < _MOST_DIGITS and value != limit and round(value, digits) == round(limit, digits):
        digits += 1
    return digits


def told_apart(value: float, limit: float, digits: int) -> tuple[str, str]:
    """A number and what it is held against, as texts that differ where the numbers do.

    >>> told_apart(0.7961, 0.8, 1), told_apart(0.5, 0.8, 1)
    (('0.796', '0.800'), ('0.5', '0.8'))
    """
    places = digits_apart(value, limit, digits)
    return f"{value:,.{places}f}", f"{limit:,.{places}f}"

"""Where a face is: a box and five points, in pixels of the upright picture.

x runs to the right, y down, as floats; the origin is the upper left corner of the upper left pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle: two corners, pixels, ``x1 < x2`` and ``y1 < y2``."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return (self.x1, self.y1, self.x2, self.y2)

    def to_json(self) -> list[float]:
        return [round(float(value), 2) for value in self.xyxy]


class Landmarks:
    """Five points of a face.

    ``points`` is ``(5, 2) float32``, read-only, pixels, x then y, in the order
    subject's right eye, left eye, nose tip, right mouth corner, left mouth corner.
    """

    __slots__ = ("points",)
    points: NDArray[np.float32]

    def __init__(self, points: Any) -> None:
        array = np.array(points, dtype=np.float32)
        if array.shape != (5, 2):
            raise ValueError(f"expected five points as (5, 2), got shape {array.shape}")
        array.setflags(write=False)
        object.__setattr__(self, "points", array)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Landmarks are frozen")

    def __reduce__(self) -> tuple[Any, ...]:
        return (Landmarks, (self.points.tolist(),))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Landmarks) and np.array_equal(self.points, other.points)

    def __hash__(self) -> int:
        return hash(self.points.tobytes())

    def __repr__(self) -> str:
        return f"Landmarks({self.points.round(2).tolist()})"

    def to_json(self) -> list[list[float]]:
        return [[round(float(x), 2), round(float(y), 2)] for x, y in self.points]

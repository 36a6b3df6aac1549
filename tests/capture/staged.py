"""Frames of people whose looks are known: a portrait, stretched and sheared in many ways."""

from __future__ import annotations

import cv2
import numpy as np

SIZE_WH = (480, 360)
SHAPES = (  # stretched across, stretched along, sheared
    (1.0, 1.0, 0.0),
    (0.8, 1.0, 0.0),
    (0.65, 1.0, 0.0),
    (1.0, 0.7, 0.0),
    (1.0, 1.0, 0.25),
    (1.0, 1.0, -0.25),
    (0.8, 1.0, 0.25),
)


def frame(
    portrait: np.ndarray, shape: tuple[float, float, float] = SHAPES[0], x: int = 240
) -> np.ndarray:
    """A portrait in the middle of a grey frame, or at another place."""
    height, width = portrait.shape[:2]
    scale = SIZE_WH[1] / max(height, width)
    across, along, shear = shape
    move = np.array([[scale * across, scale * shear, 0.0], [0.0, scale * along, 0.0]])
    move[:, 2] = np.array([x, SIZE_WH[1] / 2]) - move @ np.array([width / 2, height / 2, 1.0])
    made = cv2.warpAffine(portrait, move, SIZE_WH, flags=cv2.INTER_AREA, borderValue=(90,) * 3)
    return np.asarray(made, np.uint8)


def side_by_side(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Two portraits in one frame."""
    half = SIZE_WH[0] // 2
    joined = frame(left, x=half // 2)
    joined[:, half:] = frame(right, x=half + half // 2)[:, half:]
    return joined

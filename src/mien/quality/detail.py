"""What hides a face, and what drowns it: no detail at the eyes or the mouth, and noise everywhere.

An eye is never as smooth as skin, however soft or dark the photo; dark glasses, a bar or a hand
are. Both are measured on the aligned crop of 112 pixels, where the points have their places.
"""

from __future__ import annotations

import math

import numpy as np

from mien.records import ImageArray

# Middle and half size of the windows around the two eyes and the mouth, pixels: (x, y, w, h).
EYES = ((38, 52, 9, 6), (74, 52, 9, 6))
MOUTH = (56, 92, 14, 6)
FACE = (slice(20, 100), slice(20, 92))
SECOND = np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]], np.float32)  # derivative, along a row
SLANTED = np.array([[1, 0, 0], [0, -2, 0], [0, 0, 1]], np.float32) / 2
DIRECTIONS = (SECOND, SECOND.T, SLANTED, SLANTED[:, ::-1])
GRAIN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def measure_detail(crop: ImageArray) -> dict[str, float]:
    """Detail at the eyes and the mouth, and noise, of an aligned crop, ``(112, 112, 3) uint8``.

    Returns:
        ``eye_detail`` and ``mouth_detail``: the standard deviation of the grey there, after a
        slight blur, as a share of that of the face; of the two eyes the lower one.
        ``smear``: the detail along the direction that has the least, as sharpness counts it, times
        its share of that along the direction that has the most: what moves is smeared along its
        way and stays sharp across it.
        ``noise``: standard deviation of the noise, in grey levels (Immerkaer, "Fast Noise Variance
        Estimation", Computer Vision and Image Understanding 1996).
    """
    import cv2

    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(grey[FACE]))

    def spread(x: int, y: int, w: int, h: int) -> float:
        window = soft[y - h : y + h + 1, x - w : x + w + 1]
        return float(cv2.meanStdDev(window)[1][0, 0]) / (1.0 + deviation)

    grain = np.abs(cv2.filter2D(grey, cv2.CV_32F, GRAIN)[FACE])
    along = [
        float(cv2.meanStdDev(cv2.filter2D(grey, cv2.CV_32F, way)[FACE])[1][0, 0])
        for way in DIRECTIONS
    ]
    least, most = min(along), max(along)
    light = math.sqrt(mean * deviation)
    return {
        "smear": 100.0 * least * least / (most * light) if most * light > 0 else 0.0,
        "eye_detail": min(spread(*eye) for eye in EYES),
        "mouth_detail": spread(*MOUTH),
        "noise": math.sqrt(math.pi / 2) / 6 * float(grain.mean()),
    }

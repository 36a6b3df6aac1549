"""Where a face will be: a Kalman filter of its box, in seconds instead of frames.

The state is the box's centre, its height, and their speeds; the acceleration is white noise
(Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001,
section 6.3.2). All noise grows with the face: a face twice as large is twice as near and moves
twice as many pixels. The box's shape is not filtered; it follows the last detection.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.records import Box

Vector = NDArray[np.float64]

# In heights of the face: of the detector's box, then of heads, per second and per second squared.
_CENTRE_ERROR, _HEIGHT_ERROR = 0.06, 0.08
_FIRST_SPEED, _FIRST_GROWTH = 2.0, 0.5
_ACCELERATION, _GROWTH_CHANGE = 6.0, 1.5


class Motion:
    """The filter of one track.

    Args:
        box: of its first detection.
        time_s: of that detection.
    """

    def __init__(self, box: Box, time_s: float) -> None:
        measured = _measurement(box)
        height = measured[2]
        self._state = np.concatenate([measured, np.zeros(3)])
        errors = np.array([_CENTRE_ERROR, _CENTRE_ERROR, _HEIGHT_ERROR])
        speeds = np.array([_FIRST_SPEED, _FIRST_SPEED, _FIRST_GROWTH])
        self._covariance = np.diag(np.square(np.concatenate([errors, speeds]) * height))
        self._aspect = box.width / box.height
        self.time_s = time_s

    @property
    def height(self) -> float:
        """Of the face, pixels, at the last detection."""
        return float(self._state[2])

    def predict(self, time_s: float) -> tuple[Vector, NDArray[np.float64]]:
        """Centre x, centre y and height at a time, ``(3,)``, and their covariance ``(3, 3)``."""
        state, covariance = self._at(time_s)
        return state[:3], covariance[:3, :3]

    def box_at(self, time_s: float) -> Box:
        """Where the face is expected."""
        return self._box(self._at(time_s)[0])

    def distance(self, box: Box, time_s: float) -> tuple[float, float]:
        """How far a detection is from what is expected.

        Returns:
            The squared Mahalanobis distance, and the distance of the centres in face heights.
        """
        state, covariance = self._at(time_s)
        off = _measurement(box) - state[:3]
        spread = covariance[:3, :3] + self._measurement_noise(state[2])
        squared = float(off @ np.linalg.solve(spread, off))
        return squared, float(np.hypot(off[0], off[1]) / max(1.0, state[2]))

    def update(self, box: Box, time_s: float) -> None:
        """The face was detected here."""
        state, covariance = self._at(time_s)
        noise = self._measurement_noise(state[2])
        gain = np.linalg.solve(covariance[:3, :3] + noise, covariance[:3]).T
        self._state = state + gain @ (_measurement(box) - state[:3])
        self._state[2] = max(1.0, self._state[2])
        kept = np.eye(6)
        kept[:, :3] -= gain
        # Joseph's form stays symmetric and positive whatever is rounded.
        self._covariance = kept @ covariance @ kept.T + gain @ noise @ gain.T
        self._aspect = box.width / box.height
        self.time_s = time_s

    def _at(self, time_s: float) -> tuple[Vector, NDArray[np.float64]]:
        step = max(0.0, time_s - self.time_s)
        move = np.eye(6)
        move[:3, 3:] = step * np.eye(3)
        height = max(1.0, float(self._state[2]))
        pushes = np.square(np.array([_ACCELERATION, _ACCELERATION, _GROWTH_CHANGE]) * height)
        noise = np.zeros((6, 6))
        noise[:3, :3] = np.diag(pushes * step**4 / 4.0)
        noise[:3, 3:] = noise[3:, :3] = np.diag(pushes * step**3 / 2.0)
        noise[3:, 3:] = np.diag(pushes * step**2)
        state = move @ self._state
        state[2] = min(max(state[2], 0.5 * height), 2.0 * height)
        return state, move @ self._covariance @ move.T + noise

    def _measurement_noise(self, height: float) -> NDArray[np.float64]:
        errors = np.array([_CENTRE_ERROR, _CENTRE_ERROR, _HEIGHT_ERROR])
        return np.diag(np.square(errors * max(1.0, height)))

    def _box(self, state: Vector) -> Box:
        x, y, height = (float(value) for value in state[:3])
        half_width, half_height = max(0.5, self._aspect * height / 2), max(0.5, height / 2)
        return Box(x - half_width, y - half_height, x + half_width, y + half_height)


def _measurement(box: Box) -> Vector:
    return np.array([(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2, max(1.0, box.height)])


def between(first: Box, second: Box, share: float) -> Box:
    """The box that lies this share of the way from the first to the second."""
    mixed = [a + share * (b - a) for a, b in zip(first.xyxy, second.xyxy, strict=True)]
    return Box(*mixed)

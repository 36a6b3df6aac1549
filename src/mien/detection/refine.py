"""The five points of another detector's faces, seen once more by MTCNN's last network.

Embedders were trained on faces that MTCNN aligned. YuNet's points come from a grid of cells and
scatter more; O-Net looks at the face alone, at 48 pixels, and costs a fraction of a millisecond.
``docs/accuracy.md`` says what that is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mien.checks import check_rgb
from mien.detection.contract import Detector
from mien.detection.mtcnn import look_at_crops
from mien.detection.patches import square_patch
from mien.models.runtime import Network
from mien.records import Face, FloatArray, ImageArray, Landmarks

SIDE = 48  # of O-Net's input, pixels
LOWEST_SCORE = 0.5  # below it O-Net sees no face, and its points mean nothing
FARTHEST = 0.25  # of the box's longer side: points that move more on the mean are not believed
MOST_ROLLED = 0.7  # radians: O-Net knows upright faces


class RefinedPoints:
    """A detector with better points: its boxes, scores and order stay.

    Attributes:
        detector: finds the faces.
    """

    def __init__(self, detector: Detector, output_network: Network) -> None:
        self.detector = detector
        self._network = output_network

    @property
    def name(self) -> str:
        return self.detector.name

    @property
    def identity(self) -> str:
        return f"{self.detector.identity}; points: {self._network.plan}"

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        """Find the faces of each picture, left to right; see the detector."""
        pictures = [check_rgb(image) for image in images]
        found = self.detector.detect(pictures)
        patches, places = [], []
        for picture, faces in zip(pictures, found, strict=True):
            for face in faces:
                box = np.asarray(face.box.xyxy, dtype=np.float32)
                patch, corner, scale = square_patch(picture, box, SIDE, 1.0)
                patches.append(patch)
                places.append((corner, scale * SIDE))
        looks = iter(zip(*look_at_crops(self._network, patches), places, strict=True))
        return [tuple(_refined(face, *next(looks)) for face in faces) for faces in found]


def _refined(face: Face, score: float, points: FloatArray, place: tuple[FloatArray, float]) -> Face:
    corner, side = place
    seen = corner + points * np.float32(side)
    if face.landmarks is None:
        return face if score < LOWEST_SCORE else replace(face, landmarks=Landmarks(seen))
    before = face.landmarks.points
    eyes = before[1] - before[0]
    rolled = abs(float(np.arctan2(eyes[1], eyes[0])))
    moved = float(np.linalg.norm(seen - before, axis=1).mean()) / side
    if score < LOWEST_SCORE or rolled > MOST_ROLLED or moved > FARTHEST:
        return face
    return replace(face, landmarks=Landmarks(seen))

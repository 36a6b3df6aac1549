"""Five points for the faces of a detector that gives none: another one looks inside the box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mien.checks import check_rgb
from mien.detection.contract import Detector
from mien.detection.patches import Patch, square_patch
from mien.records import Face, FloatArray, ImageArray, Landmarks

SIDE = 160  # of one look, pixels
FILL = 0.5  # of it is the box's longer side


class WithPoints:
    """A detector whose faces get their five points from another detector.

    The first one decides where faces are: its boxes and scores stay. A face without points is cut
    out with as much again around it, and the second detector's best face in the middle of that
    gives the points. Where it finds none there, the face keeps None.

    Attributes:
        detector: finds the faces.
        points_from: gives the points.
    """

    def __init__(self, detector: Detector, points_from: Detector) -> None:
        self.detector = detector
        self.points_from = points_from

    @property
    def name(self) -> str:
        return self.detector.name

    @property
    def identity(self) -> str:
        return f"{self.detector.identity}; points: {self.points_from.identity}"

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        """Find the faces of each picture, left to right; see the two detectors."""
        pictures = [check_rgb(image) for image in images]
        found = self.detector.detect(pictures)
        patches: list[Patch] = []
        for picture, faces in zip(pictures, found, strict=True):
            for face in faces:
                if face.landmarks is None:
                    box = np.asarray(face.box.xyxy, dtype=np.float32)
                    patches.append(square_patch(picture, box, SIDE, FILL))
        seen = self.points_from.detect([patch.image for patch in patches])
        looks = iter(zip(seen, patches, strict=True))
        return [
            tuple(
                face if face.landmarks is not None else _with_points(face, *next(looks))
                for face in faces
            )
            for faces in found
        ]


def _with_points(face: Face, seen: tuple[Face, ...], patch: Patch) -> Face:
    points = _middle_points(seen)
    if points is None:
        return face
    return replace(face, landmarks=Landmarks(patch.to_picture(points)))


def _middle_points(seen: tuple[Face, ...]) -> FloatArray | None:
    """The points of the best face whose middle lies in the middle quarter of a look."""
    near = [
        face
        for face in seen
        if face.landmarks is not None
        and abs(face.box.x1 + face.box.x2 - SIDE) < SIDE / 2
        and abs(face.box.y1 + face.box.y2 - SIDE) < SIDE / 2
    ]
    if not near:
        return None
    best = max(near, key=lambda face: face.score)
    return None if best.landmarks is None else best.landmarks.points

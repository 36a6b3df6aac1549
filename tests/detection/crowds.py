"""Pictures with many small faces whose places are known, on the texture of real photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mien.detection import Detector
from mien.records import Face

PORTRAITS = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png")
SCENES = ("coffee.png", "chelsea.png")
AROUND = 0.4  # of a face, shown on each side of it

Pictures = Callable[[str], np.ndarray]


@dataclass(frozen=True)
class Place:
    """Where a face was put: its box, and who it is."""

    box: tuple[float, float, float, float]
    name: str


class Faces:
    """The faces of the sample portraits, to be put into pictures at any size."""

    def __init__(self, detector: Detector, picture: Pictures) -> None:
        self._cuts = {name: _cut(detector, picture(name)) for name in PORTRAITS}

    def put(self, photo: np.ndarray, width: float, middle: tuple[float, float], name: str) -> Place:
        """Put the face of a portrait into a picture, so many pixels wide."""
        cut, (x1, y1, x2, y2) = self._cuts[name]
        scale = width / (x2 - x1)
        size = (round(cut.shape[1] * scale), round(cut.shape[0] * scale))
        small = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
        left = round(middle[0] - scale * (x1 + x2) / 2)
        top = round(middle[1] - scale * (y1 + y2) / 2)
        photo[top : top + size[1], left : left + size[0]] = small
        box = (left + scale * x1, top + scale * y1, left + scale * x2, top + scale * y2)
        return Place(box, name)

    def crowd(
        self, photo: np.ndarray, count: int, widths: tuple[int, int], rng: np.random.Generator
    ) -> list[Place]:
        """Put so many faces into a picture, anywhere, none over another."""
        height, width = photo.shape[:2]
        cell = 3 * widths[1]
        columns, rows = width // cell, height // cell
        places = []
        for number in rng.permutation(columns * rows)[:count]:
            free = cell - 2.2 * widths[1]
            x = (number % columns) * cell + cell / 2 + rng.uniform(-0.5, 0.5) * free
            y = (number // columns) * cell + cell / 2 + rng.uniform(-0.5, 0.5) * free
            name = PORTRAITS[rng.integers(len(PORTRAITS))]
            places.append(self.put(photo, rng.uniform(*widths), (x, y), name))
        return places


def texture(width: int, height: int, picture: Pictures, rng: np.random.Generator) -> np.ndarray:
    """A cup, a table and a cat, over and over, at several sizes."""
    photo = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, 500):
        left = 0
        while left < width:
            scene = picture(SCENES[rng.integers(len(SCENES))])
            scale = rng.uniform(1.0, 2.5) * 500 / scene.shape[0]
            part = cv2.resize(scene, None, fx=scale, fy=scale)[: height - top, : width - left][:500]
            photo[top : top + part.shape[0], left : left + part.shape[1]] = part
            left += part.shape[1]
    return photo


def found_once(faces: Sequence[Face], places: Sequence[Place]) -> tuple[int, int]:
    """How many places hold exactly one face with nearly their box, and how many faces are left."""
    boxes = np.array([face.box.xyxy for face in faces], dtype=np.float64).reshape(-1, 4)
    taken = np.zeros(len(boxes), dtype=bool)
    once = 0
    for place in places:
        near = _overlaps(np.array(place.box), boxes) > 0
        once += int(near.sum() == 1 and _overlaps(np.array(place.box), boxes).max() > 0.5)
        taken |= near
    return once, int((~taken).sum())


def _overlaps(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    shared = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    both = shared.clip(min=0).prod(axis=1)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod() - both
    return np.asarray(both / area)


def _cut(detector: Detector, photo: np.ndarray) -> tuple[np.ndarray, tuple[float, ...]]:
    """A portrait's face with some surroundings, and its box in these."""
    (faces,) = detector.detect([photo])
    box = max(faces, key=lambda face: face.box.area).box
    dx, dy = AROUND * box.width, AROUND * box.height
    left, top = max(0, round(box.x1 - dx)), max(0, round(box.y1 - dy))
    right, bottom = round(box.x2 + dx), round(box.y2 + dy)
    inside = (box.x1 - left, box.y1 - top, box.x2 - left, box.y2 - top)
    return photo[top:bottom, left:right], inside

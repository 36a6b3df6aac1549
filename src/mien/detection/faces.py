"""From a detector's arrays to the records that it hands out, and where these lie."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from mien.detection.decode import RawFaces, intersection_over_union
from mien.records import Box, Face, FloatArray, Landmarks, Photo

SAME_FACE = 0.4  # intersection over union: boxes of two looks at one face


def face_records(
    faces: RawFaces, shape: tuple[int, ...], *, points: bool = True
) -> tuple[Face, ...]:
    """As :func:`arranged`, of arrays.

    Args:
        faces: of one picture, in its pixels.
        shape: of the picture, height first.
        points: whether the five points mean anything.
    """
    rows = zip(faces.boxes.tolist(), faces.scores.tolist(), faces.points, strict=True)
    return arranged(
        (Face(Box(*box), score, Landmarks(five) if points else None) for box, score, five in rows),
        shape,
    )


def moved(face: Face, scale: float, offset_xy: tuple[float, float] = (0.0, 0.0)) -> Face:
    """The face in pixels of another size and origin: scaled, then shifted."""
    x, y = offset_xy
    box, shift = face.box, np.array([x, y], np.float32)
    corners = (scale * box.x1 + x, scale * box.y1 + y, scale * box.x2 + x, scale * box.y2 + y)
    points, second = (
        None if five is None else Landmarks(five.points * np.float32(scale) + shift)
        for five in (face.landmarks, face.second_landmarks)
    )
    return replace(face, box=Box(*corners), landmarks=points, second_landmarks=second)


def in_file(face: Face, photo: Photo) -> Face:
    """A face in the pixels of its photo's file, found where these were shrunk."""
    if photo.shrunk == 1:
        return face
    whole = moved(face, photo.shrunk)
    x1, y1, x2, y2 = whole.box.xyxy  # the shrunk sides were rounded up
    box = Box(x1, y1, min(x2, float(photo.width)), min(y2, float(photo.height)))
    return replace(whole, box=box)


def distance_from_centre(face: Face, photo: Photo) -> float:
    """Pixels from the box's middle to the photo's: what the most central face is told by."""
    x = (face.box.x1 + face.box.x2 - photo.width) / 2
    y = (face.box.y1 + face.box.y2 - photo.height) / 2
    return math.hypot(x, y)


def arranged(faces: Iterable[Face], shape: tuple[int, ...]) -> tuple[Face, ...]:
    """Faces left to right, then top to bottom, with boxes clipped to the picture.

    A box that lies wholly outside is no face of this picture. Points are not clipped.
    """
    height, width = shape[:2]
    inside = []
    for face in faces:
        x1, x2 = (min(max(x, 0.0), float(width)) for x in (face.box.x1, face.box.x2))
        y1, y2 = (min(max(y, 0.0), float(height)) for y in (face.box.y1, face.box.y2))
        if x2 > x1 and y2 > y1:
            inside.append(replace(face, box=Box(x1, y1, x2, y2)))
    return tuple(sorted(inside, key=lambda face: (face.box.x1, face.box.y1)))


def distinct(faces: Iterable[Face]) -> list[Face]:
    """Each face once, the surest first: of boxes that overlap the surest."""
    kept: list[Face] = []
    boxes = np.empty((0, 4), np.float32)
    for face in sorted(faces, key=lambda one: -one.score):
        box = np.asarray(face.box.xyxy, dtype=np.float32)
        if not (intersection_over_union(box, boxes) > SAME_FACE).any() and not _is_part(box, boxes):
            kept.append(face)
            boxes = np.concatenate([boxes, box[None]])
    return kept


def _is_part(box: FloatArray, others: FloatArray) -> bool:
    """Whether a box lies mostly inside one that is not much larger: a part of the same face."""
    shared_wh = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = shared_wh.clip(min=0).prod(axis=1)
    area, areas = (box[2:] - box[:2]).prod(), (others[:, 2:] - others[:, :2]).prod(axis=1)
    return bool(((shared > 0.65 * area) & (area > 0.2 * areas)).any())


def roll_of(points: FloatArray) -> float:
    """The roll of a face, degrees clockwise, from its eyes and mouth: -180 to 180."""
    across = points[1] - points[0] + points[4] - points[3]
    down = points[3] + points[4] - points[0] - points[1]
    return float(np.degrees(np.arctan2(across[1] - down[0], across[0] + down[1])))

"""From a detector's arrays to the records that it hands out, and where these lie."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mien.detection.decode import RawFaces
from mien.records import Box, Face, Landmarks, Photo


def face_records(
    faces: RawFaces, shape: tuple[int, ...], *, points: bool = True
) -> tuple[Face, ...]:
    """Faces left to right, then top to bottom, with boxes clipped to the picture.

    A box that lies wholly outside is no face of this picture. Points are not clipped.

    Args:
        faces: of one picture, in its pixels.
        shape: of the picture, height first.
        points: whether the five points mean anything.
    """
    height, width = shape[:2]
    boxes = faces.boxes.copy()
    boxes[:, 0::2] = boxes[:, 0::2].clip(0, width)
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, height)
    visible = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    order = [index for index in np.lexsort((boxes[:, 1], boxes[:, 0])) if visible[index]]
    return tuple(
        Face(
            Box(*(float(value) for value in boxes[index])),
            float(faces.scores[index]),
            Landmarks(faces.points[index]) if points else None,
        )
        for index in order
    )


def moved(face: Face, scale: float, offset_xy: tuple[float, float] = (0.0, 0.0)) -> Face:
    """The face in pixels of another size and origin: scaled, then shifted."""
    x, y = offset_xy
    box, points = face.box, face.landmarks
    corners = (scale * box.x1 + x, scale * box.y1 + y, scale * box.x2 + x, scale * box.y2 + y)
    if points is not None:
        points = Landmarks(points.points * np.float32(scale) + np.array([x, y], np.float32))
    return Face(Box(*corners), face.score, points)


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

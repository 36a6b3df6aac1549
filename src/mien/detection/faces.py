"""From a detector's arrays to the records that it hands out."""

from __future__ import annotations

import numpy as np

from mien.detection.decode import RawFaces
from mien.records import Box, Face, Landmarks


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

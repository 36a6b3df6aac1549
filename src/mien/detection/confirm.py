"""Weak faces are confirmed by a second look: a face is still a face when it is seen small.

Up close a dog's eyes and muzzle can pass for a face. Seen at 48 pixels, with its surroundings,
a face still scores high and a look-alike does not: ``docs/detectors.md`` has the numbers.
"""

from __future__ import annotations

import numpy as np

from mien.detection.decode import RawFaces, middle_face
from mien.detection.passes import Look, planes
from mien.detection.patches import square_patch
from mien.records import FloatArray, ImageArray

SIDE = 160  # of one look, pixels
FILL = 0.3  # of it is the face: 48 pixels


def confirm_faces(
    picture: ImageArray, faces: RawFaces, weak: float, required: float, look: Look
) -> RawFaces:
    """Drop each face below the score ``weak`` that a second look does not confirm.

    The second look is at the face 48 pixels large, upright by its points, and at its mirror
    image; what counts is the mean of the two scores.

    Args:
        picture: ``(H, W, 3) uint8``, RGB.
        faces: of this picture.
        weak: faces at or above this score need no confirmation.
        required: mean score that confirms.
        look: finds faces in a canvas, with scores down to zero or nearly so.
    """
    kept = np.ones(len(faces), dtype=np.bool_)
    for index in np.flatnonzero(faces.scores < weak):
        patch, _, _ = square_patch(picture, faces.boxes[index], SIDE, FILL)
        upright = np.rot90(patch, _quarter_turns(faces.points[index]))
        both = np.stack([planes(upright), planes(upright[:, ::-1])])
        seen = [middle_face(found, SIDE) for found in look(both.astype(np.float32, order="C"))]
        scores = [0.0 if one is None else float(one.scores[0]) for one in seen]
        kept[index] = np.mean(scores) >= required
    return faces.take(kept)


def _quarter_turns(points: FloatArray) -> int:
    """How often a picture must be turned to the left until the eyes of a face are level."""
    right_eye, left_eye = points[:2]
    across, down = (left_eye - right_eye).tolist()
    return round(float(np.degrees(np.arctan2(down, across))) / 90) % 4

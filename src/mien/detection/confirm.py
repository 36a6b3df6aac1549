"""Weak faces are confirmed by a second look: a face is still a face when it is seen small.

Up close a dog's eyes and muzzle can pass for a face. Seen at 38 pixels, with its surroundings,
a face still scores high and a look-alike does not: ``docs/detectors.md`` has the numbers.
"""

from __future__ import annotations

import math

import numpy as np

from mien.detection.decode import RawFaces, middle_face
from mien.detection.passes import Look, planes
from mien.detection.patches import square_patch
from mien.records import FloatArray, ImageArray

SIDE = 128  # of one look, pixels
FILL = 0.3  # of it is the face: 38 pixels
SURROUNDINGS = 0.25  # of the look that must lie inside the picture
BLACKED_OUT, BLOWN_OUT = 10, 250  # grey, 0-255


def confirm_faces(
    picture: ImageArray, faces: RawFaces, weak: float, required: float, look: Look
) -> RawFaces:
    """Drop each face below the score ``weak`` that a second look does not confirm.

    The second look is at the face 38 pixels large, turned upright by its eyes, and at its mirror
    image; what counts is the mean of the two scores. Two kinds of face are let through unseen,
    because the look would be unfair: one that fills the frame has no surroundings, and one whose
    greater part is black or blown out to white has nothing to see; both are matters of quality.

    Args:
        picture: ``(H, W, 3) uint8``, RGB.
        faces: of this picture.
        weak: faces at or above this score need no confirmation.
        required: mean score that confirms.
        look: finds faces in a canvas, with scores down to zero or nearly so.
    """
    kept = np.ones(len(faces), dtype=np.bool_)
    for index in np.flatnonzero(faces.scores < weak):
        patch, corner, scale = square_patch(picture, faces.boxes[index], SIDE, FILL)
        if _inside(corner, scale, picture) < SURROUNDINGS or _has_no_light(patch):
            continue
        upright = _upright(patch, faces.points[index])
        both = np.stack([planes(upright), planes(upright[:, ::-1])])
        seen = [middle_face(found, SIDE) for found in look(both.astype(np.float32, order="C"))]
        scores = [0.0 if one is None else float(one.scores[0]) for one in seen]
        kept[index] = np.mean(scores) >= required
    return faces.take(kept)


def _inside(corner: FloatArray, scale: float, picture: ImageArray) -> float:
    """How much of a patch shows the picture, 0 to 1."""
    size_wh = np.array(picture.shape[1::-1])
    seen = np.minimum(corner + SIDE * scale, size_wh) - np.maximum(corner, 0)
    return float(seen.clip(min=0).prod() / (SIDE * scale) ** 2)


def _has_no_light(patch: ImageArray) -> bool:
    """Whether more than half of the face in the patch's middle is black or white."""
    edge = round(SIDE * (1 - FILL) / 2)
    return not BLACKED_OUT <= np.median(patch[edge:-edge, edge:-edge]) < BLOWN_OUT


def _upright(patch: ImageArray, points: FloatArray) -> ImageArray:
    """The patch turned about its middle until the eyes of a face are level."""
    import cv2

    across, down = (points[1] - points[0]).tolist()
    middle = ((SIDE - 1) / 2, (SIDE - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, math.degrees(math.atan2(down, across)), 1.0)
    return np.asarray(cv2.warpAffine(patch, turn, (SIDE, SIDE)), dtype=np.uint8)

"""Weak faces are confirmed by a second look: a face is still a face when it is seen small.

Up close a dog's eyes and muzzle can pass for a face. Seen at 38 pixels, with its surroundings,
a face still scores high and a look-alike does not: ``docs/detectors.md`` has the numbers.
"""

from __future__ import annotations

import numpy as np

from mien.detection.decode import middle_face
from mien.detection.faces import roll_of
from mien.detection.passes import Look, planes
from mien.detection.patches import Patch, square_patch
from mien.records import Face, ImageArray

SIDE = 128  # of one look, pixels
FILL = 0.3  # of it is the face: 38 pixels
SURROUNDINGS = 0.25  # of the look that must lie inside the picture
BLACKED_OUT, BLOWN_OUT = 10, 250  # grey, 0-255


def is_confirmed(picture: ImageArray, face: Face, required: float, look: Look) -> bool:
    """Whether a second look confirms a weak face.

    The second look is at the face 38 pixels large, turned upright, and at its mirror image; what
    counts is the mean of the two scores. Two kinds of face are let through unseen, because the
    look would be unfair: one that fills the frame has no surroundings, and one whose greater part
    is black or blown out to white has nothing to see; both are matters of quality.

    Args:
        picture: ``(H, W, 3) uint8``, RGB.
        face: in the picture's pixels.
        required: mean score that confirms.
        look: finds faces in a canvas, with scores down to zero or nearly so.
    """
    roll = 0.0 if face.landmarks is None else roll_of(face.landmarks.points)
    patch = square_patch(picture, np.asarray(face.box.xyxy, np.float32), SIDE, FILL, roll)
    if _inside(patch, picture) < SURROUNDINGS or _has_no_light(patch.image):
        return True
    both = np.stack([planes(patch.image), planes(patch.image[:, ::-1])])
    seen = [middle_face(found, SIDE) for found in look(both.astype(np.float32, order="C"))]
    scores = [0.0 if one is None else float(one.scores[0]) for one in seen]
    return bool(np.mean(scores) >= required)


def _inside(patch: Patch, picture: ImageArray) -> float:
    """How much of a patch shows the picture, 0 to 1."""
    ticks = (np.arange(16) + 0.5) * (SIDE / 16)
    places = patch.to_picture(np.stack(np.meshgrid(ticks, ticks), axis=-1))
    return float(((places >= 0) & (places < picture.shape[1::-1])).all(axis=-1).mean())


def _has_no_light(patch: ImageArray) -> bool:
    """Whether more than half of the face in the patch's middle is black or white."""
    edge = round(SIDE * (1 - FILL) / 2)
    return not BLACKED_OUT <= np.median(patch[edge:-edge, edge:-edge]) < BLOWN_OUT

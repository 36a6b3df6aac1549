"""Faces that are not upright: found weakly and with wrong points, so looked at again, turned.

A detector trained on upright faces also finds some upside-down ones, and then puts eyes where the
mouth is: the points look upright and the crop is worthless. Such a face scores less than it does
after a turn, so each weak face is seen once more in all four quarter turns, and the best counts.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mien.detection.decode import RawFaces, concatenate, middle_face
from mien.detection.patches import square_patch
from mien.records import ImageArray

SIDE = 160  # of one look, pixels, a multiple of the detector's largest stride; the face fills half
CLEARLY = 0.02  # a turned look must beat the upright one by so much

Look = Callable[[list[ImageArray]], list[RawFaces]]


def settle_turns(picture: ImageArray, faces: RawFaces, weak: float, look: Look) -> RawFaces:
    """Replace each face below the score ``weak`` that is clearly better seen turned.

    Args:
        picture: ``(H, W, 3) uint8``.
        faces: of this picture.
        weak: faces at or above this score are upright.
        look: finds faces in ``SIDE x SIDE`` pictures.

    Returns:
        As many faces, in the same order; replaced ones with the turned look's score, and with box
        and points turned back.
    """
    settled = [faces.take(np.array([index])) for index in range(len(faces))]
    for index in np.flatnonzero(faces.scores < weak):
        patch, corner, scale = square_patch(picture, faces.boxes[index], SIDE, 0.5)
        looks = look([np.ascontiguousarray(np.rot90(patch, turns)) for turns in range(4)])
        seen = [middle_face(found, SIDE) for found in looks]
        scores = [-1.0 if one is None else float(one.scores[0]) for one in seen]
        turns = int(np.argmax(scores))
        best = seen[turns]
        upright = max(scores[0], float(faces.scores[index]))
        if turns and best is not None and scores[turns] > upright + CLEARLY:
            x, y = (-corner / scale).tolist()
            settled[index] = _turned_back(best, turns).moved(scale, (x, y))
    return concatenate(settled) if settled else faces


def _turned_back(faces: RawFaces, turns: int) -> RawFaces:
    """The same faces before ``np.rot90(patch, turns)``."""
    boxes, points = faces.boxes.reshape(-1, 2, 2), faces.points
    for _ in range(turns):
        boxes, points = (
            np.stack([SIDE - places[..., 1], places[..., 0]], axis=-1) for places in (boxes, points)
        )
    corners = np.concatenate([boxes.min(axis=1), boxes.max(axis=1)], axis=1)
    return RawFaces(corners, points, faces.scores)

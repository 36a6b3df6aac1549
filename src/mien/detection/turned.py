"""Photos that lie on their side or stand on their head, without a word of it in their EXIF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mien.detection.faces import arranged, distinct, roll_of
from mien.records import Box, Face, FloatArray, ImageArray, Landmarks

Detect = Callable[[Sequence[ImageArray]], list[tuple[Face, ...]]]
TURNS = (1, 3, 2)  # quarters; on its side is likelier than upside down
LONGEST_SIDE = 640  # pixels of the look that only asks which way up a photo is
ROLLED_DEGREES = 45.0
SEEN, SURE = 0.5, 0.9  # how upright the surest face must look: as the photo is, and turned


def find_in_turns(detect: Detect, pictures: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
    """The faces of each picture; also as it is turned by quarters, where that may show more.

    A picture without a sure face is looked at turned, reduced, until there is one. One in which
    a face was found that lies or stands on its head may itself do so, and hold more such faces.
    Either is then seen in full in that turn. Faces come back in the picture's own pixels.
    """
    found = detect(pictures)
    ways = {index: turns for index, faces in enumerate(found) if (turns := _turns_of(faces))}
    empty = [index for index, faces in enumerate(found) if not _any(faces, SEEN)]
    small = {index: _reduced(pictures[index]) for index in empty}
    for turns in TURNS:
        left = [index for index in empty if index not in ways]
        seen = detect([_turned(small[index], turns) for index in left]) if left else []
        ways |= {
            index: (turns + _turns_of(faces)) % 4
            for index, faces in zip(left, seen, strict=True)
            if _any(faces, SURE)
        }
    again = detect([_turned(pictures[index], turns) for index, turns in ways.items()])
    for (index, turns), faces in zip(ways.items(), again, strict=True):
        back = (_back(face, turns, pictures[index].shape[1::-1]) for face in faces)
        found[index] = arranged(distinct((*found[index], *back)), pictures[index].shape)
    return found


def _any(faces: Sequence[Face], upright_score: float) -> bool:
    return any((face.upright_score or 0.0) >= upright_score for face in faces)


def _turns_of(faces: Sequence[Face]) -> int:
    """How many quarter turns, counter-clockwise, bring the surest face upright: 0 to 3."""
    surest = max(faces, key=lambda face: face.score, default=None)
    if surest is None or surest.landmarks is None:
        return 0
    roll = roll_of(surest.landmarks.points)
    return round(roll / 90.0) % 4 if abs(roll) > ROLLED_DEGREES else 0


def _turned(picture: ImageArray, turns: int) -> ImageArray:
    return np.ascontiguousarray(np.rot90(picture, turns))


def _reduced(picture: ImageArray) -> ImageArray:
    import cv2

    scale = LONGEST_SIDE / max(picture.shape[:2])
    if scale >= 1.0:
        return picture
    size = tuple(max(1, round(side * scale)) for side in picture.shape[1::-1])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _back(face: Face, turns: int, size_wh: tuple[int, ...]) -> Face:
    """The same face before ``np.rot90(picture, turns)``."""
    corners = _turned_back(np.array(face.box.xyxy, dtype=np.float32).reshape(2, 2), turns, size_wh)
    edges = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
    points, second = (
        None if five is None else Landmarks(_turned_back(five.points, turns, size_wh))
        for five in (face.landmarks, face.second_landmarks)
    )
    box = Box(*(float(value) for value in edges))
    return replace(face, box=box, landmarks=points, second_landmarks=second)


def _turned_back(places: FloatArray, turns: int, size_wh: tuple[int, ...]) -> FloatArray:
    """Places ``(N, 2)`` in a picture turned by quarters, as places in the picture.

    A quarter turn takes (x, y) of a picture of width w to (y, w - x).
    """
    width, height = size_wh if turns % 2 == 0 else size_wh[::-1]
    for _ in range(turns):
        places = np.stack([height - places[:, 1], places[:, 0]], axis=1)
        width, height = height, width
    return places

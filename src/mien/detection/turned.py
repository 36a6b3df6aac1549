"""Photos that lie on their side or stand on their head, without a word of it in their EXIF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mien.records import Box, Face, FloatArray, ImageArray, Landmarks

Detect = Callable[[Sequence[ImageArray]], list[tuple[Face, ...]]]
TURNS = (1, 3, 2)  # quarters; on its side is likelier than upside down
LONGEST_SIDE = 320  # pixels of a turned look: enough for the faces that a photo is about


def find_in_turns(detect: Detect, pictures: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
    """The faces of each picture; where there is none, those of the picture turned by quarters.

    The first turn in which there is a face counts. Faces come back in the picture's own pixels.
    """
    found = detect(pictures)
    for turns in TURNS:
        empty = [index for index, faces in enumerate(found) if not faces]
        if not empty:
            break
        small = [_reduced(pictures[index]) for index in empty]
        turned = [np.ascontiguousarray(np.rot90(picture, turns)) for picture, _ in small]
        for index, faces, (picture, scale) in zip(empty, detect(turned), small, strict=True):
            height, width = picture.shape[:2]
            found[index] = tuple(_back(face, turns, (width, height), scale) for face in faces)
    return found


def _reduced(picture: ImageArray) -> tuple[ImageArray, float]:
    import cv2

    scale = min(1.0, LONGEST_SIDE / max(picture.shape[:2]))
    if scale == 1.0:
        return picture, scale
    size = tuple(max(1, round(side * scale)) for side in picture.shape[1::-1])
    return np.asarray(
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8
    ), scale


def _back(face: Face, turns: int, size_wh: tuple[int, int], scale: float) -> Face:
    """The same face before ``np.rot90(picture, turns)`` and before the picture was reduced."""
    corners = _turned_back(np.array(face.box.xyxy, dtype=np.float32).reshape(2, 2), turns, size_wh)
    box = np.concatenate([corners.min(axis=0), corners.max(axis=0)]) / np.float32(scale)
    points = face.landmarks
    if points is not None:
        points = Landmarks(_turned_back(points.points, turns, size_wh) / np.float32(scale))
    return replace(face, box=Box(*(float(value) for value in box)), landmarks=points)


def _turned_back(places: FloatArray, turns: int, size_wh: tuple[int, int]) -> FloatArray:
    """Places ``(N, 2)`` in a picture turned by quarters, as places in the picture.

    A quarter turn takes (x, y) of a picture of width w to (y, w - x).
    """
    width, height = size_wh if turns % 2 == 0 else size_wh[::-1]
    for _ in range(turns):
        places = np.stack([height - places[:, 1], places[:, 0]], axis=1)
        width, height = height, width
    return places

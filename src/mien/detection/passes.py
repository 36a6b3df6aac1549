"""Looking at pictures of any size through a network that wants batches of one size.

Each picture is looked at once at a working size, and a second time where that helps: large
photos at twice the working size for small faces, and a picture in which nothing was found once
more, shrunk and with a border, for a face that fills the frame. Passes of equal size share a
batch, across the pictures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mien.detection.decode import RawFaces, concatenate, no_faces, suppress
from mien.records import FloatArray, ImageArray

MULTIPLE = 32  # sides of the canvas: the largest stride of the networks that look through it
BATCH_PIXELS = 4 * 256 * 256  # of one call of the network: more is not faster, and takes memory

# From a canvas, ``(N, 3, H, W) float32`` BGR 0-255, to the faces of each row, not suppressed.
Look = Callable[[FloatArray], list[RawFaces]]


@dataclass(frozen=True, slots=True)
class Scan:
    """How often and how large each picture is looked at.

    Attributes:
        minimum_score: faces below it are not reported.
        iou: boxes that overlap a better one by more are dropped.
        working_side: longest side of the first pass, pixels; pictures are not enlarged.
        small_faces: look again at up to twice the working side where the photo is larger.
        rescue: look again, shrunk inside a border, where nothing was found.
        vote: boxes that overlap a better one at least so much have a vote on its points; 1 for
            none. They may score less than ``minimum_score``.
    """

    minimum_score: float
    iou: float
    working_side: int
    small_faces: bool
    rescue: bool
    vote: float = 1.0


@dataclass(frozen=True, slots=True)
class _Pass:
    """One look at one picture: scale it, shift it into a canvas of ``size_wh``."""

    picture: int
    scale: float
    offset_xy: tuple[int, int]
    size_wh: tuple[int, int]


def scan_pictures(pictures: Sequence[ImageArray], scan: Scan, look: Look) -> list[RawFaces]:
    """The faces of each ``(H, W, 3) uint8`` RGB picture, in its own pixels, suppressed."""
    found = _run(pictures, _first_passes(pictures, scan), scan, look)
    if scan.rescue:
        empty = [index for index, faces in enumerate(found) if not len(faces)]
        rescued = _run(pictures, [_rescue_pass(pictures[i], i) for i in empty], scan, look)
        for index in empty:
            found[index] = rescued[index]
    return found


def planes(picture: ImageArray) -> ImageArray:
    """``(H, W, 3)`` RGB as ``(3, H, W)`` BGR, without a copy."""
    return picture[..., ::-1].transpose(2, 0, 1)


def _first_passes(pictures: Sequence[ImageArray], scan: Scan) -> list[_Pass]:
    side = scan.working_side
    passes = []
    for index, picture in enumerate(pictures):
        longest = max(picture.shape[:2])
        passes.append(_plain_pass(picture, index, min(1.0, side / longest)))
        if scan.small_faces and longest > 1.25 * side:
            passes.append(_plain_pass(picture, index, min(1.0, 2 * side / longest)))
    return passes


def _run(
    pictures: Sequence[ImageArray], passes: Sequence[_Pass], scan: Scan, look: Look
) -> list[RawFaces]:
    """Carry out passes in batches of equal size; merge and suppress for each picture."""
    parts: list[list[RawFaces]] = [[no_faces()] for _ in pictures]
    by_size: dict[tuple[int, int], list[_Pass]] = defaultdict(list)
    for one in passes:
        by_size[one.size_wh].append(one)
    for size_wh, group in by_size.items():
        at_once = max(1, BATCH_PIXELS // (size_wh[0] * size_wh[1]))
        for start in range(0, len(group), at_once):
            chunk = group[start : start + at_once]
            for one, faces in zip(chunk, look(_canvas(pictures, chunk)), strict=True):
                parts[one.picture].append(faces.moved(1 / one.scale, one.offset_xy))
    found = [suppress(concatenate(part), scan.iou, scan.vote) for part in parts]
    return [faces.take(faces.scores >= scan.minimum_score) for faces in found]


def _plain_pass(picture: ImageArray, index: int, scale: float) -> _Pass:
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    return _Pass(index, scale, (0, 0), (_multiple(width), _multiple(height)))


def _rescue_pass(picture: ImageArray, index: int) -> _Pass:
    """The whole picture at 160 pixels in the middle of a 320-pixel canvas."""
    height, width = picture.shape[:2]
    scale = 160 / max(width, height)
    offset = (round((320 - width * scale) / 2), round((320 - height * scale) / 2))
    return _Pass(index, scale, offset, (320, 320))


def _multiple(pixels: int) -> int:
    return -(-pixels // MULTIPLE) * MULTIPLE


def _canvas(pictures: Sequence[ImageArray], passes: Sequence[_Pass]) -> FloatArray:
    """The scaled pictures on black as the network's input: ``(N, 3, H, W) float32`` BGR 0-255."""
    import cv2

    width, height = passes[0].size_wh
    canvas = np.zeros((len(passes), 3, height, width), dtype=np.float32)
    for row, one in zip(canvas, passes, strict=True):
        picture = pictures[one.picture]
        if one.scale != 1.0:
            size = tuple(max(1, round(side * one.scale)) for side in picture.shape[1::-1])
            picture = np.asarray(
                cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8
            )
        x, y = one.offset_xy
        row[:, y : y + picture.shape[0], x : x + picture.shape[1]] = planes(picture)
    return canvas

"""YuNet: the default detector, one millisecond a small picture, five points a face.

Pictures of any size come in. Each is looked at once at a working size, and a second time where
that helps: large photos at twice the working size for small faces, and a picture in which
nothing was found once more, shrunk and with a border, for a face that fills the frame. Faces
found weakly are seen again in four turns, because the points of a turned face are wrong.
Passes of equal size share a batch, across the pictures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.checks import check_count, check_fraction, check_rgb
from mien.detection.decode import RawFaces, concatenate, decode_yunet, suppress
from mien.detection.turned import SIDE, settle_turns
from mien.models.runtime import Network
from mien.records import Box, Face, FloatArray, ImageArray, Landmarks

STRIDES = (8, 16, 32)
BATCH_PIXELS = 4 * 256 * 256  # of one call of the network: more is not faster, and takes memory


@dataclass(frozen=True, slots=True)
class YuNetSettings:
    """Settings of the detector; the defaults are the measured ones of ``docs/detection.md``.

    Attributes:
        minimum_score: faces below it are not reported.
        iou: boxes that overlap a better one by more are dropped.
        working_side: longest side of the first pass, pixels; pictures are not enlarged.
        small_faces: look again at up to twice the working side where the photo is larger.
        rescue: look again, shrunk inside a border, where nothing was found.
        weak_score: faces below it are looked at again, turned; 0 for never.
    """

    minimum_score: float = 0.75
    iou: float = 0.3
    working_side: int = 640
    small_faces: bool = True
    rescue: bool = True
    weak_score: float = 0.9

    def __post_init__(self) -> None:
        check_fraction(self.minimum_score, "minimum_score", 0.05)
        check_fraction(self.iou, "iou")
        check_fraction(self.weak_score, "weak_score")
        check_count(self.working_side, "working_side", STRIDES[-1], 16_384)


@dataclass(frozen=True, slots=True)
class _Pass:
    """One look at one picture: scale it, shift it into a canvas of ``size_wh``."""

    picture: int
    scale: float
    offset_xy: tuple[int, int]
    size_wh: tuple[int, int]


class YuNet:
    """Faces with boxes, scores and five points from upright RGB pictures."""

    name = "yunet"

    def __init__(self, network: Network, settings: YuNetSettings | None = None) -> None:
        self.settings = settings or YuNetSettings()
        self._network = network

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        """Find the faces of each picture.

        Args:
            images: each ``(H, W, 3) uint8``, RGB, upright, of any size.

        Returns:
            For each picture its faces, left to right (then top to bottom); boxes are clipped to
            the picture, points are not.

        Raises:
            InvalidArray: if a picture is not such an array.
        """
        pictures = [check_rgb(image) for image in images]
        found = self._run(pictures, self._first_passes(pictures))
        if self.settings.rescue:
            empty = [index for index, faces in enumerate(found) if not len(faces)]
            rescued = self._run(pictures, [_rescue_pass(pictures[i], i) for i in empty])
            for index in empty:
                found[index] = rescued[index]
        found = [
            settle_turns(picture, faces, self.settings.weak_score, self._look)
            for picture, faces in zip(pictures, found, strict=True)
        ]
        return [
            _records(faces, picture.shape) for faces, picture in zip(found, pictures, strict=True)
        ]

    def _look(self, patches: list[ImageArray]) -> list[RawFaces]:
        """Faces of ``SIDE x SIDE`` patches, not suppressed."""
        blob = np.stack([_planes(patch[..., ::-1]) for patch in patches])
        outputs = self._network.run(blob.astype(np.float32, order="C"))
        return decode_yunet(outputs, (SIDE, SIDE), STRIDES, self.settings.minimum_score)

    def _first_passes(self, pictures: Sequence[ImageArray]) -> list[_Pass]:
        side = self.settings.working_side
        passes = []
        for index, picture in enumerate(pictures):
            longest = max(picture.shape[:2])
            passes.append(_plain_pass(picture, index, min(1.0, side / longest)))
            if self.settings.small_faces and longest > 1.25 * side:
                passes.append(_plain_pass(picture, index, min(1.0, 2 * side / longest)))
        return passes

    def _run(self, pictures: Sequence[ImageArray], passes: Sequence[_Pass]) -> list[RawFaces]:
        """Carry out passes in batches of equal size; merge and suppress for each picture."""
        nothing = RawFaces(
            np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32)
        )
        parts: list[list[RawFaces]] = [[nothing] for _ in pictures]
        by_size: dict[tuple[int, int], list[_Pass]] = defaultdict(list)
        for one in passes:
            by_size[one.size_wh].append(one)
        for size_wh, group in by_size.items():
            at_once = max(1, BATCH_PIXELS // (size_wh[0] * size_wh[1]))
            for start in range(0, len(group), at_once):
                chunk = group[start : start + at_once]
                batch = _canvas(pictures, chunk)
                decoded = decode_yunet(
                    self._network.run(batch), size_wh, STRIDES, self.settings.minimum_score
                )
                for one, faces in zip(chunk, decoded, strict=True):
                    parts[one.picture].append(faces.moved(1 / one.scale, one.offset_xy))
        return [suppress(concatenate(part), self.settings.iou) for part in parts]


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
    return -(-pixels // STRIDES[-1]) * STRIDES[-1]


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
        row[:, y : y + picture.shape[0], x : x + picture.shape[1]] = _planes(picture[..., ::-1])
    return canvas


def _planes(picture: ImageArray) -> ImageArray:
    """``(H, W, 3)`` as ``(3, H, W)``, without a copy."""
    return picture.transpose(2, 0, 1)


def _records(faces: RawFaces, shape: tuple[int, ...]) -> tuple[Face, ...]:
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
            Landmarks(faces.points[index]),
        )
        for index in order
    )

"""MTCNN: three small networks in a row, each looking closer at what the one before let through.

Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional
Networks", IEEE Signal Processing Letters 2016. P-Net slides over a pyramid of the picture,
R-Net and O-Net see crops of 24 and 48 pixels. Pictures of equal size share P-Net's batches, and
the crops of all pictures share R-Net's and O-Net's.

The networks of the card eat ``(N, W, H, 3)``: columns before rows, RGB, (pixel - 127.5) / 128.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.checks import check_count, check_fraction, check_rgb
from mien.detection.decode import RawFaces
from mien.detection.faces import face_records
from mien.detection.mtcnn_boxes import (
    Boxes,
    joined,
    proposals,
    refined,
    square,
    suppressed,
    whole_pixels,
)
from mien.detection.passes import check_min_face, search_scale
from mien.errors import InvalidOption
from mien.models.runtime import Network
from mien.records import Face, FloatArray, ImageArray

CELL = 12  # pixels that P-Net sees at once
BATCH_PIXELS = 4 * 256 * 256  # of one call of P-Net
BAND_PIXELS = 4 * BATCH_PIXELS  # of a larger level so much at once
BATCH_CROPS = 256  # of one call of R-Net or O-Net
MEAN, SCALE = np.float32(127.5), np.float32(1 / 128)


@dataclass(frozen=True, slots=True)
class MtcnnSettings:
    """Settings of the cascade; the defaults are the published ones.

    Attributes:
        minimum_score: of the last network: faces below it are not reported.
        proposal_score, refinement_score: what P-Net and R-Net let through.
        minimum_face: side of the smallest face, pixels of the picture as it is searched.
        factor: from one size of the pyramid to the next.
        working_side: larger pictures are first shrunk to this longest side, pixels.
        any_roll: whether ``load_detector`` makes sure of faces at any roll.
        min_face: side of the smallest face to look for, pixels of the photo, which is shrunk until
            that is ``minimum_face`` pixels, and not to ``working_side``.
    """

    minimum_score: float = 0.7
    proposal_score: float = 0.6
    refinement_score: float = 0.7
    minimum_face: int = 20
    factor: float = 0.709
    working_side: int = 1280
    any_roll: bool = True
    min_face: int | None = None

    def __post_init__(self) -> None:
        check_fraction(self.minimum_score, "minimum_score")
        check_fraction(self.proposal_score, "proposal_score", 0.05)
        check_fraction(self.refinement_score, "refinement_score", 0.05)
        check_count(self.minimum_face, "minimum_face", CELL, 16_384)
        check_count(self.working_side, "working_side", CELL, 16_384)
        check_min_face(self.min_face)
        if not 0.1 <= self.factor <= 0.95:
            raise InvalidOption(f"factor: expected 0.1 to 0.95, got {self.factor!r}")


class Mtcnn:
    """Faces with boxes, scores and five points from upright RGB pictures."""

    name = "mtcnn"

    def __init__(
        self,
        proposal: Network,
        refinement: Network,
        output: Network,
        settings: MtcnnSettings | None = None,
    ) -> None:
        self.settings = settings or MtcnnSettings()
        self._proposal = proposal
        self._refinement = refinement
        self._output = output

    @property
    def identity(self) -> str:
        return "; ".join(
            str(one)
            for one in (
                self.settings,
                self._proposal.plan,
                self._refinement.plan,
                self._output.plan,
            )
        )

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
        if not pictures:
            return []
        settings = self.settings
        usual, least, wanted = settings.working_side, settings.minimum_face, settings.min_face
        scales = [search_scale(max(one.shape[:2]), usual, least, wanted) for one in pictures]
        searched = [_resized(one, scale) for one, scale in zip(pictures, scales, strict=True)]
        proposed = self._propose(searched)
        narrowed = self._narrow(searched, proposed)
        found = self._decide(searched, narrowed)
        return [
            face_records(faces.moved(1 / scale), picture.shape)
            for faces, scale, picture in zip(found, scales, pictures, strict=True)
        ]

    def _propose(self, pictures: list[ImageArray]) -> list[Boxes]:
        """P-Net over the pyramid: squares of whole pixels, up to many a face."""
        parts: list[list[Boxes]] = [[] for _ in pictures]
        by_size: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, picture in enumerate(pictures):
            by_size[picture.shape].append(index)
        for shape, group in by_size.items():
            for scale in self._pyramid(min(shape[:2])):
                width, height = _level_size(shape, scale)
                at_once = max(1, BATCH_PIXELS // (width * height))
                for start in range(0, len(group), at_once):
                    chunk = group[start : start + at_once]
                    levels = [_shrunk(pictures[index], (width, height)) for index in chunk]
                    for index, scores, shifts in zip(chunk, *self._look(levels), strict=True):
                        found = proposals(scores, shifts, scale, self.settings.proposal_score)
                        parts[index].append(suppressed(found, 0.5))
        together = [suppressed(joined(part), 0.7) for part in parts]
        return [whole_pixels(square(refined(boxes, inclusive=False))) for boxes in together]

    def _look(self, levels: list[ImageArray]) -> tuple[FloatArray, FloatArray]:
        """P-Net's scores ``(N, columns, rows)`` and shifts; large levels in bands of columns.

        A cell sees ``CELL`` pixels and begins two after its neighbour: with ten columns more,
        a band gives the very cells that the whole level would.
        """
        height, width = levels[0].shape[:2]
        step = max(CELL, BAND_PIXELS // (len(levels) * height) // 2 * 2)
        starts = range(0, max(1, width - CELL + 2), step)
        scores, shifts = [], []
        for start in starts:
            end = width if start == starts[-1] else start + step + CELL - 2
            outputs = self._proposal.run(_blob([level[:, start:end] for level in levels]))
            scores.append(outputs["softmax"][..., 1])
            shifts.append(outputs["conv2d_4"])
        return np.concatenate(scores, axis=1), np.concatenate(shifts, axis=1)

    def _narrow(self, pictures: list[ImageArray], proposed: list[Boxes]) -> list[Boxes]:
        """R-Net: fewer and better squares."""
        scores, shifts, _ = self._closer(self._refinement, 24, pictures, proposed)
        narrowed = []
        for boxes, score, shift in zip(proposed, scores, shifts, strict=True):
            passed = score > self.settings.refinement_score
            better = Boxes(boxes.corners[passed], score[passed], shift[passed])
            narrowed.append(whole_pixels(square(refined(suppressed(better, 0.7)))))
        return narrowed

    def _decide(self, pictures: list[ImageArray], narrowed: list[Boxes]) -> list[RawFaces]:
        """O-Net: one box a face, with its points."""
        scores, shifts, points = self._closer(self._output, 48, pictures, narrowed)
        found = []
        for boxes, score, shift, part in zip(narrowed, scores, shifts, points, strict=True):
            passed = score > self.settings.minimum_score
            corners = boxes.corners[passed]
            places = part[passed].reshape(-1, 2, 5).transpose(0, 2, 1)  # five x, then five y
            places = corners[:, None, :2] + places * (corners[:, 2:] - corners[:, :2])[:, None]
            final = refined(Boxes(corners, score[passed], shift[passed]))
            kept = final.chosen(0.7, of_smaller=True)
            found.append(RawFaces(final.corners[kept], places[kept], final.scores[kept]))
        return found

    def _closer(
        self, network: Network, side: int, pictures: list[ImageArray], boxes: list[Boxes]
    ) -> tuple[list[FloatArray], list[FloatArray], list[FloatArray]]:
        """Scores ``(K,)``, shifts ``(K, 4)`` and points ``(K, 10)`` for the boxes of each picture.

        R-Net has no points; an empty array stands in their place.
        """
        crops = [
            _crop(picture, corners, side)
            for picture, part in zip(pictures, boxes, strict=True)
            for corners in part.corners
        ]
        scores, shifts, points = [np.empty(0, "f4")], [np.empty((0, 4), "f4")], []
        for start in range(0, len(crops), BATCH_CROPS):
            answers = network.run(_blob(crops[start : start + BATCH_CROPS]))
            by_width = {answer.shape[1]: answer for answer in answers.values()}
            scores.append(by_width[2][:, 1])
            shifts.append(by_width[4])
            points.append(by_width.get(10, np.empty((len(by_width[4]), 0), "f4")))
        points = points or [np.empty((0, 10), "f4")]
        ends = np.cumsum([len(part.scores) for part in boxes])[:-1]
        return (
            np.split(np.concatenate(scores), ends),
            np.split(np.concatenate(shifts), ends),
            np.split(np.concatenate(points), ends),
        )

    def _pyramid(self, shorter_side: int) -> list[float]:
        """Scales at which a face of P-Net's size is the smallest one, and larger ones."""
        settings = self.settings
        least = min(settings.minimum_face, max(CELL, settings.min_face or settings.minimum_face))
        scale = CELL / least
        scales = []
        while shorter_side * scale >= CELL:
            scales.append(scale)
            scale *= self.settings.factor
        return scales


def look_at_crops(network: Network, crops: Sequence[ImageArray]) -> tuple[FloatArray, FloatArray]:
    """O-Net over crops of 48 x 48 pixels.

    Returns:
        Scores ``(K,)`` in [0, 1], and points ``(K, 5, 2)`` in parts of the crop's side.
    """
    scores, points = [np.empty(0, "f4")], [np.empty((0, 5, 2), "f4")]
    for start in range(0, len(crops), BATCH_CROPS):
        answers = network.run(_blob(crops[start : start + BATCH_CROPS]))
        by_width = {answer.shape[1]: answer for answer in answers.values()}
        scores.append(by_width[2][:, 1])
        points.append(by_width[10].reshape(-1, 2, 5).transpose(0, 2, 1))  # five x, then five y
    return np.concatenate(scores), np.concatenate(points)


def _blob(pictures: Sequence[ImageArray]) -> FloatArray:
    """Pictures of one size as the networks' input, ``(N, W, H, 3) float32``."""
    blob = np.stack([picture.transpose(1, 0, 2) for picture in pictures])
    return np.ascontiguousarray((blob.astype(np.float32) - MEAN) * SCALE)


def _level_size(shape: tuple[int, ...], scale: float) -> tuple[int, int]:
    return (int(np.ceil(shape[1] * scale)), int(np.ceil(shape[0] * scale)))


def _resized(picture: ImageArray, scale: float) -> ImageArray:
    if scale == 1.0:
        return picture
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    return _shrunk(picture, (width, height))


def _shrunk(picture: ImageArray, size_wh: tuple[int, int]) -> ImageArray:
    import cv2

    return np.asarray(cv2.resize(picture, size_wh, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _crop(picture: ImageArray, corners: FloatArray, side: int) -> ImageArray:
    """A square of whole pixels, black where it reaches outside, as ``side x side`` pixels."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = (int(value) for value in corners)
    square_pixels = np.zeros((max(y2 - y1, 1), max(x2 - x1, 1), 3), dtype=np.uint8)
    left, top, right, bottom = max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)
    if right > left and bottom > top:
        square_pixels[top - y1 : bottom - y1, left - x1 : right - x1] = picture[
            top:bottom, left:right
        ]
    return _shrunk(square_pixels, (side, side))

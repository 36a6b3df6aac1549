"""RetinaFace with a small MobileNet: anchors of six sizes, five points a face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mien.checks import check_count, check_fraction, check_rgb
from mien.detection.decode import RawFaces
from mien.detection.faces import face_records
from mien.detection.passes import MULTIPLE, Scan, check_min_face, scan_pictures
from mien.errors import ModelInvalid
from mien.models.runtime import Arrays, Network
from mien.records import Face, FloatArray, ImageArray

# Anchors and variances of Deng et al., "RetinaFace", CVPR 2020, section 4.2, as the PyTorch
# version with the quarter-width MobileNet was trained: stride and side of its anchors, pixels.
ANCHORS = ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))
CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2
FAINT = 0.3  # what a close look still reports
SEEN_FROM = 30  # pixels: 95 % of the faces of that width are found, docs/detection.md
MEAN_BGR = (104.0, 117.0, 123.0)  # of that training


@dataclass(frozen=True, slots=True)
class RetinaFaceSettings:
    """Settings of the detector; ``docs/detectors.md`` says what the defaults find.

    Attributes:
        minimum_score: faces below it are not reported.
        iou: boxes that overlap a better one by more are dropped.
        working_side: longest side of the first pass, pixels; pictures are not enlarged.
        small_faces: look again at up to twice the working side where the photo is larger, and
            where it is larger than 2,560 pixels for faces of 40 pixels and more.
        rescue: look again, shrunk inside a border, where nothing was found.
        any_roll: whether ``load_detector`` makes sure of faces at any roll.
        min_face: side of the smallest face to look for, pixels of the photo.
    """

    minimum_score: float = 0.9
    iou: float = 0.4
    working_side: int = 640
    small_faces: bool = True
    rescue: bool = True
    any_roll: bool = True
    min_face: int | None = None

    def __post_init__(self) -> None:
        check_fraction(self.minimum_score, "minimum_score", 0.02)
        check_fraction(self.iou, "iou")
        check_count(self.working_side, "working_side", MULTIPLE, 16_384)
        check_min_face(self.min_face)

    @property
    def scan(self) -> Scan:
        return Scan(
            self.minimum_score,
            self.iou,
            self.working_side,
            self.small_faces,
            self.rescue,
            SEEN_FROM,
            self.min_face,
        )


class RetinaFace:
    """Faces with boxes, scores and five points from upright RGB pictures."""

    name = "retinaface"

    def __init__(self, network: Network, settings: RetinaFaceSettings | None = None) -> None:
        self.settings = settings or RetinaFaceSettings()
        self._network = network

    @property
    def identity(self) -> str:
        return f"{self.settings}; {self._network.plan}"

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        """Find the faces of each picture.

        Args:
            images: each ``(H, W, 3) uint8``, RGB, upright, of any size.

        Returns:
            For each picture its faces, left to right (then top to bottom); boxes are clipped to
            the picture, points are not.

        Raises:
            InvalidArray: if a picture is not such an array.
            ModelInvalid: if the network's answer does not fit its anchors.
        """
        pictures = [check_rgb(image) for image in images]
        found = scan_pictures(pictures, self.settings.scan, self._look)
        return [
            face_records(faces, picture.shape)
            for faces, picture in zip(found, pictures, strict=True)
        ]

    def look_closely(self, canvas: FloatArray) -> list[RawFaces]:
        """The faces of each row of a canvas, ``(N, 3, H, W) float32`` BGR 0-255, faint ones too.

        The canvas is used up.
        """
        return self._decode(canvas, FAINT)

    def _look(self, canvas: FloatArray) -> list[RawFaces]:
        return self._decode(canvas, self.settings.minimum_score)

    def _decode(self, canvas: FloatArray, minimum_score: float) -> list[RawFaces]:
        canvas -= np.asarray(MEAN_BGR, dtype=np.float32)[:, None, None]
        size_wh = (canvas.shape[3], canvas.shape[2])
        return decode_retinaface(self._network.run(canvas), size_wh, minimum_score)


def decode_retinaface(
    outputs: Arrays, size_wh: tuple[int, int], minimum_score: float
) -> list[RawFaces]:
    """The network's answers to faces, one record for each picture, not yet suppressed.

    An anchor with centre c and side s predicts a box with centre ``c + 0.1 s (dx, dy)`` and size
    ``s exp(0.2 (dw, dh))``, and points ``c + 0.1 s (x, y)``.

    Args:
        outputs: ``loc (N, A, 4)``, ``conf (N, A, 2)`` (softmax, face second) and
            ``landmarks (N, A, 10)``.
        size_wh: of the canvas, pixels.
        minimum_score: anchors below it are dropped before anything else is computed.

    Raises:
        ModelInvalid: if there are not as many answers as anchors.
    """
    centres, sides = anchors(size_wh)
    scores = outputs["conf"][..., 1]
    if scores.shape[1] != len(sides):
        raise ModelInvalid(
            f"retinaface: expected {len(sides)} anchors for {size_wh}, got {scores.shape[1]}"
        )
    faces = []
    for row, row_scores in enumerate(scores):
        (chosen,) = np.nonzero(row_scores >= minimum_score)
        centre, side = centres[chosen], sides[chosen, None]
        location = outputs["loc"][row, chosen]
        middle = centre + CENTRE_VARIANCE * side * location[:, :2]
        half = side * np.exp(SIZE_VARIANCE * location[:, 2:]) / 2
        offsets = outputs["landmarks"][row, chosen].reshape(-1, 5, 2)
        faces.append(
            RawFaces(
                np.concatenate([middle - half, middle + half], axis=1),
                centre[:, None] + CENTRE_VARIANCE * side[:, None] * offsets,
                row_scores[chosen],
            )
        )
    return faces


@lru_cache(maxsize=32)
def anchors(size_wh: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """Centres ``(A, 2)`` and sides ``(A,)`` of all anchors of a canvas, pixels, read-only."""
    all_centres, all_sides = [], []
    for stride, sides in ANCHORS:
        x, y = np.meshgrid(
            np.arange(-(-size_wh[0] // stride)) + 0.5, np.arange(-(-size_wh[1] // stride)) + 0.5
        )
        cells = np.stack([x.ravel(), y.ravel()], axis=1) * stride
        all_centres.append(np.repeat(cells, len(sides), axis=0))
        all_sides.append(np.tile(np.asarray(sides), len(cells)))
    centres = np.concatenate(all_centres).astype(np.float32)
    lengths = np.concatenate(all_sides).astype(np.float32)
    centres.setflags(write=False)
    lengths.setflags(write=False)
    return centres, lengths

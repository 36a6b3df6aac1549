"""YuNet: the default detector, one millisecond a small picture, five points a face.

Pictures of any size come in and are looked at as ``passes.py`` says; what ``load_detector`` gives
sees each face again, see ``any_roll.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mien.checks import check_count, check_fraction, check_rgb
from mien.detection.decode import RawFaces, decode_yunet
from mien.detection.faces import face_records
from mien.detection.passes import MULTIPLE, Scan, check_min_face, scan_pictures
from mien.models.runtime import Network
from mien.records import Face, FloatArray, ImageArray

STRIDES = (8, 16, 32)
FAINT = 0.05  # what a confirming look still reports
SEEN_FROM = 22  # pixels: 95 % of the faces of that width are found, docs/detection.md


@dataclass(frozen=True, slots=True)
class YuNetSettings:
    """Settings of the detector; the defaults are the measured ones of ``docs/detection.md``.

    Attributes:
        minimum_score: faces below it are not reported.
        voting_score: candidates from here on have a vote on the points of a face.
        iou: boxes that overlap a better one by more are dropped.
        vote: boxes that overlap a better one at least so much have a vote on its points.
        working_side: longest side of the first pass, pixels; pictures are not enlarged.
        small_faces: look again at up to twice the working side where the photo is larger, and
            where it is larger than 2,560 pixels for faces of 40 pixels and more.
        rescue: look again, shrunk inside a border, where nothing was found.
        any_roll: whether ``load_detector`` looks at each face again, turned upright; the settings
            below are for that.
        candidate_score: candidates from here on are worth that look: rolled faces score less.
        weak_score: faces below it are looked at again by YuNet, and small.
        confirmation: weak faces need it as the mean score of a look at 38 pixels, see
            ``confirm.py``; no more than ``minimum_score`` is asked for; 0 for none.
        min_face: side of the smallest face to look for, pixels of the photo.
    """

    minimum_score: float = 0.75
    voting_score: float = 0.5
    iou: float = 0.3
    vote: float = 0.5
    working_side: int = 640
    small_faces: bool = True
    rescue: bool = True
    any_roll: bool = True
    candidate_score: float = 0.5
    weak_score: float = 0.9
    confirmation: float = 0.4
    min_face: int | None = None

    def __post_init__(self) -> None:
        check_fraction(self.minimum_score, "minimum_score", FAINT)
        check_fraction(self.voting_score, "voting_score", FAINT)
        check_fraction(self.iou, "iou")
        check_fraction(self.vote, "vote")
        check_fraction(self.candidate_score, "candidate_score", FAINT)
        check_fraction(self.weak_score, "weak_score")
        check_fraction(self.confirmation, "confirmation")
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
            self.vote,
        )


class YuNet:
    """Faces with boxes, scores and five points from upright RGB pictures."""

    name = "yunet"

    def __init__(self, network: Network, settings: YuNetSettings | None = None) -> None:
        self.settings = settings or YuNetSettings()
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
        """
        pictures = [check_rgb(image) for image in images]
        found = scan_pictures(pictures, self.settings.scan, self._look)
        return [
            face_records(faces, picture.shape)
            for picture, faces in zip(pictures, found, strict=True)
        ]

    def look_closely(self, canvas: FloatArray) -> list[RawFaces]:
        """The faces of each row of a canvas, ``(N, 3, H, W) float32`` BGR 0-255, faint ones too."""
        return self._decode(canvas, FAINT)

    def _look(self, canvas: FloatArray) -> list[RawFaces]:
        return self._decode(canvas, min(self.settings.minimum_score, self.settings.voting_score))

    def _decode(self, canvas: FloatArray, minimum_score: float) -> list[RawFaces]:
        size_wh = (canvas.shape[3], canvas.shape[2])
        return decode_yunet(self._network.run(canvas), size_wh, STRIDES, minimum_score)

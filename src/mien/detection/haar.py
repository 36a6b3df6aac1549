"""OpenCV's Haar cascade for frontal faces: the classic of 2001, boxes without points.

Viola and Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001;
the cascade is Lienhart's, which OpenCV 4 ships.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mien.checks import check_count, check_fraction, check_rgb
from mien.detection.decode import RawFaces, no_faces
from mien.detection.faces import face_records
from mien.detection.passes import check_min_face, search_scale
from mien.errors import EngineMissing, InvalidOption
from mien.records import Face, ImageArray

CASCADE = "haarcascade_frontalface_default.xml"


@dataclass(frozen=True, slots=True)
class HaarSettings:
    """Settings of the detector, with the values that the classics use.

    Attributes:
        minimum_score: faces below it are not reported; see ``Haar.detect`` for the score.
        scale: from one size of the search window to the next.
        neighbours: how many windows must agree on a face.
        minimum_face: side of the smallest face, pixels of the picture as it is searched.
        working_side: larger pictures are first shrunk to this longest side, pixels.
        points, any_roll: whether YuNet adds five points, and whether they are made sure of at any
            roll; only ``load_detector`` reads them.
        min_face: side of the smallest face to look for, pixels of the photo, which is shrunk until
            that is ``minimum_face`` pixels, and not to ``working_side``.
    """

    minimum_score: float = 0.5
    scale: float = 1.3
    neighbours: int = 5
    minimum_face: int = 24
    working_side: int = 2560
    points: bool = True
    any_roll: bool = True
    min_face: int | None = None

    def __post_init__(self) -> None:
        check_fraction(self.minimum_score, "minimum_score")
        if not 1.01 <= self.scale <= 4.0:
            raise InvalidOption(f"scale: expected 1.01 to 4, got {self.scale!r}")
        check_count(self.neighbours, "neighbours", 1, 1000)
        check_count(self.minimum_face, "minimum_face", 1, 16_384)
        check_count(self.working_side, "working_side", 32, 16_384)
        check_min_face(self.min_face)


class Haar:
    """Faces with boxes and scores, without points, from upright RGB pictures.

    A cascade classifier of OpenCV must not be used by two threads at once: each call takes one
    that is idle, or loads another.
    """

    name = "haar"

    def __init__(self, settings: HaarSettings | None = None) -> None:
        self.settings = settings or HaarSettings()
        self._idle: deque[Any] = deque([_load_cascade()])

    @property
    def identity(self) -> str:
        return str(self.settings)

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[Face, ...]]:
        """Find the faces of each picture.

        Args:
            images: each ``(H, W, 3) uint8``, RGB, upright, of any size.

        Returns:
            For each picture its faces, left to right (then top to bottom), with ``landmarks``
            None. The cascade itself says only yes or no; the score is ``n / (n + 5)`` for n
            windows that agree on the face, so 5 windows give 0.5 and 45 give 0.9.

        Raises:
            InvalidArray: if a picture is not such an array.
        """
        pictures = [check_rgb(image) for image in images]
        with self._cascade() as cascade:
            return [
                face_records(self._search(cascade, picture), picture.shape, points=False)
                for picture in pictures
            ]

    def _search(self, cascade: Any, picture: ImageArray) -> RawFaces:
        import cv2

        settings = self.settings
        longest, least = max(picture.shape[:2]), settings.minimum_face
        scale = search_scale(longest, settings.working_side, least, settings.min_face)
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        if scale < 1.0:
            size = tuple(max(1, round(side * scale)) for side in grey.shape[::-1])
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        if min(grey.shape) < least:
            return no_faces()
        boxes_xywh, agreeing = cascade.detectMultiScale2(
            grey,
            scaleFactor=settings.scale,
            minNeighbors=settings.neighbours,
            minSize=(least, least),
        )
        boxes = np.asarray(boxes_xywh, dtype=np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        windows = np.asarray(agreeing, dtype=np.float32).reshape(-1)
        points = np.zeros((len(boxes), 5, 2), dtype=np.float32)
        faces = RawFaces(boxes / np.float32(scale), points, windows / (windows + 5))
        return faces.take(faces.scores >= settings.minimum_score)

    @contextmanager
    def _cascade(self) -> Iterator[Any]:
        try:
            cascade = self._idle.popleft()
        except IndexError:  # every one is at work in another thread
            cascade = _load_cascade()
        try:
            yield cascade
        finally:
            self._idle.append(cascade)


def _load_cascade() -> Any:
    """OpenCV's cascade.

    Raises:
        EngineMissing: this OpenCV has none.
    """
    import cv2

    folder = getattr(getattr(cv2, "data", None), "haarcascades", None)
    path = Path(folder or "") / CASCADE
    if hasattr(cv2, "CascadeClassifier") and folder and path.is_file():
        cascade = cv2.CascadeClassifier(str(path))
        if not cascade.empty():
            return cascade
    raise EngineMissing(
        f"haar: expected OpenCV 4 with {CASCADE}, got OpenCV {cv2.__version__} without it; "
        'python -m pip install "opencv-python-headless<5"'
    )

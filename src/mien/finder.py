"""The first half of the pipeline: read -> detect -> align -> check, nobody's face embedded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypedDict

from mien.alignment import ARCFACE_112, Template, align_face, visible_share
from mien.checks import check_rgb
from mien.detection import Detector, in_file
from mien.images import DEFAULT_LIMITS, Limits, read_photo
from mien.process import load_library
from mien.quality import QualityLimits, assess
from mien.records import Face, ImageArray, PhotoDetection, PhotoFailure, Quality
from mien.streaming import look_at_photos


class FinderOptions(TypedDict, total=False):
    """The options of ``FaceFinder``, whose subclasses take them too."""

    limits: QualityLimits | None
    workers: int
    reading: Limits
    min_face: int | None


class FaceFinder:
    """Finds the faces of pictures and says whether they can be used.

    Attributes:
        detector: may be called by several threads.
        templates: what the aligned crops look like: one for each network that looks at them.
        limits: what a usable face must keep.
        workers: threads that work on photos at once, each from reading to the answer.
        reading: what a photo must keep to be read, and whether it may be shrunk.
        min_face: faces whose box has a shorter side are not reported, pixels.
    """

    def __init__(
        self,
        detector: Detector,
        templates: tuple[Template, ...],
        *,
        limits: QualityLimits | None = None,
        workers: int = 2,
        reading: Limits = DEFAULT_LIMITS,
        min_face: int | None = None,
    ) -> None:
        self.detector = detector
        self.templates = templates
        self.limits = limits or QualityLimits()
        self.workers = workers
        load_library("cv2")  # before several threads need it
        self.reading, self.min_face = reading, min_face

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[tuple[Face, Quality], ...]]:
        """Faces of each ``(H, W, 3) uint8`` RGB picture with their quality, left to right."""
        return [
            tuple((face, quality) for face, quality, _ in faces) for faces in self.views(images)
        ]

    def detect_photos(self, sources: Any) -> Iterator[PhotoDetection | PhotoFailure]:
        """Faces and their quality of photos, or of one photo; see ``streaming.stream``."""
        read = partial(read_photo, limits=self.reading)
        looked = look_at_photos(sources, read, self.detect, self.workers, limits=self.reading)
        for photo, _, faces in looked:
            if isinstance(photo, PhotoFailure):
                yield photo
            else:
                whole = tuple((in_file(face, photo), quality) for face, quality in faces)
                yield PhotoDetection(photo, whole)

    def views(
        self, images: Sequence[ImageArray], *, every: bool = False
    ) -> list[list[tuple[Face, Quality, tuple[ImageArray, ...]]]]:
        """Detect, align, check: each face (``every``: small ones too) with a crop a template."""
        pictures = [check_rgb(image) for image in images]
        least = 0 if every else self.min_face or 0
        return [
            [
                self._view(picture, face)
                for face in faces
                if min(face.box.width, face.box.height) >= least
            ]
            for picture, faces in zip(pictures, self.detector.detect(pictures), strict=True)
        ]

    def _view(
        self, picture: ImageArray, face: Face
    ) -> tuple[Face, Quality, tuple[ImageArray, ...]]:
        size_wh = (picture.shape[1], picture.shape[0])
        crops = {template: align_face(picture, face, template) for template in self.templates}
        # quality is measured on one and the same crop, whatever the embedder looks at
        seen = (
            crops[ARCFACE_112] if ARCFACE_112 in crops else align_face(picture, face, ARCFACE_112)
        )
        share = visible_share(face.landmarks or face.box, ARCFACE_112, size_wh)
        quality = assess(face, seen, size_wh, self.limits, share)
        return face, quality, tuple(crops[template] for template in self.templates)

"""The data's way on one page: read -> detect -> align -> check -> embed -> match.

Every part is handed in (``mien.api`` builds the usual ones), so each can be replaced: a
detector gives faces, an embedder turns aligned crops into unit vectors, a gallery knows people
by their vectors. A face that comes without five points is cut out by its box. Photos stream
through in batches; one bad photo becomes a ``PhotoFailure`` and never stops the others.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from mien.alignment import TEMPLATES, align, align_box, visible_share
from mien.checks import check_rgb
from mien.detection import Detector
from mien.embedding import Embedder
from mien.errors import InputError, InvalidOption, LowQuality, MultipleFaces, NoFace
from mien.gallery import Gallery
from mien.images import read_image
from mien.matching import Policy, decide, pair_distance
from mien.parallel import ordered_map
from mien.quality import QualityLimits, assess, explain
from mien.records import (
    Encoding,
    Enrolment,
    EnrolmentStatus,
    Face,
    Identification,
    ImageArray,
    Photo,
    PhotoDetection,
    PhotoFailure,
    PhotoIdentification,
    Quality,
    Verification,
)

_Found = TypeVar("_Found")
_Answer = TypeVar("_Answer")
_Part = list[tuple[Any, ImageArray | InputError]]  # sources with their pictures or errors

BATCH_PHOTOS = 8  # more at once is not faster
BATCH_PIXELS = 2_000_000
_ANY_IS_FOR_PAIRS = "choice: expected only, largest or central for one face, got any"


class FaceChoice(StrEnum):
    """Which face of a photo is meant where only one can be; ``ANY`` is for pairs alone."""

    ONLY = "only"
    LARGEST = "largest"
    CENTRAL = "central"
    ANY = "any"


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPhoto:
    """A photo with its faces, left to right.

    ``digest`` is the SHA-256 of its size and pixels, where it was asked for.
    """

    photo: Photo
    faces: tuple[Encoding, ...]
    digest: str | None = None


class Recognizer:
    """Finds faces in photos and turns them into vectors that can be compared.

    Attributes:
        detector, embedder: the two networks' predictors; both may be called by several threads.
        limits: what a usable face must keep.
        workers: threads that work on photos at once, each from reading to embedding.
    """

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder,
        *,
        limits: QualityLimits | None = None,
        read: Callable[[Any], ImageArray] = read_image,
        workers: int = 2,
    ) -> None:
        self.detector = detector
        self.embedder = embedder
        self.limits = limits or QualityLimits()
        self.workers = workers
        self._read = read
        self._template = TEMPLATES[embedder.card.template]

    # Pictures to faces to vectors -----------------------------------------------------------

    def detect(self, images: Sequence[ImageArray]) -> list[tuple[tuple[Face, Quality], ...]]:
        """Faces of each ``(H, W, 3) uint8`` RGB picture with their quality, left to right."""
        pictures = [check_rgb(image) for image in images]
        return [
            tuple((face, quality) for face, quality, _ in self._checked_faces(picture, faces))
            for picture, faces in zip(pictures, self.detector.detect(pictures), strict=True)
        ]

    def encode(self, images: Sequence[ImageArray]) -> list[tuple[Encoding, ...]]:
        """Faces of each ``(H, W, 3) uint8`` RGB picture with quality and vector, left to right.

        Faces of low quality get a vector too: whoever decides looks at ``quality`` first.
        """
        pictures = [check_rgb(image) for image in images]
        checked = [
            self._checked_faces(picture, faces)
            for picture, faces in zip(pictures, self.detector.detect(pictures), strict=True)
        ]
        crops = [crop for faces in checked for _, _, crop in faces]
        vectors, norms = self.embedder.embed(crops)
        rows = iter(range(len(crops)))
        return [
            tuple(
                Encoding(face, quality, vectors[row := next(rows)], float(norms[row]))
                for face, quality, _ in faces
            )
            for faces in checked
        ]

    def encode_photos(
        self, sources: Iterable[Any], *, digests: bool = False
    ) -> Iterator[EncodedPhoto | PhotoFailure]:
        """Read, detect, align, check and embed; answers come in the order of the sources."""

        def finish(photo: Photo, image: ImageArray, faces: tuple[Encoding, ...]) -> EncodedPhoto:
            return EncodedPhoto(photo, faces, digest(image) if digests else None)

        return self._photos(sources, self.encode, finish)

    def detect_photos(self, sources: Iterable[Any]) -> Iterator[PhotoDetection | PhotoFailure]:
        """Faces and their quality for every photo, without embedding them."""

        def finish(
            photo: Photo, _: ImageArray, faces: tuple[tuple[Face, Quality], ...]
        ) -> PhotoDetection:
            return PhotoDetection(photo, faces)

        return self._photos(sources, self.detect, finish)

    # People -----------------------------------------------------------------------------------

    def enroll(
        self,
        gallery: Gallery,
        people: Iterable[tuple[str, Any]],
        choice: FaceChoice = FaceChoice.ONLY,
    ) -> Iterator[Enrolment]:
        """Remember the chosen face of each photo under its name; durable when it is yielded.

        Args:
            gallery: where to remember.
            people: pairs of a name and a photo.
            choice: which face of a photo is meant.
        """
        if choice is FaceChoice.ANY:
            raise InvalidOption(_ANY_IS_FOR_PAIRS)
        pairs = list(people)
        photos = self.encode_photos((source for _, source in pairs), digests=True)
        for (name, source), encoded in zip(pairs, photos, strict=True):
            where = source_name(source)
            try:
                if isinstance(encoded, PhotoFailure):
                    raise encoded.error
                vector = self.choose(encoded, choice).vector
                added = gallery.add(name, vector, self.embedder.space, encoded.digest)
            except InputError as error:
                yield Enrolment(where, name, EnrolmentStatus.REFUSED, error)
            else:
                status = EnrolmentStatus.ADDED if added else EnrolmentStatus.ALREADY_THERE
                yield Enrolment(where, name, status)

    def identify(
        self, gallery: Gallery, encoded: EncodedPhoto, policy: Policy
    ) -> PhotoIdentification:
        """Decide every face of one photo together: each gets exactly one row.

        Raises:
            SpaceMismatch: the gallery's vectors come from another model.
        """
        faces = encoded.faces
        vectors = np.empty((0, self.embedder.space.dimensions), dtype=np.float32)
        if faces:
            vectors = np.stack([face.vector for face in faces])
        names, similarities = gallery.scores(vectors, self.embedder.space)
        usable = np.array([face.quality.usable for face in faces], dtype=np.bool_)
        made = decide(similarities, names, policy.threshold, policy.rule, usable)
        rows = (
            Identification(
                index=index,
                face=face.face,
                quality=face.quality,
                outcome=one.outcome,
                threshold=policy.threshold,
                name=one.name,
                similarity=one.similarity,
                probability=policy.probability(one.similarity),
                candidates=one.candidates,
            )
            for index, (face, one) in enumerate(zip(faces, made, strict=True))
        )
        return PhotoIdentification(encoded.photo, tuple(rows))

    def verify(
        self,
        first: Any,
        second: Any,
        policy: Policy,
        choice: FaceChoice = FaceChoice.ONLY,
    ) -> Verification:
        """Whether two photos show the same person; with ``ANY``, whether any two faces do.

        Raises:
            InputError: a photo cannot be used, or does not hold the face that is asked for.
        """
        pairs = [
            (float(a.vector @ b.vector), a, b)
            for a in self._candidates(first, choice)
            for b in self._candidates(second, choice)
        ]
        similarity, a, b = max(pairs, key=lambda pair: pair[0])
        distance = pair_distance(a, b, policy.metric)
        limit = policy.distance_threshold()
        return Verification(
            same=distance <= limit,
            distance=distance,
            metric=policy.metric.value,
            threshold=limit,
            similarity=similarity,
            probability=policy.probability(similarity),
            fmr=policy.threshold.fmr,
            faces=(a.face, b.face),
            qualities=(a.quality, b.quality),
        )

    def choose(self, encoded: EncodedPhoto, choice: FaceChoice) -> Encoding:
        """The one usable face that a photo is about.

        Raises:
            NoFace: no face was found.
            LowQuality: faces were found, none is usable; says what is wrong.
            MultipleFaces: several usable ones and ``choice`` is ``ONLY``.
        """
        if choice is FaceChoice.ANY:
            raise InvalidOption(_ANY_IS_FOR_PAIRS)
        usable = self._usable(encoded)
        if choice is FaceChoice.LARGEST:
            return max(usable, key=lambda face: face.face.box.area)
        if choice is FaceChoice.CENTRAL:
            return min(usable, key=lambda face: _distance_from_centre(face.face, encoded.photo))
        if len(usable) > 1:
            raise MultipleFaces(
                f"expected one face, got {len(usable)}: crop the photo, or take the largest "
                "with --largest (choice='largest')"
            )
        return usable[0]

    # Steps ------------------------------------------------------------------------------------

    def _checked_faces(
        self, picture: ImageArray, faces: Sequence[Face]
    ) -> list[tuple[Face, Quality, ImageArray]]:
        """Align each face and measure its quality."""
        size_wh = (picture.shape[1], picture.shape[0])
        checked = []
        for face in faces:
            if face.landmarks is None:
                crop = align_box(picture, face.box, self._template)
            else:
                crop = align(picture, face.landmarks, self._template)
            share = visible_share(face.landmarks or face.box, self._template, size_wh)
            checked.append((face, assess(face, crop, size_wh, self.limits, share), crop))
        return checked

    def _photos(
        self,
        sources: Iterable[Any],
        look: Callable[[Sequence[ImageArray]], Sequence[_Found]],
        finish: Callable[[Photo, ImageArray, _Found], _Answer],
    ) -> Iterator[_Answer | PhotoFailure]:
        """Photos through ``look`` in small batches, several batches at once."""

        def work(batch: Sequence[Any]) -> list[_Answer | PhotoFailure]:
            return [answer for part in self._read_parts(batch) for answer in answers(part)]

        def answers(part: _Part) -> Iterator[_Answer | PhotoFailure]:
            found = iter(look([image for _, image in part if not isinstance(image, InputError)]))
            for source, image in part:
                if isinstance(image, InputError):
                    yield PhotoFailure(source_name(source), image)
                else:
                    photo = Photo(source_name(source), image.shape[1], image.shape[0])
                    yield finish(photo, image, next(found))

        for answered in ordered_map(work, _batches(sources), self.workers):
            yield from answered

    def _read_parts(self, batch: Sequence[Any]) -> Iterator[_Part]:
        """Read the photos of a batch; large ones are handed on before the next is read."""
        part: _Part = []
        pixels = 0
        for source in batch:
            try:
                image = self._read(source)
            except InputError as error:
                part.append((source, error))
                continue
            part.append((source, image))
            pixels += image.shape[0] * image.shape[1]
            if pixels >= BATCH_PIXELS:
                yield part
                part, pixels = [], 0
        yield part

    def _candidates(self, source: Any, choice: FaceChoice) -> list[Encoding]:
        (encoded,) = self.encode_photos([source])
        if isinstance(encoded, PhotoFailure):
            raise encoded.error
        if choice is FaceChoice.ANY:
            return self._usable(encoded)
        return [self.choose(encoded, choice)]

    def _usable(self, encoded: EncodedPhoto) -> list[Encoding]:
        if not encoded.faces:
            raise NoFace("expected a face, found none: is it upright and at least 20 px across?")
        usable = [face for face in encoded.faces if face.quality.usable]
        if not usable:
            largest = max(encoded.faces, key=lambda face: face.face.box.area)
            raise LowQuality(f"expected a usable face, got {explain(largest.quality, self.limits)}")
        return usable


def digest(image: ImageArray) -> str:
    """SHA-256 of a picture's size and pixels: the same photo under another name is the same."""
    return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()


def source_name(source: Any) -> str:
    """How a source is called in answers: its path, or what it is."""
    if isinstance(source, (str, os.PathLike)):
        return os.fsdecode(source)
    return str(getattr(source, "name", f"<{type(source).__name__}>"))


def _batches(sources: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(sources)
    while batch := list(islice(remaining, BATCH_PHOTOS)):
        yield batch


def _distance_from_centre(face: Face, photo: Photo) -> float:
    """Pixels from the box's middle to the photo's."""
    x = (face.box.x1 + face.box.x2 - photo.width) / 2
    y = (face.box.y1 + face.box.y2 - photo.height) / 2
    return math.hypot(x, y)

"""The data's way on one page: read -> detect -> align -> check -> embed -> match.

Every part is handed in (``mien.api`` builds the usual ones), so each can be replaced: a
detector gives faces, an embedder turns aligned crops into unit vectors, a gallery knows people
by their vectors. A face that comes without five points is cut out by its box. Photos stream
through in batches; one bad photo becomes a ``PhotoFailure`` and never stops the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import tee
from typing import Any, Unpack

import numpy as np

from mien.alignment import find_template
from mien.detection import Detector, distance_from_centre, in_file
from mien.embedding import Embedder, FusedEmbedder
from mien.errors import InputError, InvalidOption, LowQuality, MultipleFaces, NoFace
from mien.finder import FaceFinder as FaceFinder
from mien.finder import FinderOptions as FinderOptions
from mien.gallery import Gallery
from mien.images import file_name, is_path, read_photo
from mien.images import photo_digest as digest
from mien.matching import PairVerifier, Policy, identify_faces, judge, judge_by_verifier
from mien.quality import explain
from mien.records import (
    Encoding,
    Enrolment,
    EnrolmentStatus,
    FloatArray,
    ImageArray,
    Photo,
    PhotoFailure,
    PhotoIdentification,
    Verification,
)
from mien.streaming import Held, look_at, stream

PIPELINE_VERSION = 2
"""Rises with every change after which the same photo gets another encoding: kept ones are stale."""

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


class Recognizer(FaceFinder):
    """Finds faces in photos and turns them into vectors that can be compared.

    Attributes:
        embedder: may be called by several threads.
    """

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder | FusedEmbedder,
        **options: Unpack[FinderOptions],
    ) -> None:
        templates = tuple(find_template(name, side) for name, side in embedder.crops)
        super().__init__(detector, templates, **options)
        self.embedder = embedder

    def encode(
        self, images: Sequence[ImageArray], *, every: bool = False
    ) -> list[tuple[Encoding, ...]]:
        """Faces of each ``(H, W, 3) uint8`` RGB picture with quality and vector, left to right.

        Faces of low quality get a vector too: whoever decides looks at ``quality`` first.
        """
        checked = self.views(images, every=every)
        seen = iter(self.look([crops for faces in checked for _, _, crops in faces]))
        return [
            tuple(Encoding(face, quality, *next(seen)) for face, quality, _ in faces)
            for faces in checked
        ]

    def look(
        self, views: Sequence[tuple[ImageArray, ...]]
    ) -> Iterable[tuple[FloatArray, float, FloatArray | None]]:
        """Each face's unit vector and raw length, and logits where the embedder gives any."""
        vectors, norms = self.embedder.embed_views(views)
        return ((vector, float(norm), None) for vector, norm in zip(vectors, norms, strict=True))

    def encode_photos(
        self, sources: Any, *, digests: bool = False
    ) -> Iterator[EncodedPhoto | PhotoFailure]:
        """Read, detect, align, check and embed photos, or one photo; see ``streaming.stream``."""
        work = partial(self.encode_held, digests=digests)
        return stream(sources, work, self.workers, partial(Held.of, limits=self.reading))

    def encode_held(
        self, photos: Sequence[Held], *, digests: bool = False
    ) -> list[EncodedPhoto | PhotoFailure]:
        """As ``encode_photos``, for one batch and in this thread."""
        read = partial(read_photo, limits=self.reading)
        rows: list[EncodedPhoto | PhotoFailure] = []
        for photo, noted, faces in look_at(photos, read, self.encode, digest if digests else None):
            if isinstance(photo, PhotoFailure):
                rows.append(photo)
            else:
                whole = tuple(replace(one, face=in_file(one.face, photo)) for one in faces)
                rows.append(EncodedPhoto(photo, whole, noted))
        return rows

    # People -----------------------------------------------------------------------------------

    def enroll(
        self,
        gallery: Gallery,
        people: Iterable[tuple[str, Any]],
        choice: FaceChoice | int = FaceChoice.ONLY,
        *,
        keep_file_names: bool = False,
    ) -> Iterator[Enrolment]:
        """Remember the chosen face of each photo under its name; durable when it is yielded.

        Args:
            gallery: where to remember.
            people: pairs of a name and a photo.
            choice: which face of a photo is meant.
            keep_file_names: remember what photos' files are called, too; never their folders.
        """
        if choice is FaceChoice.ANY:
            raise InvalidOption(_ANY_IS_FOR_PAIRS)
        pairs, taken = tee(people)
        sources = (source for _, source in taken)
        photos = list(sources) if isinstance(people, Sized) else sources
        answers = self.encode_photos(photos, digests=True)
        for encoded, (name, source) in zip(answers, pairs, strict=True):
            where = (encoded if isinstance(encoded, PhotoFailure) else encoded.photo).source
            try:
                if isinstance(encoded, PhotoFailure):
                    raise encoded.error
                vector = self.choose(encoded, choice).vector
                kept = file_name(source) if keep_file_names else None
                space = self.embedder.space
                added = gallery.add(name, vector, space, encoded.digest, kept)
                if not added:
                    gallery.check_face(name, encoded.digest, vector)
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
        people = gallery.scores(vectors, self.embedder.space)
        return identify_faces(encoded.photo, faces, people, policy)

    def verify(
        self, first: Any, second: Any, policy: Policy, choice: FaceChoice = FaceChoice.ONLY
    ) -> Verification:
        """Whether two photos show the same person; with ``ANY``, whether any two faces do.

        Raises:
            InputError: a photo cannot be used, or does not hold the face that is asked for.
        """
        left = self._candidates("first", first, choice)
        return judge(left, self._candidates("second", second, choice), policy)

    def verify_by(
        self, first: Any, second: Any, verifier: PairVerifier, choice: FaceChoice = FaceChoice.ONLY
    ) -> Verification:
        """As ``verify``, decided by a verifier of this embedder's vectors, or of its parts'.

        Raises:
            InputError: as ``verify``.
            SpaceMismatch: the verifier was fitted to other vectors.
        """
        split = self.splitter(verifier)
        left = self._candidates("first", first, choice)
        faces = left, self._candidates("second", second, choice)
        vectors = (np.stack([face.vector for face in row]) for row in faces)
        return judge_by_verifier(*faces, verifier, *map(split, vectors))

    def splitter(self, verifier: PairVerifier) -> Callable[[FloatArray], tuple[FloatArray, ...]]:
        """From this embedder's vectors ``(N, D)`` to those of the verifier's spaces.

        Raises:
            SpaceMismatch: the verifier was fitted to other vectors.
        """
        embedder = self.embedder
        whole = verifier.check_fits((embedder.space,), embedder.spaces) == 0
        return (lambda vectors: (vectors,)) if whole else embedder.split

    def choose(self, encoded: EncodedPhoto, choice: FaceChoice | int) -> Encoding:
        """The one usable face that a photo is about.

        Args:
            encoded: a photo with its faces.
            choice: how to choose, or the face's place in ``encoded.faces``, its ``index``.

        Raises:
            NoFace: no face was found, or none of that index.
            LowQuality: faces were found, none is usable, or that one is not; says what is wrong.
            MultipleFaces: several usable ones and ``choice`` is ``ONLY``.
        """
        if choice is FaceChoice.ANY:
            raise InvalidOption(_ANY_IS_FOR_PAIRS)
        usable = self._usable(encoded, choice if isinstance(choice, int) else None)
        if choice is FaceChoice.LARGEST:
            return max(usable, key=lambda face: face.face.box.area)
        if choice is FaceChoice.CENTRAL:
            return min(usable, key=lambda face: distance_from_centre(face.face, encoded.photo))
        if len(usable) > 1:
            raise MultipleFaces(
                f"expected one face, got {len(usable)}: crop the photo, or take the largest "
                "with --largest (choice='largest')"
            )
        return usable[0]

    def _candidates(self, which: str, source: Any, choice: FaceChoice) -> list[Encoding]:
        (encoded,) = self.encode_photos([source])
        try:
            if isinstance(encoded, PhotoFailure):
                raise encoded.error
            if choice is FaceChoice.ANY:
                return self._usable(encoded)
            return [self.choose(encoded, choice)]
        except InputError as error:  # of two photos, say which one
            named = is_path(source) and repr(os.fsdecode(source)) not in str(error)
            name = f", {os.fsdecode(source)}" if named else ""
            raise type(error)(f"{which} photo{name}: {error}") from error

    def _usable(self, encoded: EncodedPhoto, index: int | None = None) -> list[Encoding]:
        """All usable faces, or the one of that index."""
        faces = encoded.faces if index is None else encoded.faces[index : index + 1]
        if not faces and encoded.faces:
            raise NoFace(
                f"expected a face {index}, counted from 0, left to right, got {len(encoded.faces)} "
                "in all; `mien detect` lists them"
            )
        if not faces:
            raise NoFace("expected a face, found none: is it upright and at least 20 px across?")
        usable = [face for face in faces if face.quality.usable]
        if not usable:
            largest = max(faces, key=lambda face: face.face.box.area)
            raise LowQuality(f"expected a usable face, got {explain(largest.quality, self.limits)}")
        return usable

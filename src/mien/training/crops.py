"""From labelled photos to faces that a network can learn from: one crop a photo, or a reason.

The same detector, points, template and quality limits as in `mien.pipeline`, so that what is
learned from is what will be seen later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from mien.alignment import Template
from mien.checks import check_count
from mien.detection import distance_from_centre
from mien.encodings import file_digest
from mien.errors import InvalidOption, LowQuality, MienError, MultipleFaces, NoFace
from mien.images import DEFAULT_LIMITS, Limits
from mien.pipeline import FaceChoice, FaceFinder
from mien.quality import QualityLimits, explain
from mien.records import Face, ImageArray, Photo, PhotoFailure, Quality
from mien.streaming import look_at_photos
from mien.training.crop_cache import CropCache, CutFace
from mien.training.dataset import LabelledPhoto
from mien.training.whole_photos import THUMBNAIL_SIDE, PhotoReader, WholePhoto

Progress = Callable[[], None]
"""Called once for each photo that is done."""

RIVAL_AREA = 0.8
"""Of the largest face's area: a second one of that share, and nobody knows whose photo it is."""

_NO_FACE = "expected a face, found none: is it upright and at least 20 px across?"

BLOCK = 256  # photos looked up in the cache at once

_View = tuple[Face, Quality, tuple[ImageArray, ...]]
_Chosen = tuple[ImageArray, int]  # the crop, and how many usable faces there were


@dataclass(frozen=True, slots=True)
class Refusal:
    """A photo that nothing is learned from, and why."""

    photo: LabelledPhoto
    error: MienError

    def to_json(self) -> dict[str, object]:
        """As a photo that could not be used is shown everywhere."""
        return PhotoFailure(self.photo.place, self.error).to_json()


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """One picture for each photo that can be learned from, and what is known of that photo.

    Attributes:
        pixels: ``(N, S, S, 3) uint8``, RGB, upright; 3 S² bytes a photo (38 kB for 112).
        photos: whose each row is.
        thumbnails: ``(N, 96, 96) uint8``, the whole photos, grey and squeezed into a square.
        digests: SHA-256 of the whole photos' pixels: equal where two files show the same.
        taken: when the cameras took them, where EXIF says so.
        refused: the photos without a row, in their order.
        notes: what was decided on the way, in words for the user.
    """

    pixels: ImageArray
    photos: tuple[LabelledPhoto, ...]
    thumbnails: ImageArray
    digests: tuple[bytes, ...]
    taken: tuple[datetime | None, ...]
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()

    def rows(self, wanted: NDArray[np.bool_]) -> Crops:
        """The rows where ``wanted``, ``(N,) bool``, is true."""
        kept = np.flatnonzero(wanted)
        return Crops(
            self.pixels[kept],
            tuple(self.photos[row] for row in kept),
            self.thumbnails[kept],
            tuple(self.digests[row] for row in kept),
            tuple(self.taken[row] for row in kept),
            self.refused,
            self.notes,
        )


def cut_faces(
    photos: Sequence[LabelledPhoto],
    finder: FaceFinder,
    template: Template,
    *,
    choice: FaceChoice = FaceChoice.LARGEST,
    cache: CropCache | None = None,
    progress: Progress | None = None,
) -> Crops:
    """Find, align, check and cut out one face of each photo.

    ``LARGEST`` is for learning: the largest usable face; a photo whose second one is nearly as
    large is refused, for a wrong face would be learned under the name. ``CENTRAL`` is for being
    measured by a list of pairs: the most central face, usable or not, because there a wrong answer
    must count and not be declined. Photos stream through in batches on ``finder.workers`` threads;
    only crops are kept.

    Args:
        photos: whose faces.
        finder: its templates are not used.
        template: the crop's view and its side.
        choice: which face of a photo; ``LARGEST`` or ``CENTRAL``.
        cache: crops of the same choice that were cut before, and where new ones are kept.
        progress: called after each photo.

    Raises:
        InvalidOption: another choice.
        OutputUnwritable: the cache cannot be written.
    """
    if choice not in (FaceChoice.LARGEST, FaceChoice.CENTRAL):
        raise InvalidOption(f"choice: expected largest or central for a crop, got {choice}")
    limits, workers = finder.limits, finder.workers
    own = FaceFinder(finder.detector, (template,), limits=limits)

    def choose(images: Sequence[ImageArray]) -> list[_Chosen | MienError]:
        found = own.views(images)
        if choice is FaceChoice.CENTRAL:
            return [_central(*both) for both in zip(found, images, strict=True)]
        return [_largest(views, limits) for views in found]

    cutter = _Cutter(choose, workers, finder.reading)
    answers = cutter.cut(photos) if cache is None else _cut_cached(photos, cutter, cache)
    return _collect(photos, answers, template.size, progress, choice)


def read_crops(
    photos: Sequence[LabelledPhoto],
    side: int,
    *,
    workers: int = 2,
    reading: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> Crops:
    """Ready crops: each whole picture, made ``side`` × ``side`` pixels; no face is looked for.

    A picture that is not square is squeezed into one, as the classics do.
    """
    check_count(side, "side", low=16, high=4096)

    def shrink(images: Sequence[ImageArray]) -> list[_Chosen | MienError]:
        return [(_resized(image, side), 1) for image in images]

    return _collect(photos, _Cutter(shrink, workers, reading).cut(photos), side, progress)


class _Cutter:
    """Photos to the pictures that are chosen from them.

    Attributes:
        reader: knows what was read of each photo.
    """

    def __init__(
        self,
        choose: Callable[[Sequence[ImageArray]], list[_Chosen | MienError]],
        workers: int,
        reading: Limits,
    ) -> None:
        self._choose = choose
        self._workers = workers
        self.reader = PhotoReader(reading)

    def cut(self, photos: Sequence[LabelledPhoto]) -> Iterator[CutFace | MienError]:
        """The chosen picture of each, or why there is none."""
        paths = [photo.path for photo in photos]
        looked = look_at_photos(paths, self.reader.read, self._choose, self._workers, WholePhoto.of)
        for photo, (row, whole, found) in zip(photos, looked, strict=True):
            if isinstance(row, PhotoFailure):
                yield row.error
            elif isinstance(found, MienError) or whole is None:
                yield found
            else:
                pixels, usable = found
                taken = self.reader.files[photo.path].taken
                yield CutFace(pixels, usable, whole, taken)


def _central(views: Sequence[_View], image: ImageArray) -> _Chosen | MienError:
    if not views:
        return NoFace(_NO_FACE)
    photo = Photo("", width=image.shape[1], height=image.shape[0])
    nearest = min(views, key=lambda view: distance_from_centre(view[0], photo))
    return nearest[2][0], sum(view[1].usable for view in views)


def _largest(views: Sequence[_View], limits: QualityLimits) -> _Chosen | MienError:
    if not views:
        return NoFace(_NO_FACE)
    usable = [view for view in views if view[1].usable]
    first, *others = sorted(usable or views, key=lambda view: view[0].box.area, reverse=True)
    if not usable:
        return LowQuality(f"expected a usable face, got {explain(first[1], limits)}")
    if others and others[0][0].box.area >= RIVAL_AREA * first[0].box.area:
        return MultipleFaces(
            f"expected one face that is the largest, got {len(usable)} usable ones, two of nearly "
            "the same size; cut the photo so that it shows the person alone"
        )
    return first[2][0], len(usable)


def _cut_cached(
    photos: Sequence[LabelledPhoto], cutter: _Cutter, cache: CropCache
) -> Iterator[CutFace | MienError]:
    """The same, each file's bytes only once; refusals are found anew every time."""
    for start in range(0, len(photos), BLOCK):
        block = photos[start : start + BLOCK]
        digests = [file_digest(photo.path) for photo in block]
        known = [None if digest is None else cache.find(digest) for digest in digests]
        unknown = [photo for photo, found in zip(block, known, strict=True) if found is None]
        new = cutter.cut(unknown)
        for photo, found in zip(block, known, strict=True):
            answer = found or next(new)
            if found is None and isinstance(answer, CutFace):
                # under the bytes that were decoded: the file may have changed since it was sought
                cache.keep(cutter.reader.files[photo.path].sha256, answer)
            yield answer


def _collect(
    photos: Sequence[LabelledPhoto],
    answers: Iterator[CutFace | MienError],
    side: int,
    progress: Progress | None,
    choice: FaceChoice = FaceChoice.LARGEST,
) -> Crops:
    pixels = np.empty((len(photos), side, side, 3), dtype=np.uint8)  # the last rows may stay free
    thumbnails = np.empty((len(photos), THUMBNAIL_SIDE, THUMBNAIL_SIDE), dtype=np.uint8)
    kept: list[LabelledPhoto] = []
    digests: list[bytes] = []
    taken: list[datetime | None] = []
    refused: list[Refusal] = []
    several = 0
    for photo, answer in zip(photos, answers, strict=True):
        if isinstance(answer, MienError):
            refused.append(Refusal(photo, answer))
        else:
            pixels[len(kept)] = answer.pixels
            thumbnails[len(kept)] = answer.whole.thumbnail
            kept.append(photo)
            digests.append(answer.whole.digest)
            taken.append(answer.taken)
            several += answer.usable_faces > 1
        if progress is not None:
            progress()
    count = len(kept)
    note = f"photos with several usable faces, of which the {choice} was taken: {several:,}"
    return Crops(
        pixels[:count],
        tuple(kept),
        thumbnails[:count],
        tuple(digests),
        tuple(taken),
        tuple(refused),
        (note,) if several else (),
    )


def _resized(image: ImageArray, side: int) -> ImageArray:
    import cv2

    if image.shape[:2] == (side, side):
        return image
    shrinks = min(image.shape[:2]) >= side
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=method), dtype=np.uint8)

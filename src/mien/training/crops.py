"""From labelled photos to faces that a network can learn from: one crop a photo, or a reason.

The same detector, points, template and quality limits as in `mien.pipeline`, so that what is
learned from is what will be seen later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mien.alignment import Template
from mien.checks import check_count
from mien.encodings import file_digest
from mien.errors import LowQuality, MienError, NoFace
from mien.images import DEFAULT_LIMITS, read_image
from mien.images.decode import decode_bytes
from mien.images.reading import read_path
from mien.pipeline import FaceFinder
from mien.quality import QualityLimits, explain
from mien.records import Face, ImageArray, PhotoFailure, Quality
from mien.streaming import look_at_photos
from mien.training.crop_cache import CropCache, CutFace
from mien.training.dataset import LabelledPhoto

Progress = Callable[[], None]
"""Called once for each photo that is done."""

BLOCK = 256  # photos looked up in the cache at once

_View = tuple[Face, Quality, tuple[ImageArray, ...]]


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
    """One picture for each photo that can be learned from.

    Attributes:
        pixels: ``(N, S, S, 3) uint8``, RGB, upright; 3 S² bytes a photo (38 kB for 112).
        photos: whose each row is.
        refused: the photos without a row, in their order.
        several: how many of the photos show more than one usable face; the largest was taken.
    """

    pixels: ImageArray
    photos: tuple[LabelledPhoto, ...]
    refused: tuple[Refusal, ...] = ()
    several: int = 0


def cut_faces(
    photos: Sequence[LabelledPhoto],
    finder: FaceFinder,
    template: Template,
    *,
    cache: CropCache | None = None,
    progress: Progress | None = None,
) -> Crops:
    """Find, align, check and cut out the largest usable face of each photo.

    Photos stream through in batches on ``finder.workers`` threads; only crops are kept.

    Args:
        photos: whose faces.
        finder: its detector, limits and workers are used, its templates are not.
        template: the crop's view and its side.
        cache: crops that were cut before, and where new ones are kept.
        progress: called after each photo.

    Raises:
        OutputUnwritable: the cache cannot be written.
    """
    cutter = _Cutter(finder, template)
    answers = cutter.cut(photos) if cache is None else _cut_cached(photos, cutter, cache)
    return _collect(photos, answers, template.size, progress)


def read_crops(
    photos: Sequence[LabelledPhoto],
    side: int,
    *,
    workers: int = 2,
    progress: Progress | None = None,
) -> Crops:
    """Ready crops: each whole picture, made ``side`` × ``side`` pixels; no face is looked for.

    A picture that is not square is squeezed into one, as the classics do.
    """
    check_count(side, "side", low=16, high=4096)

    def shrink(images: Sequence[ImageArray]) -> list[CutFace]:
        return [CutFace(_resized(image, side), 1) for image in images]

    paths = (photo.path for photo in photos)
    looked = look_at_photos(paths, read_image, shrink, workers)
    answers = (row.error if isinstance(row, PhotoFailure) else found for row, _, found in looked)
    return _collect(photos, answers, side, progress)


class _Cutter:
    """Photos to their faces, with what was read of each."""

    def __init__(self, finder: FaceFinder, template: Template) -> None:
        limits, workers = finder.limits, finder.workers
        self._finder = FaceFinder(finder.detector, (template,), limits=limits, workers=workers)
        self.digests: dict[Path, bytes] = {}

    def cut(self, photos: Sequence[LabelledPhoto]) -> Iterator[CutFace | MienError]:
        """The chosen face of each, or why there is none."""
        paths = (photo.path for photo in photos)
        looked = look_at_photos(paths, self._read, self._choose, self._finder.workers)
        for row, _, found in looked:
            yield row.error if isinstance(row, PhotoFailure) else found

    def _read(self, path: Path) -> ImageArray:
        data = read_path(path, DEFAULT_LIMITS)
        self.digests[path] = hashlib.sha256(data).digest()
        return decode_bytes(data)

    def _choose(self, images: Sequence[ImageArray]) -> list[CutFace | MienError]:
        limits = self._finder.limits
        return [_largest(views, limits) for views in self._finder.views(images)]


def _largest(views: Sequence[_View], limits: QualityLimits) -> CutFace | MienError:
    if not views:
        return NoFace("expected a face, found none: is it upright and at least 20 px across?")
    usable = [view for view in views if view[1].usable]
    _, quality, crops = max(usable or views, key=lambda view: view[0].box.area)
    if not usable:
        return LowQuality(f"expected a usable face, got {explain(quality, limits)}")
    return CutFace(crops[0], len(usable))


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
                cache.keep(cutter.digests[photo.path], answer)
            yield answer


def _collect(
    photos: Sequence[LabelledPhoto],
    answers: Iterator[CutFace | MienError],
    side: int,
    progress: Progress | None,
) -> Crops:
    pixels = np.empty(
        (len(photos), side, side, 3), dtype=np.uint8
    )  # rows without a face at its end
    kept: list[LabelledPhoto] = []
    refused: list[Refusal] = []
    several = 0
    for photo, answer in zip(photos, answers, strict=True):
        if isinstance(answer, MienError):
            refused.append(Refusal(photo, answer))
        else:
            pixels[len(kept)] = answer.pixels
            kept.append(photo)
            several += answer.usable_faces > 1
        if progress is not None:
            progress()
    return Crops(pixels[: len(kept)], tuple(kept), tuple(refused), several)


def _resized(image: ImageArray, side: int) -> ImageArray:
    import cv2

    if image.shape[:2] == (side, side):
        return image
    shrinks = min(image.shape[:2]) >= side
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=method), dtype=np.uint8)

"""A user's photos, each as it is and degraded in every way: which faces are found, and what of.

Photos go through one by one, and of each only the faces' vectors stay. A photo whose face is large
is reduced first: levels are in pixels, and must mean the same for a portrait of twelve megapixels.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from mien.detection import distance_from_centre
from mien.errors import InputError, InsufficientData, NoFace
from mien.evaluation import DegradedFace, TriedPhoto
from mien.evaluation.box_matching import overlaps
from mien.images import read_photo
from mien.parallel import ordered_map
from mien.pipeline import Recognizer
from mien.records import Encoding, Face, ImageArray, Photo, PhotoFailure
from mien.robustness.degradations import Degradation, resized
from mien.streaming import BATCH_PHOTOS, BATCH_PIXELS

LARGEST_FACE = 200  # longer side, pixels
STRIP_HEIGHT = 128  # pixels
LEAST_OVERLAP = 0.3  # intersection over union of a found face and the place where it must be


@dataclass(frozen=True, slots=True)
class ChosenPhoto:
    """A photo of a person; ``degraded`` unless it only shows what the person looks like."""

    person: str
    path: Path
    degraded: bool


def choose_photos(
    named: Sequence[tuple[str, Path]], people: int, photos: int, seed: int
) -> list[ChosenPhoto]:
    """The first ``photos`` of each of at most ``people`` people, and of each the next one.

    Args:
        named: pairs of a person and a photo.
        people: at most; of more the seed draws.
        photos: of each, to be degraded; one more is there to be held against them.
        seed: of the drawing.

    Raises:
        InsufficientData: photos of fewer than two people.
    """
    own: dict[str, list[Path]] = {}
    for name, path in named:
        own.setdefault(name, []).append(path)
    names = list(own)
    if len(names) < 2:
        raise InsufficientData(
            f"expected photos of two people at least, got {len(names)}: there is nobody else to be "
            "taken for; add another person's folder"
        )
    if len(names) > people:
        drawn = np.random.default_rng(seed).choice(len(names), people, replace=False)
        names = [names[index] for index in sorted(drawn)]
    return [
        ChosenPhoto(name, path, index < photos)
        for name in names
        for index, path in enumerate(own[name][: photos + 1])
    ]


def try_photos(
    recognizer: Recognizer,
    photos: Sequence[ChosenPhoto],
    degradations: Sequence[Degradation],
    seed: int = 0,
) -> Iterator[TriedPhoto | PhotoFailure]:
    """The central face of each photo, and what is found of it under every degradation.

    A face that is found elsewhere is not that face, and a photo in which none is found untouched
    is a failure. Chance depends on the seed, the photo's name and the degradation alone.

    Args:
        recognizer: finds and encodes the faces; works on several photos at once.
        photos: in any order.
        degradations: see ``GRID``.
        seed: of noise, directions and sides.
    """
    work = partial(_tried, recognizer, degradations, seed)
    return ordered_map(work, photos, recognizer.workers)


def degraded_strip(
    recognizer: Recognizer, path: Path, degradations: Sequence[Degradation], seed: int = 0
) -> Iterator[tuple[Degradation, ImageArray]]:
    """What the degradations do to one photo, small, for people to look at.

    Raises:
        InputError: the photo cannot be read, or no face is found in it.
    """
    picture, encoding = _clean(recognizer, path)
    for one in degradations:
        degraded = one.degrade(picture, encoding.face, _chance(seed, path, one))
        yield one, resized(degraded, min(1.0, STRIP_HEIGHT / degraded.shape[0]))


def _tried(
    recognizer: Recognizer, degradations: Sequence[Degradation], seed: int, photo: ChosenPhoto
) -> TriedPhoto | PhotoFailure:
    source = str(photo.path)
    try:
        picture, clean = _clean(recognizer, photo.path)
    except InputError as error:
        return PhotoFailure(source, error)
    faces: list[DegradedFace | None] = []
    left = iter(degradations if photo.degraded else ())
    at_once = max(1, min(BATCH_PHOTOS, BATCH_PIXELS // (picture.shape[0] * picture.shape[1])))
    while batch := list(islice(left, at_once)):
        pictures = [
            one.degrade(picture, clean.face, _chance(seed, photo.path, one)) for one in batch
        ]
        size_wh = (picture.shape[1], picture.shape[0])
        for one, found in zip(batch, recognizer.encode(pictures), strict=True):
            face = _at_its_place(found, _place(clean.face, one, size_wh))
            faces.append(None if face is None else DegradedFace(face.quality.usable, face.vector))
    return TriedPhoto(
        photo.person, source, clean.vector if clean.quality.usable else None, tuple(faces)
    )


def _clean(recognizer: Recognizer, path: Path) -> tuple[ImageArray, Encoding]:
    """The photo, reduced where its face is large, and its central face."""
    picture = read_photo(path, limits=recognizer.reading).pixels
    face = _central(recognizer, picture)
    scale = LARGEST_FACE / max(face.face.box.width, face.face.box.height)
    if scale < 1:
        picture = resized(picture, scale)
        face = _central(recognizer, picture)
    return picture, face


def _central(recognizer: Recognizer, picture: ImageArray) -> Encoding:
    (faces,) = recognizer.encode([picture])
    whole = Photo("", picture.shape[1], picture.shape[0])
    pointed = [one for one in faces if one.face.landmarks is not None]
    if not pointed:
        raise NoFace("expected a face with five points, found none")
    return min(pointed, key=lambda one: distance_from_centre(one.face, whole))


def _place(face: Face, way: Degradation, size_wh: tuple[int, int]) -> tuple[float, ...]:
    """Where the face must be afterwards: a square of its box's area around its middle."""
    x1, y1, x2, y2 = face.box.xyxy
    middle = np.array([[(x1 + x2) / 2, (y1 + y2) / 2]], np.float32)
    ((x, y),) = way.places(middle, size_wh).tolist()
    half = face.box.area**0.5 / 2
    return x - half, y - half, x + half, y + half


def _at_its_place(found: Sequence[Encoding], place: tuple[float, ...]) -> Encoding | None:
    """The face that overlaps the place most, if it does so enough."""
    if not found:
        return None
    shared = overlaps([one.face.box.xyxy for one in found], place)[:, 0]
    best = int(np.argmax(shared))
    return found[best] if shared[best] >= LEAST_OVERLAP else None


def _chance(seed: int, path: Path, way: Degradation) -> np.random.Generator:
    name = f"{path.parent.name}/{path.name} {way.degradation} {way.level}"
    return np.random.default_rng([seed, zlib.crc32(name.encode("utf-8", "surrogateescape"))])

"""Which found faces are labelled ones: greedy, by falling score, at one overlap.

Source: Everingham et al., "The PASCAL visual object classes challenge" (IJCV 2010), section 4.2:
a found face is held against the labelled face that it overlaps most. It is right if they overlap
enough and nobody has found that face before; else it is a false alarm. One that overlaps no
counting face enough, but one that is to be ignored, is left out altogether.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_fraction
from mien.errors import InvalidArray, InvalidOption
from mien.evaluation.boxes import LabelledPhoto


@dataclass(frozen=True, slots=True, eq=False)
class FoundFaces:
    """What a detector found in one photo.

    Attributes:
        boxes: ``(N, 4) float64``, x1, y1, x2, y2, pixels of the upright picture.
        scores: ``(N,) float64``, larger is surer.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]


def found_faces(boxes: Any, scores: Any) -> FoundFaces:
    """Found faces as arrays; of equal scores the first is matched first.

    Raises:
        InvalidArray: other shapes, numbers that are not finite, a box without a size.
    """
    corners = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    sure = np.asarray(scores, dtype=np.float64)
    if sure.shape != (len(corners),):
        raise InvalidArray(f"scores: expected ({len(corners)},) numbers, got shape {sure.shape}")
    if not (np.isfinite(corners).all() and np.isfinite(sure).all()):
        raise InvalidArray("boxes, scores: expected finite numbers, got NaN or infinity")
    if (corners[:, 2:] <= corners[:, :2]).any():
        raise InvalidArray("boxes: expected x1 < x2 and y1 < y2, got a box without a size")
    return FoundFaces(corners, sure)


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Every found face that counts, over all photos, scores falling.

    Attributes:
        scores: ``(N,) float64``.
        photo: ``(N,)`` index of its photo.
        face: ``(N,)`` index of the labelled face that it found, -1 for a false alarm. Counting
            faces are numbered through, photo by photo.
        overlap: ``(N,) float64``, with that face; 0 for a false alarm.
        row: ``(N,)`` which of its photo's found faces it is.
        owner: ``(F,)`` the photo of each counting face.
    """

    scores: NDArray[np.float64]
    photo: NDArray[np.int64]
    face: NDArray[np.int64]
    overlap: NDArray[np.float64]
    row: NDArray[np.int64]
    owner: NDArray[np.int64]


def check_iou(iou: float) -> float:
    """A least overlap.

    Raises:
        InvalidOption: it is not in (0, 1].
    """
    least = check_fraction(iou, "iou")
    if least == 0.0:
        raise InvalidOption("iou: expected more than 0, got 0")
    return least


def overlaps(first: Any, second: Any) -> NDArray[np.float64]:
    """Intersection over union of every box with every other.

    Args:
        first, second: ``(N, 4)`` and ``(M, 4)``, x1, y1, x2, y2.

    Returns:
        ``(N, M)`` in [0, 1]; 0 where neither has an area.
    """
    a = np.asarray(first, dtype=np.float64).reshape(-1, 1, 4)
    b = np.asarray(second, dtype=np.float64).reshape(1, -1, 4)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=-1)
    areas = [np.prod(box[..., 2:] - box[..., :2], axis=-1) for box in (a, b)]
    whole = areas[0] + areas[1] - shared
    return np.asarray(np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0))


def match_faces(
    photos: Sequence[LabelledPhoto], found: Sequence[FoundFaces | None], iou: float
) -> Matches:
    """Match what was found with what is labelled, photo by photo.

    Args:
        photos: what is there.
        found: for each photo what was found; None where it could not be read.
        iou: the least overlap, more than 0.

    Raises:
        InvalidArray: not one entry for each photo.
        InvalidOption: an overlap outside (0, 1].
    """
    least = check_iou(iou)
    if len(photos) != len(found):
        raise InvalidArray(f"found: expected {len(photos)} photos, got {len(found)}")
    rows: list[tuple[float, int, int, float, int]] = []
    owner: list[int] = []
    for index, (photo, faces) in enumerate(zip(photos, found, strict=True)):
        if faces is not None:
            for row, face, overlap in _match_photo(photo, faces, least):
                number = face if face < 0 else len(owner) + face
                rows.append((float(faces.scores[row]), index, number, overlap, row))
        owner += [index] * sum(not box.ignored for box in photo.boxes)
    rows.sort(key=lambda one: -one[0])  # stable
    columns = zip(*rows, strict=True) if rows else iter([()] * 5)
    scores, where, face_of, shared, row_of = columns
    return Matches(
        np.array(scores, dtype=np.float64),
        np.array(where, dtype=np.int64),
        np.array(face_of, dtype=np.int64),
        np.array(shared, dtype=np.float64),
        np.array(row_of, dtype=np.int64),
        np.array(owner, dtype=np.int64),
    )


def _match_photo(
    photo: LabelledPhoto, found: FoundFaces, least: float
) -> list[tuple[int, int, float]]:
    """(row, labelled face or -1, overlap) of what counts, scores falling."""
    counting = overlaps(found.boxes, [box.xyxy for box in photo.boxes if not box.ignored])
    ignored = overlaps(found.boxes, [box.xyxy for box in photo.boxes if box.ignored])
    taken: set[int] = set()
    rows = []
    for row in np.argsort(-found.scores, kind="stable").tolist():
        face = int(np.argmax(counting[row])) if counting.shape[1] else -1
        overlap = float(counting[row, face]) if face >= 0 else 0.0
        if overlap >= least and face not in taken:
            taken.add(face)
            rows.append((row, face, overlap))
        elif overlap >= least or not (ignored[row] >= least).any():
            rows.append((row, -1, 0.0))
    return rows

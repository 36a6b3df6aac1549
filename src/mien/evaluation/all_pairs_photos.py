"""Photos of people, those without a face among them, and how many pairs they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.labelled import LabelledSet, labelled

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PhotosOfPeople:
    """All photos of at least two people; P people, N photos.

    Attributes:
        data: the acquired photos; ``sizes`` has a 0 for a person without any.
        rows: the photo of each row of ``data``.
        names: ``P``, by code.
        sizes, possible: ``(P,)`` photos and genuine pairs, those lost included.
        acquired: ``(P,)`` genuine pairs without those lost.
        genuine, impostor: all pairs, those lost included.
    """

    data: LabelledSet
    rows: Counts
    names: tuple[str, ...]
    sizes: Counts
    possible: Counts
    acquired: Counts
    genuine: int
    impostor: int


def check_people(labels: Sequence[str]) -> None:
    """Whether there can be genuine and impostor pairs at all, before any photo is looked at.

    Raises:
        InsufficientData: photos of fewer than two people, or nobody with two.
    """
    people = len(set(labels))
    if people < 2:
        raise InsufficientData(
            f"labels: expected photos of two people at least, got {people}; add another person"
        )
    if people == len(labels):
        raise InsufficientData(
            "labels: expected somebody with two photos, got one photo each; without a second "
            "photo nobody can be recognised again: add one for some people"
        )


def photos_of_people(vectors: Any, labels: Sequence[str]) -> PhotosOfPeople:
    """Check and count.

    Args:
        vectors: N entries ``(D,)``, None for a photo without a face.
        labels: N names of people.

    Raises:
        InvalidEmbedding, InvalidArray, InsufficientData: as ``evaluate_all_pairs``.
    """
    if len(vectors) != len(labels):
        raise InvalidArray(
            f"vectors: expected one for each of {len(labels)} labels, got {len(vectors)}"
        )
    check_people(labels)
    rows = [row for row, vector in enumerate(vectors) if vector is not None]
    try:
        array = np.array([vectors[row] for row in rows], dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidArray(f"vectors: expected rows of D numbers or None, got: {error}") from error
    acquired = [labels[row] for row in rows]
    sizes_by_name = dict.fromkeys([*acquired, *labels], 0)
    for name in labels:
        sizes_by_name[name] += 1
    sizes = np.array(list(sizes_by_name.values()), dtype=np.int64)
    data = labelled(array if rows else np.empty((0, 1), dtype=np.float32), acquired)
    if data.genuine_pairs == 0:
        raise InsufficientData(
            "photos: expected somebody with a face in two photos, got nobody; add photos"
        )
    own = np.zeros(len(sizes), dtype=np.int64)
    own[: len(data.sizes)] = pairs_of(data.sizes)
    possible = pairs_of(sizes)
    genuine = int(possible.sum())
    whole = LabelledSet(
        data.vectors,
        data.codes,
        np.bincount(data.codes, minlength=len(sizes)).astype(np.int64),
        data.genuine_pairs,
        data.impostor_pairs,
    )
    impostor = pairs_of(len(labels)) - genuine
    names = tuple(sizes_by_name)
    return PhotosOfPeople(whole, np.array(rows), names, sizes, possible, own, genuine, impostor)


def pairs_of(photos: Any) -> Any:
    """Pairs among so many photos."""
    return photos * (photos - 1) // 2

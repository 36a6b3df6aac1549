"""How several photos of a person stand in a gallery: all of them, or their mean."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from mien.checks import check_vectors
from mien.errors import InsufficientData
from mien.evaluation.people_photos import PeoplePhotos
from mien.gallery.index import Index


class Templates(StrEnum):
    """What a probe is compared with.

    ``MAX`` is what ``mien identify`` does: every photo is kept, the best one counts. ``MEAN``
    keeps one vector a person, the mean of the photos' unit vectors, at unit length again.
    """

    MAX = "max"
    MEAN = "mean"


def first_photos(photos: PeoplePhotos, most: int | None = None) -> dict[str, list[int]]:
    """For each person with a face, the rows in ``vectors`` of the first ``most`` photos with one.

    Args:
        photos: of the gallery.
        most: photos a person; None for all.
    """
    chosen: dict[str, list[int]] = {}
    for name, places in photos.by_person().items():
        rows = [int(row) for row in photos.rows[places] if row >= 0]
        if rows:
            chosen[name] = rows[:most]
    return chosen


def gallery_index(
    photos: PeoplePhotos, templates: Templates = Templates.MAX, most: int | None = None
) -> Index:
    """The photos as the gallery searches them.

    Args:
        photos: of the people to enrol; people without any face are not in it.
        templates: all photos, or their mean.
        most: at most the first so many photos with a face of each person; None for all.

    Raises:
        InsufficientData: nobody has a face.
        InvalidEmbedding: photos of a person that cancel out in the mean.
    """
    chosen = first_photos(photos, most)
    if not chosen:
        raise InsufficientData("gallery: expected photos with a face, got none")
    if templates is Templates.MEAN:
        means = np.stack(
            [photos.vectors[rows].mean(axis=0, dtype=np.float64) for rows in chosen.values()]
        )
        matrix = check_vectors(means, photos.vectors.shape[1], "mean template")
        owners = np.arange(len(chosen))
    else:
        rows = [row for own in chosen.values() for row in own]
        matrix = photos.vectors[rows]
        owners = np.repeat(np.arange(len(chosen)), [len(own) for own in chosen.values()])
    return Index.build(None, tuple(chosen), owners, matrix)

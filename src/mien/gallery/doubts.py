"""Whether a photo that is to be enrolled fits its name: what is worth a word at the door."""

from __future__ import annotations

import numpy as np

from mien.errors import InvalidName, PersonNotFound
from mien.gallery.gallery import Gallery
from mien.matching import THRESHOLDS
from mien.records import Candidate, Doubt, EmbeddingSpace, FloatArray

LIKE, UNLIKE = 1e-4, 1e-2  # false match rates: as like as one person; as unlike as two


def doubt_of(
    gallery: Gallery, name: str, vector: FloatArray, space: EmbeddingSpace
) -> Doubt | None:
    """What speaks against enrolling a face under a name; None where nothing does.

    Nothing is said of a network without measured thresholds.

    Args:
        gallery: before the face is in it.
        name: to enrol it under.
        vector: of the face.
        space: of the vector.

    Raises:
        SpaceMismatch: the gallery holds vectors of another space.
    """
    rows = THRESHOLDS.get((space.model, space.preprocessing))
    if rows is None:
        return None
    names, (scores,) = gallery.scores(vector, space)
    try:
        own = names.index(gallery.person(name).name)
    except (PersonNotFound, InvalidName):
        own = None
    fits = None if own is None else float(scores[own])
    others = [place for place in np.argsort(-scores)[:2] if place != own]
    like = None
    if others and scores[others[0]] >= max(rows[LIKE].similarity, fits or -1.0):
        like = Candidate(names[others[0]], float(scores[others[0]]))
    unlike = fits is not None and fits < rows[UNLIKE].similarity
    return Doubt(like, fits) if like or unlike else None

"""What each further photo of a person brings: the same searches in galleries of 1, 2, 3 photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.evaluation.intervals import Rate
from mien.evaluation.open_set import OpenSetPoint, points_at_fpir, rank_rate
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.probing import probe_gallery
from mien.evaluation.templates import Templates, first_photos

MOST_PHOTOS = 10
FPIR = 1e-2
_ENOUGH_PEOPLE = 30


@dataclass(frozen=True, slots=True)
class PhotoCount:
    """One gallery: the first ``photos`` photos of each person.

    Attributes:
        photos: of each person, or all where somebody has fewer.
        templates: how they are compared.
        people: whose searches are judged: everybody who has as many photos as the last row.
        rank_1: of those mated searches.
        fnir: of the same at FPIR 1 %, all strangers searched; None without strangers.
    """

    photos: int
    templates: Templates
    people: int
    rank_1: Rate
    fnir: OpenSetPoint | None

    def to_json(self) -> dict[str, Any]:
        return {
            "photos": self.photos,
            "templates": self.templates.value,
            "people": self.people,
            "rank_1": self.rank_1.to_json(),
            "fnir_at_fpir_0.01": self.fnir and self.fnir.to_json(),
        }


def by_photo_count(
    gallery: PeoplePhotos, probes: PeoplePhotos, replicates: int = 400, seed: int = 0
) -> tuple[PhotoCount, ...]:
    """Rows for 1, 2, 3 ... photos a person, each with both ways to compare them.

    All rows judge the same searches, else they would compare people instead of photos: mated
    searches of people who have the most photos of any row, and all non-mated ones. The most is
    10, or as many as 30 people with mated searches have, or half of those people. Everybody else
    stays in the gallery.

    Args:
        gallery: photos of the people to enrol, the first ones are taken.
        probes: photos to search with.
        replicates, seed: of the bootstrap over people.

    Raises:
        InsufficientData: as :func:`mien.evaluation.probing.probe_gallery`.
    """
    enrolled = first_photos(gallery)
    searched = set(probes.people)
    counts = np.array([len(rows) for name, rows in enrolled.items() if name in searched])
    if not len(counts):
        return ()
    enough = min(_ENOUGH_PEOPLE, -(-len(counts) // 2))
    most = min(MOST_PHOTOS, int(np.sort(counts)[-enough]))
    judged = {name for name, rows in enrolled.items() if len(rows) >= most}
    strangers = set(probes.people) - set(gallery.people)
    kept = [at for at, name in enumerate(probes.people) if name in judged or name in strangers]
    chosen = probes.take(kept)
    rows = []
    for photos in range(1, most + 1):
        for templates in Templates if photos > 1 else (Templates.MAX,):
            probing = probe_gallery(gallery, chosen, templates, most=photos)
            point = None
            if not probing.mated.all():
                (point,) = points_at_fpir(probing, [FPIR], replicates, seed)
            rows.append(
                PhotoCount(
                    photos,
                    templates,
                    len(judged & searched),
                    rank_rate(probing, 1),
                    point,
                )
            )
    return tuple(rows)

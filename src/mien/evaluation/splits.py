"""One set of labelled photos split at random: people to enrol, strangers, photos to search with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData
from mien.evaluation.intervals import Rate
from mien.evaluation.open_set import OpenSetPoint, points_at_fpir, rank_rate
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.probing import probe_gallery
from mien.evaluation.templates import Templates

_REPLICATES = 400


@dataclass(frozen=True, slots=True)
class Split:
    """How to split.

    Attributes:
        gallery_photos: of each person who is enrolled, at most; one photo at least is kept to
            search with. Somebody with a single photo is enrolled and never searched for.
        strangers: share of people who are kept out, to search for with all their photos.
    """

    gallery_photos: int = 5
    strangers: float = 0.5

    def __post_init__(self) -> None:
        check_count(self.gallery_photos, "gallery photos")
        check_fraction(self.strangers, "strangers")

    def of(self, photos: PeoplePhotos, seed: int) -> tuple[PeoplePhotos, PeoplePhotos]:
        """The gallery and the probes.

        Raises:
            InsufficientData: fewer than two people to enrol, or none of them with two photos.
        """
        generator = np.random.default_rng(check_count(seed, "seed", low=0, high=2**32))
        places = photos.by_person()
        names = sorted(places)
        order = [names[index] for index in generator.permutation(len(names))]
        kept_out = round(self.strangers * len(names))
        gallery: list[int] = []
        probes = [place for name in sorted(order[:kept_out]) for place in places[name]]
        searched = 0
        for name in sorted(order[kept_out:]):
            own = [int(place) for place in generator.permutation(places[name])]
            count = min(self.gallery_photos, max(1, len(own) - 1))
            gallery += own[:count]
            probes += own[count:]
            searched += len(own) > count
        if len(names) - kept_out < 2 or not searched:
            raise InsufficientData(
                f"split: expected two people at least to enrol, one of them with two photos, got "
                f"{len(names) - kept_out} of {len(names)} people; lower the share of strangers, "
                "or add photos"
            )
        return photos.take(gallery), photos.take(probes)


@dataclass(frozen=True, slots=True)
class Repeat:
    """The main numbers of one more split.

    Attributes:
        seed: of the split.
        rank_1: share of mated searches with the own person first.
        fnir_at_fpir: as in the report; None without strangers.
    """

    seed: int
    rank_1: Rate
    fnir_at_fpir: dict[float, OpenSetPoint] | None

    def to_json(self) -> dict[str, Any]:
        by_rate = self.fnir_at_fpir
        return {
            "seed": self.seed,
            "rank_1": self.rank_1.to_json(),
            "fnir_at_fpir": by_rate
            and {f"{rate:.10g}": point.to_json() for rate, point in by_rate.items()},
        }


def repeat_splits(
    photos: PeoplePhotos,
    split: Split,
    seeds: Sequence[int],
    templates: Templates,
    fpirs: Sequence[float],
) -> tuple[Repeat, ...]:
    """The main numbers of several random splits: how much the drawing alone moves them.

    Photos recur from split to split, so that the numbers are not independent: they are listed,
    not averaged into a narrower interval.

    Raises:
        InsufficientData: a split without mated searches.
    """
    results = []
    for seed in seeds:
        gallery, probes = split.of(photos, seed)
        probing = probe_gallery(gallery, probes, templates)
        points = None
        if not probing.mated.all():
            found = points_at_fpir(probing, fpirs, _REPLICATES)
            points = dict(zip(fpirs, found, strict=True))
        results.append(Repeat(seed, rank_rate(probing, 1), points))
    return tuple(results)

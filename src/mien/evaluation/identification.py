"""Identification: is the right person found in a gallery, and is a stranger left alone?

One report from the photos of a gallery and those to search with; ``docs/identification.md`` says
what each number means.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData
from mien.evaluation.growth import GrowthPoint, growth, people_reached, usual_sizes
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate
from mien.evaluation.open_set import (
    NO_MATED,
    OpenSetPoint,
    curve_fpirs,
    point_at,
    points_at_fpir,
    rank_rate,
)
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.photo_counts import PhotoCount, by_photo_count
from mien.evaluation.probing import Probing, probe_gallery
from mien.evaluation.splits import Repeat
from mien.evaluation.templates import Templates
from mien.renamed import limit_json, renamed_field

RANKS = (1, 5, 20)
CMC_RANKS = 50
FPIRS = (1e-2, 3e-3)
FEW_PEOPLE = 30


@dataclass(frozen=True, slots=True)
class IdentificationReport:
    """What searches in a gallery say of a network and all that stands before it.

    Attributes:
        people, gallery_photos: enrolled, and photos of them that gave a face.
        templates: how several photos of a person are compared.
        mated, non_mated: searches for people of the gallery, and for strangers.
        mated_people, strangers: whose they are.
        ranks: share of mated searches with the own person among the first R; None where the
            gallery has no more than R people: everybody is among them.
        cmc: the same for R = 1, 2, 3 ..., below the number of people, at most 50.
        fnir_at_fpir: one entry per rate asked, falling; None without non-mated searches.
        curve: FNIR over rising FPIR; empty without non-mated searches.
        at_threshold: what a threshold from elsewhere does; None if none was given.
        growth: FPIR as the gallery grows, at ``growth_threshold``.
        photo_counts: what each further photo of a person brings.
        failed_mated, failed_non_mated: searches whose photo gave no face: the first are misses
            at every rank and threshold, the others find nobody; both are counted.
        failed_gallery_photos: photos of the gallery without a face.
        not_enrolled: people of whom no photo gave a face; searches for them are misses.
        notes: what the reader must know.
        repeats: the same for other random splits, where the caller made some.
        seconds, embedder, detector: of the run, where the caller states them.
    """

    people: int
    gallery_photos: int
    templates: Templates
    mated: int
    non_mated: int
    mated_people: int
    strangers: int
    ranks: dict[int, Rate | None]
    cmc: tuple[Rate, ...]
    fnir_at_fpir: dict[float, OpenSetPoint] | None
    curve: tuple[OpenSetPoint, ...]
    at_threshold: OpenSetPoint | None
    growth: tuple[GrowthPoint, ...]
    growth_threshold: float | None
    photo_counts: tuple[PhotoCount, ...]
    failed_mated: int
    failed_non_mated: int
    failed_gallery_photos: int
    not_enrolled: int
    notes: tuple[str, ...]
    repeats: tuple[Repeat, ...] = ()
    seconds: float | None = None
    embedder: str | None = None
    detector: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of ``mien evaluate identification --json``."""
        by_rate = self.fnir_at_fpir
        return {
            "searches": self.mated + self.non_mated,
            "mated": self.mated,
            "non_mated": self.non_mated,
            "people": self.people,
            "gallery_photos": self.gallery_photos,
            "mated_people": self.mated_people,
            "strangers": self.strangers,
            "templates": self.templates.value,
            **{
                f"rank_{rank}": None if rate is None else rate.to_json()
                for rank, rate in self.ranks.items()
            },
            "fnir_at_fpir": by_rate
            and {f"{rate:.10g}": point.to_json() for rate, point in by_rate.items()},
            "at_threshold": self.at_threshold and self.at_threshold.to_json(),
            "failure_to_acquire": {
                "mated": self.failed_mated,
                "non_mated": self.failed_non_mated,
                "gallery_photos": self.failed_gallery_photos,
                "people_not_enrolled": self.not_enrolled,
            },
            "cmc": [rate.to_json() for rate in self.cmc],
            "curve": [
                {"fpir": point.false_positives / point.non_mated, "fnir": point.fnir.to_json()}
                for point in self.curve
            ],
            "photos_per_person": [row.to_json() for row in self.photo_counts],
            "growth": [point.to_json() for point in self.growth],
            **limit_json(self.growth_threshold, "growth_min_similarity", "growth_threshold"),
            "repeats": [one.to_json() for one in self.repeats],
            "seconds": self.seconds,
            "embedder": self.embedder,
            "detector": self.detector,
            "notes": list(self.notes),
        }


@renamed_field("threshold", "min_similarity")
@dataclass(frozen=True, slots=True)
class IdentificationSettings:
    """What is measured.

    Attributes:
        templates: how several photos of a person are compared.
        min_similarity: whose effect is wanted, such as the one ``identify`` uses.
        fpirs: rates at which FNIR is given, falling.
        replicates, seed: of the bootstrap.
    """

    templates: Templates = Templates.MAX
    min_similarity: float | None = None
    fpirs: tuple[float, ...] = FPIRS
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.min_similarity is not None:
            check_fraction(self.min_similarity, "min_similarity", -1.0, 1.0)
        check_count(self.replicates, "replicates", low=40, high=100_000)


_DEFAULTS = IdentificationSettings()


def evaluate_identification(
    gallery: PeoplePhotos, probes: PeoplePhotos, settings: IdentificationSettings = _DEFAULTS
) -> tuple[IdentificationReport, Probing]:
    """Search a gallery for every probe, and judge what was found.

    Args:
        gallery: photos of the people to enrol.
        probes: photos to search with; people who are not in ``gallery`` are strangers.
        settings: what is measured.

    Returns:
        The report, and the single searches.

    Raises:
        InsufficientData: no mated search, or fewer than two people who can be enrolled.
        InvalidArray: vectors of the two sets that differ in length.
    """
    probing = probe_gallery(gallery, probes, settings.templates)
    mated, strangers = probing.mated, ~probing.mated
    if not mated.any():
        raise InsufficientData(NO_MATED)
    at_fpir, curve = _open_set(probing, settings)
    grown, level = _growth(gallery, probes, probing, settings, at_fpir)
    enrolled, wanted = len(probing.names), settings.min_similarity
    report = IdentificationReport(
        people=enrolled,
        gallery_photos=int(gallery.acquired.sum()),
        templates=settings.templates,
        mated=int(mated.sum()),
        non_mated=int(strangers.sum()),
        mated_people=_people(probing, mated),
        strangers=_people(probing, strangers),
        ranks={rank: rank_rate(probing, rank) if rank < enrolled else None for rank in RANKS},
        cmc=tuple(rank_rate(probing, rank) for rank in range(1, min(enrolled, CMC_RANKS + 1))),
        fnir_at_fpir=at_fpir,
        curve=curve,
        at_threshold=None if wanted is None else point_at(probing, wanted),
        growth=grown,
        growth_threshold=level,
        photo_counts=by_photo_count(gallery, probes),
        failed_mated=int((mated & ~probing.acquired).sum()),
        failed_non_mated=int((strangers & ~probing.acquired).sum()),
        failed_gallery_photos=int((~gallery.acquired).sum()),
        not_enrolled=len(set(gallery.people)) - enrolled,
        notes=(),
    )
    notes = (*_notes(report), *_copies(probing))
    return replace(report, notes=notes), probing


def _people(probing: Probing, among: Any) -> int:
    return len(np.unique(probing.codes[among]))


def _open_set(
    probing: Probing, settings: IdentificationSettings
) -> tuple[dict[float, OpenSetPoint] | None, tuple[OpenSetPoint, ...]]:
    if probing.mated.all():
        return None, ()
    along = curve_fpirs(int((~probing.mated).sum()))
    points = points_at_fpir(probing, (*settings.fpirs, *along), settings.replicates, settings.seed)
    count = len(settings.fpirs)
    # Ties can make a curve stand still: the first of equal rates is the point.
    kept: dict[int, OpenSetPoint] = {}
    for point in points[count:]:
        if point.false_positives:
            kept.setdefault(point.false_positives, point)
    return dict(zip(settings.fpirs, points[:count], strict=True)), tuple(kept.values())


def _growth(
    gallery: PeoplePhotos,
    probes: PeoplePhotos,
    probing: Probing,
    settings: IdentificationSettings,
    at_fpir: dict[float, OpenSetPoint] | None,
) -> tuple[tuple[GrowthPoint, ...], float | None]:
    """At the threshold given, else at that of the first rate."""
    if not at_fpir:
        return (), None
    level = settings.min_similarity
    if level is None:
        level = next(iter(at_fpir.values())).threshold
    strangers = probes.take(np.flatnonzero(~probing.mated))
    reached, people = people_reached(gallery, strangers, level, settings.templates)
    return growth(reached, strangers.people, people, usual_sizes(people)), level


def _copies(probing: Probing) -> Iterator[str]:
    copies = int((probing.mate >= 1.0 - 1e-6).sum())
    if copies:
        yield f"copies of gallery photos among the probes: {copies}; leave them out"


def _notes(report: IdentificationReport) -> Iterator[str]:
    if report.fnir_at_fpir is None:
        yield (
            "no non-mated search: nothing is known of strangers; add probes of people who are "
            "not in the gallery"
        )
    for rate, point in (report.fnir_at_fpir or {}).items():
        if point.false_positives < SUPPORTING_ERRORS:
            needed = math.ceil(SUPPORTING_ERRORS / rate - 1e-9)
            yield (
                f"FPIR {100 * rate:g} %: false positives that set its threshold: "
                f"{point.false_positives} of {report.non_mated:,} non-mated searches; "
                f"{needed:,} searches are needed"
            )
    for rank in (rank for rank, rate in report.ranks.items() if rate is None):
        yield f"rank {rank} says nothing in a gallery of {report.people} people"
    if report.failed_mated:
        yield f"{report.failed_mated} mated searches have no face: misses at every rank"
    if report.failed_non_mated:
        yield f"{report.failed_non_mated} non-mated searches have no face: they find nobody"
    if report.not_enrolled:
        yield f"not enrolled, no face: {report.not_enrolled} people; searches for them are misses"
    if report.mated_people < FEW_PEOPLE:
        yield f"{report.mated_people} people are searched for: others may be harder or easier"
    yield (
        "intervals are over people, the gallery is given; supported means at least "
        f"{SUPPORTING_ERRORS} errors, and for FNIR at an FPIR as many false positives too"
    )

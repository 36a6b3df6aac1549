"""An identification report as numbers, curves, tables and the worst mistakes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mien.checks import told_apart
from mien.evaluation.findings import (
    Cell,
    Chart,
    Example,
    Findings,
    Line,
    Number,
    Table,
    Trials,
    Unit,
)
from mien.evaluation.identification import IdentificationReport
from mien.evaluation.intervals import Rate
from mien.evaluation.people_photos import PeoplePhotos
from mien.evaluation.probing import Probing

_WORST = 12


def identification_findings(
    report: IdentificationReport, probing: Probing, gallery: PeoplePhotos, probes: PeoplePhotos
) -> Findings:
    """The report for a page or a comparison.

    Args:
        report, probing: from :func:`mien.evaluation.identification.evaluate_identification`.
        gallery, probes: what they were made of; their sources name the photos.
    """
    return Findings(
        kind="identification",
        title="Identification: who of a gallery is it, if anybody",
        numbers=tuple(_numbers(report)),
        charts=tuple(_charts(report)),
        tables=tuple(_tables(report)),
        notes=report.notes,
        trials=_trials(report, probing, probes),
        examples=(
            *_false_positives(probing, gallery, probes),
            *_misses(probing, gallery, probes),
        ),
        result=report.to_json(),
    )


def _numbers(report: IdentificationReport) -> Iterator[Number]:
    for rank, rate in report.ranks.items():
        note = "" if rate else f"the gallery has {report.people} people"
        yield Number(f"rank_{rank}", f"own person among the first {rank}", rate, note=note)
    for fpir, point in (report.fnir_at_fpir or {}).items():
        note = f"{point.false_positives} false positives of {point.non_mated:,} non-mated searches"
        label = f"missed, where {100 * fpir:g} % of strangers are found"
        yield Number(f"fnir_at_fpir_{fpir:g}", label, point.fnir, note=note)
    if report.fnir_at_fpir is None:
        yield Number("fnir_at_fpir_0.01", "missed", None, note="no non-mated search")
    if report.at_threshold is not None:
        at = f"at similarity {report.at_threshold.threshold:.3f}"
        yield Number("fnir_at_threshold", f"missed {at}", report.at_threshold.fnir)
        yield Number("fpir_at_threshold", f"strangers found {at}", report.at_threshold.fpir)
        yield Number("wrong_name", f"given another's name {at}", report.at_threshold.wrong_name)
    yield Number("people", "people in the gallery", report.people, Unit.COUNT)
    yield Number("mated", "mated searches", report.mated, Unit.COUNT)
    yield Number("non_mated", "non-mated searches", report.non_mated, Unit.COUNT)


def _line(name: str, x: list[float], rates: list[Rate]) -> Line:
    return Line(
        name,
        tuple(x),
        tuple(rate.value for rate in rates),
        tuple(rate.low for rate in rates),
        tuple(rate.high for rate in rates),
    )


def _charts(report: IdentificationReport) -> Iterator[Chart]:
    ranks = [float(rank) for rank in range(1, len(report.cmc) + 1)]
    yield Chart(
        "cmc",
        "Own person among the first R",
        "rank R",
        "share of mated searches",
        (_line("mated searches", ranks, list(report.cmc)),),
        note="an equal score counts against us",
    )
    if report.curve:
        fpirs = [point.false_positives / point.non_mated for point in report.curve]
        yield Chart(
            "fnir_fpir",
            "Missed people against found strangers",
            "FPIR: share of non-mated searches that find somebody",
            "FNIR: share of mated searches that miss",
            (_line("all thresholds", fpirs, [point.fnir for point in report.curve]),),
            x_log=True,
            note="left of 30 false positives the threshold is a guess",
        )
    if len(report.growth) > 1:
        sizes = [float(point.people) for point in report.growth]
        model = tuple(point.model for point in report.growth)
        yield Chart(
            "growth",
            f"Strangers found as the gallery grows, at similarity {report.growth_threshold:.3f}",
            "people in the gallery",
            "FPIR",
            (
                _line("measured", sizes, [point.fpir for point in report.growth]),
                Line("model 1 - (1 - FMR)^N", tuple(sizes), model),
            ),
            x_log=True,
        )


def _tables(report: IdentificationReport) -> Iterator[Table]:
    if report.photo_counts:
        people = report.photo_counts[0].people
        rows: list[tuple[Cell | Rate, ...]] = [
            (row.photos, row.templates.value, row.rank_1, row.fnir.fnir if row.fnir else None)
            for row in report.photo_counts
        ]
        yield Table(
            "photos_per_person",
            "What more photos of a person bring",
            ("photos", "templates", "rank 1", "FNIR at FPIR 1 %"),
            tuple(rows),
            note=f"the same searches in all rows: of {people} people, and of all strangers",
        )
    if report.repeats:
        rows = []
        for one in report.repeats:
            by_rate = one.fnir_at_fpir or {}
            rows.append((one.seed, one.rank_1, *(point.fnir for point in by_rate.values())))
        heads = [f"FNIR at FPIR {100 * rate:g} %" for rate in report.repeats[0].fnir_at_fpir or {}]
        yield Table(
            "repeats",
            "Other random splits of the same photos",
            ("seed", "rank 1", *heads),
            tuple(rows),
            note="photos recur: the rows are not independent, and not to be averaged",
        )


def _trials(report: IdentificationReport, probing: Probing, probes: PeoplePhotos) -> Trials:
    """Right is: the own person stands first; of a stranger: nobody reaches the threshold."""
    level = math.inf if report.growth_threshold is None else report.growth_threshold
    scores = np.where(probing.mated, probing.mate, probing.rival)
    right = np.where(probing.mated, probing.rank == 1, probing.rival < level)
    return Trials(
        kind="search",
        names=probes.sources,
        same=tuple(bool(one) for one in probing.mated),
        scores=tuple(float(one) if np.isfinite(one) else None for one in scores),
        right=tuple(bool(one) for one in right),
        subjects=tuple((name,) for name in probes.people),
    )


def _false_positives(
    probing: Probing, gallery: PeoplePhotos, probes: PeoplePhotos
) -> Iterator[Example]:
    places = np.flatnonzero(~probing.mated & np.isfinite(probing.rival))
    for place in places[np.argsort(-probing.rival[places], kind="stable")][:_WORST]:
        rival = probing.names[probing.rival_person[place]]
        score = float(probing.rival[place])
        yield Example(
            "false_positive",
            (probes.sources[place], _nearest(gallery, rival, probes, int(place))),
            score,
            f"{probing.people[place]} is not in the gallery; found as {rival}, {score:.3f}",
        )


def _misses(probing: Probing, gallery: PeoplePhotos, probes: PeoplePhotos) -> Iterator[Example]:
    places = np.flatnonzero(probing.mated & probing.acquired & (probing.rank > 1))
    behind = probing.rival[places] - probing.mate[places]
    for place in places[np.argsort(-behind, kind="stable")][:_WORST]:
        rival = probing.names[probing.rival_person[place]]
        mate, score = float(probing.mate[place]), float(probing.rival[place])
        found, best = told_apart(score, mate, 3)
        own = f"itself {best}" if math.isfinite(mate) else "not enrolled"
        yield Example(
            "miss",
            (probes.sources[place], _nearest(gallery, rival, probes, int(place))),
            score,
            f"{probing.people[place]} found as {rival}, {found}; {own}",
        )
    for place in np.flatnonzero(probing.mated & ~probing.acquired)[:_WORST]:
        text = f"{probing.people[place]}: no face found"
        yield Example("miss", (probes.sources[place],), None, text)


def _nearest(gallery: PeoplePhotos, name: str, probes: PeoplePhotos, place: int) -> str:
    """Which of a person's photos in the gallery is most like a probe."""
    own = [at for at, person in enumerate(gallery.people) if person == name]
    own = [at for at in own if gallery.rows[at] >= 0]
    scores = gallery.vectors[gallery.rows[own]] @ probes.vectors[probes.rows[place]]
    return gallery.sources[own[int(np.argmax(scores))]]

"""``mien evaluate identification``: is the right person found, is a stranger left alone?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.decision import SimilarityOptions
from mien.cli.failures import choice_error
from mien.cli.measuring import (
    CacheOption,
    ReportOption,
    deliver,
    models_used,
    people_photos,
    percent,
    with_interval,
)
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.tables import table_lines
from mien.cli.text import plural
from mien.errors import InvalidOption, UnknownModel

if TYPE_CHECKING:
    from mien.evaluation import IdentificationReport, PeoplePhotos, Repeat, Split, Templates
    from mien.pipeline import Recognizer


@grouped
def identification(
    data: Annotated[
        Path | None,
        typer.Argument(metavar="[DATA]", help="A folder with a folder for each person, to split."),
    ] = None,
    gallery_images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="In place of DATA: people to enrol.")
    ] = None,
    probes: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="People to search for; who is only here is a stranger."),
    ] = None,
    gallery_photos: Annotated[
        int, typer.Option(metavar="K", help="Of DATA: enrol at most K photos of a person.")
    ] = 5,
    strangers: Annotated[
        float, typer.Option(metavar="SHARE", help="Of DATA: keep this share of people out.")
    ] = 0.5,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the split.")] = 0,
    repeats: Annotated[
        int, typer.Option(metavar="R", help="Of DATA: splits, from seed S on; S is reported.")
    ] = 5,
    templates: Annotated[
        str,
        typer.Option(metavar="max|mean", help="A person's best photo, or the mean of them."),
    ] = "max",
    *,
    decision: SimilarityOptions,
    network: options.NetworkOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
    cache: CacheOption = None,
) -> None:
    """Right person found, strangers left alone: rank 1, 5, 20, and FNIR at FPIR 1 % and 0.3 %.

    Either a gallery and probes in folders of their own, or one folder that is split at random.
    Of several faces in a photo the most central one counts, usable or not. A photo without a
    face finds nobody: a miss, if its person is in the gallery. What --min-similarity does is
    judged, too; by default what `mien identify` takes.

    \b
    Examples:
      mien evaluate identification --gallery-images enrolled --probes visitors
      mien evaluate identification people/ --gallery-photos 1 --strangers 0.5 --json
    """
    from mien.checks import check_count
    from mien.evaluation import IdentificationSettings as Wanted
    from mien.evaluation import (
        Split,
        evaluate_identification,
        identification_findings,
        repeat_splits,
    )
    from mien.models import ModelStore
    from mien.report import Run, typed_command

    output = Output(json=json, quiet=quiet)
    parts = network.opened(output)
    split = Split(gallery_photos, strangers)
    way, folders = _templates(templates), _folders(data, gallery_images, probes)
    asked = decision.said(output).min_similarity  # refused before the networks are loaded
    seeds = range(seed, seed + check_count(repeats, "--repeats", high=1000))
    recognizer, start = options.load_recognizer(parts, output), time.perf_counter()
    level = _judged(recognizer, parts, output) if asked is None else asked
    wanted = Wanted(way, level, seed=seed)
    photos_of = partial(people_photos, recognizer, output=output, cache=cache, exclude=exclude)
    sets = _sets(folders, split, seed, photos_of)
    others: tuple[Repeat, ...] = ()
    if sets.whole is not None and repeats > 1:
        others = repeat_splits(sets.whole, split, seeds, way, wanted.fpirs)
    measured, probing = evaluate_identification(sets.gallery, sets.probes, wanted)
    measured = replace(
        measured,
        repeats=others,
        seconds=round(time.perf_counter() - start, 2),
        embedder=parts.embedder_name,
        detector=parts.detector,
    )
    run = Run(
        command=typed_command(),
        data={
            "folders": ", ".join(str(folder) for folder in folders),
            "gallery_photos": len(sets.gallery),
            "probes": len(sets.probes),
        },
        models=models_used(parts, ModelStore(), recognizer),
        seconds=measured.seconds,
    )
    findings = identification_findings(measured, probing, sets.gallery, sets.probes)
    deliver(output, findings, _lines(measured), run, report)


@dataclass(frozen=True, slots=True)
class _Sets:
    gallery: PeoplePhotos
    probes: PeoplePhotos
    whole: PeoplePhotos | None = None


def _folders(data: Path | None, gallery: Path | None, probes: Path | None) -> tuple[Path, ...]:
    if data is not None and gallery is None and probes is None:
        return (data,)
    if data is None and gallery is not None and probes is not None:
        return gallery, probes
    raise InvalidOption(
        "identification: expected DATA alone, or --gallery-images and --probes, got "
        f"{sum(one is not None for one in (data, gallery, probes))} of the three"
    )


def _templates(text: str) -> Templates:
    from mien.evaluation import Templates

    try:
        return Templates(text)
    except ValueError:
        raise choice_error("--templates", "max or mean", text) from None


def _judged(recognizer: Recognizer, parts: options.NetworkOptions, output: Output) -> float | None:
    """The least similarity of `mien identify`; None where none was measured."""
    from mien.api import policy_for

    try:
        return policy_for(recognizer.embedder.space, measured=parts.measured).min_similarity
    except UnknownModel:
        output.note("no threshold was measured for this embedder: none is judged")
        return None


def _sets(
    folders: tuple[Path, ...],
    split: Split,
    seed: int,
    photos_of: Callable[..., PeoplePhotos],
) -> _Sets:
    from mien.names import one_spelling

    if len(folders) == 2:
        gallery, probes = (photos_of(one, named=True) for one in folders)
        names = one_spelling((*gallery.people, *probes.people))[len(gallery) :]
        return _Sets(gallery, replace(probes, people=tuple(names)))
    photos = photos_of(folders[0])
    return _Sets(*split.of(photos, seed), whole=photos)


def _lines(report: IdentificationReport) -> Iterator[str]:
    yield (
        f"gallery             {plural(report.people, 'person', 'people')}, "
        f"{plural(report.gallery_photos, 'photo')}, templates {report.templates.value}"
    )
    yield (
        f"searches            {report.mated:,} mated, of "
        f"{plural(report.mated_people, 'person', 'people')}; {report.non_mated:,} non-mated, of "
        f"{plural(report.strangers, 'stranger')}"
    )
    for rank, rate in report.ranks.items():
        if rate is not None:
            yield f"rank {rank:<14} {with_interval(rate)}"
    for fpir, point in (report.fnir_at_fpir or {}).items():
        yield f"FNIR at FPIR {f'{100 * fpir:g} %':<6} {with_interval(point.fnir)}"
        yield (
            f"{'':19} {point.misses:,} of {point.mated:,} missed; {point.false_positives:,} of "
            f"{point.non_mated:,} strangers' photos found"
        )
    if report.at_threshold is not None:
        point = report.at_threshold
        yield f"at similarity {point.threshold:.3f}"
        yield f"  missed            {with_interval(point.fnir)}"
        yield f"  wrong name        {with_interval(point.wrong_name)}"
        if point.fpir is not None:
            yield f"  strangers found   {with_interval(point.fpir)}"
    yield (
        f"not acquired        {plural(report.failed_mated, 'mated search', 'mated searches')}, "
        f"{report.failed_non_mated:,} non-mated, "
        f"{plural(report.failed_gallery_photos, 'gallery photo')}"
    )
    yield from _tables(report)
    yield f"time                {report.seconds or 0.0:.1f} s"
    for note in report.notes:
        yield f"note: {note}"


def _tables(report: IdentificationReport) -> Iterator[str]:
    if len(report.photo_counts) > 1:
        yield f"photos a person, the searches of {report.photo_counts[0].people:,} people"
        yield from (f"  {line}" for line in _photo_lines(report))
    if report.growth:
        yield f"strangers found as the gallery grows, at similarity {report.growth_threshold:.3f}"
        rows = [
            [f"{one.people:,}", percent(one.fpir.value), percent(one.model)]
            for one in report.growth
        ]
        columns3 = ("people", "measured", "model")
        yield from (f"  {line}" for line in table_lines(columns3, rows, columns3))
    if report.repeats:
        shares = [one.rank_1.value for one in report.repeats]
        yield (
            f"rank 1 over {plural(len(shares), 'random split')}: "
            f"{percent(min(shares))} to {percent(max(shares))}"
        )


def _photo_lines(report: IdentificationReport) -> list[str]:
    """A line for each number of photos; one photo is its own mean."""
    cells: dict[tuple[int, str], tuple[str, str]] = {}
    for row in report.photo_counts:
        missed = "" if row.fnir is None else percent(row.fnir.fnir.value)
        cells[row.photos, row.templates.value] = percent(row.rank_1.value), missed
    columns = ["photos", "rank 1, max", "mean", "FNIR at FPIR 1 %, max", "mean"]
    rows = []
    for photos in sorted({photos for photos, _ in cells}):
        best = cells[photos, "max"]
        mean = cells.get((photos, "mean"), best)
        rows.append([str(photos), best[0], mean[0], best[1], mean[1]])
    if report.fnir_at_fpir is None:
        columns, rows = columns[:3], [row[:3] for row in rows]
    return table_lines(columns, rows, columns)

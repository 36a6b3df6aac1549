"""``mien evaluate verification DATA``: every photo of a folder of people with every other one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.commands.evaluate.verification_text import cohort_lines
from mien.cli.measuring import central_encodings, deliver, folder_run, percent
from mien.cli.output import Output
from mien.cli.people import find
from mien.cli.text import plural, shown
from mien.errors import InvalidOption

if TYPE_CHECKING:
    from mien.evaluation import AllPairsReport, AllPairsTar, PersonErrors, Rate

DataOption = Annotated[
    Path | None,
    typer.Argument(metavar="[DATA]", help="A folder with one folder for each person."),
]
PairsOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="LFW's pairs.txt, or a CSV: fold,same,path1,path2."),
]
ImagesOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The folder of the list's paths.")
]
FormatOption = Annotated[
    str | None, typer.Option("--format", metavar="lfw|csv", help="Of the list; lfw if absent.")
]


def list_or_folder(
    data: Path | None, pairs: Path | None, images: Path | None, format_: str | None
) -> tuple[Path, Path]:
    """The list of pairs and the folder of its photos; both are ``data`` where that is given.

    Raises:
        InvalidOption: a folder of people and a list, half a list, or neither.
    """
    named = {"--pairs": pairs, "--images": images, "--format": format_}
    given = [name for name, value in named.items() if value is not None]
    if data is not None:
        if given:
            raise InvalidOption(
                f"verification: expected a folder of people or a list of pairs, got {data} and "
                f"{', '.join(given)}; leave out one"
            )
        return data, data
    if pairs is None or images is None:
        raise InvalidOption(
            "verification: expected a folder of people, or --pairs with --images, got "
            f"{', '.join(given) or 'neither'}"
        )
    return pairs, images


def evaluate_folder(
    data: Path,
    parts: options.NetworkOptions,
    output: Output,
    report: Path | None,
    cohorts: Path | None = None,
    cohort_far: float = 1e-3,
    thumbnails: Path | None = None,
    cache: Path | None = None,
    exclude: list[str] | None = None,
) -> None:
    """Measure all pairs of a folder's photos, say what was found, and write the report.

    Raises:
        InvalidPairs: a damaged file of cohorts.
        SourceNotFound: no folder, or no photo in it.
        InsufficientData: photos of one person only, or nobody with a face in two.
        OutputUnwritable: the report cannot be written.
    """
    from mien.evaluation import (
        check_people,
        evaluate_all_pairs,
        evaluate_folder_cohorts,
        labels_of_photos,
        read_labels,
    )

    if not data.is_dir():
        raise InvalidOption(
            f"verification: expected a folder with one folder for each person, got {data}"
        )
    people = find(str(data), output, exclude)
    names = [name for name, _ in people]
    check_people(names)
    photos = [path for _, path in people]
    paths = [path.relative_to(data).as_posix() for path in photos]
    labels = None if cohorts is None else read_labels(cohorts)
    if labels is not None:
        labels_of_photos(names, paths, labels)  # refused before the long work
    recognizer = options.load_recognizer(parts, output)
    start = time.perf_counter()
    encodings = central_encodings(recognizer, photos, output, cache)
    vectors = [None if one is None else one.vector for one in encodings]
    groups = None
    if labels is not None:
        groups = evaluate_folder_cohorts(vectors, names, paths, labels, cohort_far)
    measured = replace(
        evaluate_all_pairs(vectors, names, paths),
        cohorts=groups,
        seconds=round(time.perf_counter() - start, 2),
        embedder=parts.embedder_name,
        detector=parts.detector,
    )
    run = folder_run(data, measured, parts, recognizer)
    deliver(output, measured.findings(), _lines(measured), run, report, thumbnails)


def _lines(report: AllPairsReport) -> Iterator[str]:
    yield (
        f"{plural(report.photos, 'photo')} of {plural(report.people, 'person', 'people')}: "
        f"{report.genuine:,} genuine pairs, {report.impostor:,} impostor pairs"
    )
    yield f"equal error rate    {_with_interval(report.eer)}"
    for row in report.tar_at_far:
        yield f"TAR at FAR {row.far:<8g} {_rate_line(row)}"
    yield f"area under ROC      {report.auc:.5f}"
    yield (
        f"not acquired        {plural(report.photos_lost, 'photo')}, "
        f"{plural(report.genuine_lost, 'genuine pair')} lost by it"
    )
    if report.genuine_lost:
        for row in report.tar_at_far:
            if row.tar_acquired is not None:
                yield f"without them        {percent(row.tar_acquired.value)} at FAR {row.far:g}"
    yield from _people_lines(report)
    if report.cohorts is not None:
        yield from cohort_lines(report.cohorts)
    yield f"time                {report.seconds:.1f} s"
    for note in report.notes:
        yield f"note: {note}"


def _rate_line(row: AllPairsTar) -> str:
    if row.tar is None:
        return row.note
    return f"{_with_interval(row.tar)}, threshold {row.threshold:.3f}"


def _people_lines(report: AllPairsReport) -> Iterator[str]:
    def named(people: tuple[PersonErrors, ...], share: str) -> str:
        some = [f"{shown(one.name)} {percent(getattr(one, share))}" for one in people[:3]]
        return ", ".join(some) or "nobody"

    yield f"rejected most       {named(report.goats, 'false_reject_share')}"
    yield f"falsely matched     {named(report.lambs, 'false_match_share')}"


def _with_interval(rate: Rate) -> str:
    weak = "" if rate.supported else ", too few errors to be sure"
    return f"{percent(rate.value)} (95 %: {percent(rate.low)} to {percent(rate.high)}{weak})"

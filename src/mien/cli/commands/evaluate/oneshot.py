"""``mien evaluate oneshot``: whose photo is it, after one or a few photos of each person."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.measuring import (
    CacheOption,
    ReportOption,
    deliver,
    folder_run,
    people_photos,
    with_interval,
)
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.tables import table_lines
from mien.cli.text import plural

if TYPE_CHECKING:
    from mien.evaluation import OneShotReport

MOST_PHOTOS = 12_000  # every two of them are scored once: 576 MB


@grouped
def oneshot(
    context: typer.Context,
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder with a folder for each person.")
    ],
    episodes: Annotated[
        int, typer.Option(metavar="E", help="Drawn for each number of people and of photos.")
    ] = 500,
    seed: Annotated[int, typer.Option(metavar="S", help="Of the drawing.")] = 0,
    verifier: options.VerifierOption = None,
    *,
    network: options.NetworkOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
    cache: CacheOption = None,
) -> None:
    """Accuracy of choosing among N people after K photos of each.

    Episodes are drawn at random: N people, K photos and one more as the question. Of several
    faces in a photo the most central one counts; a photo without a face is an error.

    \b
    Examples:
      mien evaluate oneshot people/
      mien evaluate oneshot people/ --episodes 2000 --seed 1 --json
      mien evaluate oneshot people/ --verifier mine.json
    """
    from mien.checks import check_count
    from mien.evaluation import evaluate_oneshot

    output = Output(json=json, quiet=quiet)
    parts = network.opened(output)
    fitted = None
    if verifier is not None:
        fitted, parts = options.find_verifier(verifier, parts, context, output)
    recognizer, start = options.load_recognizer(parts, output), time.perf_counter()
    split = None if fitted is None else recognizer.splitter(fitted)
    photos = people_photos(recognizer, data, output, cache, exclude=exclude)
    scores = None
    if fitted is not None and split is not None and photos.acquired.any():
        check_count(len(photos.vectors), "photos of a verifier's one-shot", high=MOST_PHOTOS)
        views = split(photos.vectors)
        scores = fitted.log_odds_matrix(views, views)
    measured = replace(
        evaluate_oneshot(photos, episodes=episodes, seed=seed, scores=scores),
        seconds=round(time.perf_counter() - start, 2),
        embedder=parts.embedder_name,
        detector=parts.detector,
        verifier=None if verifier is None else str(verifier),
    )
    run = folder_run(data, measured, parts, recognizer)
    deliver(output, measured.findings(), _lines(measured), run, report)


def _lines(report: OneShotReport) -> Iterator[str]:
    yield (
        f"{plural(report.photos, 'photo')} of {plural(report.people, 'person', 'people')}, "
        f"{report.failure_to_acquire:,} without a face"
    )
    rows = [
        [
            str(row.way),
            str(row.shot),
            with_interval(row.accuracy),
            f"{100 * row.chance:.3g} %",
            f"{row.episodes:,}",
            f"{row.people:,}",
        ]
        for row in report.rows
    ]
    columns = ("N people", "K photos", "accuracy", "chance", "episodes", "drawn from")
    right = ("N people", "K photos", "chance", "episodes", "drawn from")
    yield from table_lines(columns, rows, right)
    yield from _comparison_lines(report)
    for note in report.notes:
        yield f"note: {note}"


def _comparison_lines(report: OneShotReport) -> Iterator[str]:
    if not report.comparisons:
        return
    few, many = report.comparisons[0].few, report.comparisons[0].many
    yield f"{few} photo of each person against {many}, the same people and questions:"
    rows = []
    for one in report.comparisons:
        gain = one.difference
        weak = "" if gain.supported else ", too few photos to be sure"
        rows.append(
            [
                str(one.way),
                with_interval(one.with_few),
                with_interval(one.with_many),
                f"{100 * gain.value:+.2f} (95 %: {100 * gain.low:+.2f} to {100 * gain.high:+.2f}"
                f"{weak})",
                f"{one.people:,}",
            ]
        )
    columns = ("N people", f"K = {few}", f"K = {many}", "gain in points", "drawn from")
    yield from table_lines(columns, rows, ("N people", "drawn from"))

"""``mien evaluate robustness``: what noise, rolls, darkness and masks do to the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.decision import DecisionOptions, find_calibration
from mien.cli.measuring import (
    ReportOption,
    deliver,
    folder_run,
    percent,
    shown_from,
)
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.people import find
from mien.cli.progress import PhotoBar
from mien.cli.tables import table_lines
from mien.cli.text import plural

if TYPE_CHECKING:
    from mien.evaluation import Rate, RobustnessReport, TriedPhoto
    from mien.pipeline import Recognizer
    from mien.records import ImageArray
    from mien.robustness import Degradation
    from mien.robustness.trials import ChosenPhoto

ThumbnailsOption = Annotated[
    bool,
    typer.Option("--thumbnails", help="Show one photo at every level, small, in the page."),
]


@grouped
def robustness(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder with a folder for each person.")
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this degradation, such as roll or noise; repeatable. [default: all]",
        ),
    ] = None,
    people: Annotated[
        int, typer.Option(metavar="N", help="Take at most N people, drawn by the seed.")
    ] = 100,
    photos: Annotated[
        int, typer.Option(metavar="K", help="Degrade the first K photos of each person.")
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="S", help="Of people, noise and directions.")] = 0,
    *,
    decision: DecisionOptions,
    network: options.NetworkOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
    thumbnails: ThumbnailsOption = False,
) -> None:
    """Faces found, usable, falsely matched and kept when your photos get worse.

    Each photo is rolled, blurred, darkened, compressed, hidden and more, at several levels. Of
    several faces the most central one counts. Usable degraded faces are compared with the clean
    and the degraded faces of other people, and with another clean photo of their own person, or
    with the same one where there is no other. The threshold is that of `mien verify` without a
    calibration, unless another is given.

    \b
    Examples:
      mien evaluate robustness people/
      mien evaluate robustness people/ --only roll --only noise --people 30 --json
      mien evaluate robustness people/ --fmr 1e-5 --report out --thumbnails
    """
    from mien.api import policy_for
    from mien.checks import check_count
    from mien.evaluation import evaluate_robustness, robustness_findings
    from mien.robustness import choose_degradations, choose_photos

    output = Output(json=json, quiet=quiet)
    asked = decision.said(output)
    ways = choose_degradations(only or ())
    shown_from(data, thumbnails, report)
    check_count(people, "--people", low=2)
    check_count(photos, "--photos", high=1000)
    check_count(seed, "--seed", low=0, high=2**32)
    calibration = find_calibration(asked.calibration, None, network.detector, output)
    parts = network.opened(output)
    chosen = choose_photos(find(str(data), output, exclude), people, photos, seed)
    recognizer, start = options.load_recognizer(parts, output), time.perf_counter()
    policy = policy_for(
        recognizer.embedder.space,
        calibration=calibration,
        measured=parts.measured,
        **asked.asked(),
    )
    tried = _tried(recognizer, chosen, ways, seed, output)
    measured = evaluate_robustness(tried, ways, policy.threshold.similarity)
    measured = replace(
        measured,
        not_acquired=sum(one.degraded for one in chosen) - measured.photos,
        seed=seed,
        seconds=round(time.perf_counter() - start, 2),
        embedder=parts.embedder_name,
        detector=parts.detector,
    )
    run = folder_run(data, measured, parts, recognizer)
    strip = _strip(recognizer, tried, ways, seed) if thumbnails else {}
    findings = robustness_findings(measured, {name: tuple(own) for name, own in strip.items()})
    pictures = dict(chain.from_iterable(own.items() for own in strip.values()))
    deliver(output, findings, _lines(measured), run, report, pictures if thumbnails else None)


def _tried(
    recognizer: Recognizer,
    chosen: Sequence[ChosenPhoto],
    ways: Sequence[Degradation],
    seed: int,
    output: Output,
) -> list[TriedPhoto]:
    """Every photo that shows a face untouched; what does not is said."""
    from mien.records import PhotoFailure
    from mien.robustness import try_photos

    tried = []
    with PhotoBar(output, "degrading", len(chosen)) as bar:
        for answer in try_photos(recognizer, chosen, ways, seed):
            bar.step()
            if isinstance(answer, PhotoFailure):
                output.note(f"not acquired: {answer.source}: {answer.error}")
            else:
                tried.append(answer)
    return tried


def _strip(
    recognizer: Recognizer, tried: Sequence[TriedPhoto], ways: Sequence[Degradation], seed: int
) -> dict[str, dict[str, ImageArray]]:
    """One person's photo at every level, small: by degradation, then by level."""
    from mien.robustness import degraded_strip

    source = next(Path(photo.source) for photo in tried if photo.faces)
    shown: dict[str, dict[str, ImageArray]] = {}
    for way, picture in degraded_strip(recognizer, source, ways, seed):
        shown.setdefault(way.degradation, {})[f"{way.degradation} {way.label}"] = picture
    return shown


def _lines(report: RobustnessReport) -> Iterator[str]:
    yield (
        f"{plural(report.photos, 'photo')} of {plural(report.people, 'person', 'people')} at "
        f"similarity {report.min_similarity:.3f}; {report.not_acquired:,} not acquired"
    )
    rows = [
        [
            *(row.condition.degradation, row.condition.label),
            *(percent(row.found.value), percent(row.usable.value)),
            _small_rate(row.false_match_rate),
            f"{row.false_matches:,} of {row.impostor_pairs:,}",
            _share(row.kept),
        ]
        for row in report.rows
    ]
    right = ("found", "usable", "false matches")
    columns = ("degradation", "level", *right[:2], "false match rate (95 %)", *right[2:])
    yield from table_lines((*columns, "own photos kept (95 %)"), rows, right)
    yield f"time                {report.seconds or 0.0:.1f} s"
    for note in report.notes:
        yield f"note: {note}"


def _small_rate(rate: Rate | None) -> str:
    """A rate far below a percent, with its interval."""
    if rate is None:
        return "no pairs"
    return f"{rate.value:.2g} ({rate.low:.2g} to {rate.high:.2g})"


def _share(rate: Rate | None) -> str:
    if rate is None:
        return "nobody"
    return f"{percent(rate.value)} ({percent(rate.low)} to {percent(rate.high)})"

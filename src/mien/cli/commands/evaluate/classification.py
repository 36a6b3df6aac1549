"""``mien evaluate classification``: a trained classifier on labelled photos and on strangers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.decision import SimilarityOptions
from mien.cli.measuring import (
    ReportOption,
    central_encodings,
    deliver,
    models_used,
    percent,
    with_interval,
)
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.people import find
from mien.cli.tables import table_lines
from mien.cli.text import plural, shown
from mien.errors import InvalidOption

if TYPE_CHECKING:
    from mien.evaluation import ClassifierReport, ScoredPhoto
    from mien.matching import Policy
    from mien.pipeline import Recognizer
    from mien.trained import TrainedModel


@grouped
def classification(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder with a folder for each person.")
    ],
    model: Annotated[Path, typer.Option(metavar="DIR", help="The trained classifier's folder.")],
    strangers: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Photos of people whom the model must not name."),
    ] = None,
    *,
    decision: SimilarityOptions,
    network: options.DetectorOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
) -> None:
    """Right names for the people of the training, and none for strangers.

    Folders are named as they were at training; who is not among the model's people is a
    stranger, and so is everybody in --strangers. Of several faces in a photo the most central
    one counts, usable or not. A photo without a face is an error if its person is known.
    --min-similarity takes the place of the model's own.

    \b
    Examples:
      mien evaluate classification people/ --model MODEL
      mien evaluate classification people/ --model MODEL --strangers strangers/ --json
    """
    from mien.evaluation import classification_findings, evaluate_classification
    from mien.models import ModelStore
    from mien.report import Run, typed_command

    output = Output(json=json, quiet=quiet)
    trained = options.open_model(model, "sface", output)
    if trained is None:
        raise InvalidOption("--model: expected a folder, got none")
    labels = trained.need_classes().labels
    policy = _policy(trained, decision.said(output))
    parts = options.NetworkOptions(**asdict(network), trained=trained)
    folders = [data] if strangers is None else [data, strangers]
    # Refused before the networks are loaded.
    found = [find(str(folder), output, exclude) for folder in folders]
    recognizer, start = options.load_recognizer(parts, output), time.perf_counter()
    photos = [
        photo
        for folder, pairs in zip(folders, found, strict=True)
        for photo in _scored(recognizer, trained, pairs, output, known=folder is data)
    ]
    measured = replace(
        evaluate_classification(photos, labels, policy),
        seconds=round(time.perf_counter() - start, 2),
        model=trained.card.name,
        detector=parts.detector,
    )
    run = Run(
        command=typed_command(),
        data={"photos": len(photos), "folders": ", ".join(map(str, folders))},
        models=models_used(parts, ModelStore(), recognizer),
        seconds=measured.seconds or 0.0,
    )
    deliver(output, classification_findings(measured), _lines(measured), run, report)


def _policy(trained: TrainedModel, asked: SimilarityOptions) -> Policy | None:
    own = asked.own() or trained.need_classes().threshold
    return None if own is None else trained.policy(own)


def _scored(
    recognizer: Recognizer,
    trained: TrainedModel,
    pairs: list[tuple[str, Path]],
    output: Output,
    *,
    known: bool,
) -> Iterator[ScoredPhoto]:
    """Each photo with its central face's similarities; in a folder of strangers nobody is known."""
    from mien.evaluation import ScoredPhoto
    from mien.names import name_key
    from mien.trained import similarities_of

    labels = {name_key(label): label for label in trained.labels} if known else {}
    encodings = central_encodings(recognizer, [path for _, path in pairs], output)
    for (name, path), encoding in zip(pairs, encodings, strict=True):
        scores = None if encoding is None else similarities_of(trained, [encoding])[0]
        yield ScoredPhoto(str(path), name, labels.get(name_key(name)), scores)


def _lines(report: ClassifierReport) -> Iterator[str]:
    yield (
        f"{plural(report.photos, 'photo')} of {len(report.people):,} of the "
        f"{plural(report.classes, 'person', 'people')} it knows, "
        f"{report.failure_to_acquire:,} without a face"
    )
    yield f"right person first  {with_interval(report.accuracy)}"
    made = report.at_threshold
    if made is not None:
        yield f"at similarity {made.threshold:.3f}"
        yield f"  right name        {with_interval(made.named_right)}"
        yield f"  wrong name        {with_interval(made.wrong_name)}"
        yield f"  false rejects     {with_interval(made.false_rejects)}"
        if made.false_accepts is not None:
            yield f"  false accepts     {with_interval(made.false_accepts)}"
    if report.stranger_photos:
        yield (
            f"strangers           {plural(report.stranger_photos, 'photo')} of "
            f"{plural(report.strangers, 'person', 'people')}, "
            f"{report.stranger_failures:,} without a face"
        )
    columns = ("person", "photos", "right first", "named")
    rows = [
        [
            shown(one.name),
            f"{one.photos:,}",
            percent(one.accuracy.value),
            "" if one.named is None else percent(one.named.value),
        ]
        for one in report.people
    ]
    yield from table_lines(columns, rows, columns[1:])
    for person, named, photos in report.confusions[:10]:
        yield f"{shown(person)} taken for {shown(named)}: {plural(photos, 'photo')}"
    yield f"time                {report.seconds or 0.0:.1f} s"
    for note in report.notes:
        yield f"note: {note}"

"""``mien evaluate verification``: the same person or not, measured on pairs of photos."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mien.cli import options
from mien.cli.commands.evaluate.folder_of_people import (
    DataOption,
    FormatOption,
    ImagesOption,
    PairsOption,
)
from mien.cli.commands.evaluate.verification_text import verification_lines
from mien.cli.measuring import (
    CacheOption,
    ReportOption,
    ThumbnailsOption,
    all_models_used,
    deliver,
    encoder,
    load_for,
    shown_from,
)
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.errors import InvalidOption

SEEN = (
    "a verifier flatters where it was fitted to these people; what it is worth on others says "
    "the cross-validation of `mien verifier fit`"
)


@grouped
def verification(
    context: typer.Context,
    data: DataOption = None,
    pairs: PairsOption = None,
    images: ImagesOption = None,
    format_: FormatOption = None,
    verifier: options.VerifierOption = None,
    *,
    network: options.NetworkOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
    thumbnails: ThumbnailsOption = False,
    cache: CacheOption = None,
    cohorts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A CSV: path or person, and a column for each kind of label."
        ),
    ] = None,
    cohort_far: Annotated[
        float,
        typer.Option(metavar="RATE", help="Cohorts are judged at all pairs' threshold for this."),
    ] = 1e-3,
) -> None:
    """Accuracy on pairs of photos, the threshold of each fold chosen on the others.

    Given a folder of people instead of a list, every photo is compared with every other one.

    Of several faces in a photo the most central one counts, usable or not. A photo without a
    face, or that cannot be read, is a failure to acquire: its pairs count as errors.

    \b
    Examples:
      mien evaluate verification --pairs lfw/pairs.txt --images lfw/images
      mien evaluate verification --pairs mine.csv --images photos --format csv --json
      mien evaluate verification --pairs lfw/pairs.txt --images lfw/images --cohorts ages.csv
      mien evaluate verification people/ --cohorts towns.csv --report out
      mien evaluate verification --pairs pairs.txt --images images --verifier mine.json
    """
    from mien.checks import check_fraction
    from mien.cli.commands.evaluate.folder_of_people import evaluate_folder, list_or_folder
    from mien.evaluation import (
        evaluate_cohorts,
        evaluate_verification,
        list_has_cohorts,
        read_labels,
        read_pairs,
        score_pairs,
        subjects_of,
        verification_findings,
    )
    from mien.models import ModelStore
    from mien.report import Run, typed_command
    from mien.verifiers import score_by_verifier

    output = Output(json=json, quiet=quiet)
    parts = network.opened(output)
    check_fraction(cohort_far, "--cohort-far")
    pairs, images = list_or_folder(data, pairs, images, format_)
    if data is not None:
        if verifier is not None:
            raise InvalidOption(
                "--verifier: expected it with a list of pairs, got a folder of people; for "
                "choosing among people take `mien evaluate oneshot DATA --verifier FILE`"
            )
        shown = shown_from(data, thumbnails, report)
        evaluate_folder(data, parts, output, report, cohorts, cohort_far, shown, cache, exclude)
        return
    shown = shown_from(images, thumbnails, report)
    labelled = read_pairs(pairs, format_ or "lfw", images)
    labels = None if cohorts is None else read_labels(cohorts)
    grouped = labels is not None or list_has_cohorts(labelled)
    people = subjects_of(labelled)
    fitted = None
    if verifier is not None:
        fitted, parts = options.find_verifier(verifier, parts, context, output)
    recognizers = load_for(fitted, parts, output)
    start = time.perf_counter()
    encoders = [encoder(one, images, output, cache) for one in recognizers]
    if fitted is None:
        scores = score_pairs(labelled, encoders[0])
    else:
        spaces = [one.embedder.space for one in recognizers]
        scores = score_by_verifier(labelled, fitted, list(zip(spaces, encoders, strict=True)))
    measured = replace(
        evaluate_verification(labelled, scores, subjects=people),
        cohorts=evaluate_cohorts(labelled, scores, labels, cohort_far) if grouped else None,
        seconds=round(time.perf_counter() - start, 2),
        embedder=parts.embedder_name,
        detector=parts.detector,
        verifier=None if verifier is None else str(verifier),
    )
    if fitted is not None:
        measured = replace(measured, notes=(*measured.notes, SEEN))
    run = Run(
        command=typed_command(),
        data={"pairs": len(labelled), "list": str(pairs), "images": str(images)},
        models=all_models_used(parts, ModelStore(), recognizers),
        seconds=measured.seconds,
    )
    findings = verification_findings(measured, labelled, scores, people)
    deliver(output, findings, verification_lines(measured), run, report, shown)

"""``mien evaluate verification``: the same person or not, measured on pairs of photos."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli import options
from mien.cli.measuring import (
    CacheOption,
    ReportOption,
    central_encodings,
    deliver,
    models_used,
    percent,
)
from mien.cli.output import Output
from mien.cli.text import plural

if TYPE_CHECKING:
    from mien.evaluation import Rate, VerificationReport


def verification(
    pairs: Annotated[
        Path, typer.Option(metavar="FILE", help="LFW's pairs.txt, or a CSV: fold,same,path1,path2.")
    ],
    images: Annotated[Path, typer.Option(metavar="DIR", help="The paths' folder.")],
    format_: Annotated[str, typer.Option("--format", metavar="lfw|csv")] = "lfw",
    detector: options.DetectorOption = "yunet",
    embedder: options.EmbedderOption = "sface",
    device: options.DeviceOption = "cpu",
    threads: options.ThreadsOption = 0,
    engine: options.EngineOption = None,
    precision: options.PrecisionOption = None,
    min_score: options.MinScoreOption = None,
    mirror: options.MirrorOption = True,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
    cache: CacheOption = None,
) -> None:
    """Accuracy on pairs of photos, the threshold of each fold chosen on the others.

    Of several faces in a photo the most central one counts, usable or not. A photo without a
    face, or that cannot be read, is a failure to acquire: its pairs count as errors.

    \b
    Examples:
      mien evaluate verification --pairs lfw/pairs.txt --images lfw/images
      mien evaluate verification --pairs mine.csv --images photos --format csv --json
      mien evaluate verification --pairs mine.csv --images photos --format csv --cache kept.cache
    """
    from mien.evaluation import evaluate_verification, read_pairs, score_pairs
    from mien.models import ModelStore
    from mien.report import Run, typed_command

    output = Output(json=json, quiet=quiet)
    parts = options.Parts(detector, embedder, device, threads, engine, precision, min_score, mirror)
    labelled = read_pairs(pairs, format_, images)
    recognizer = options.load_recognizer(parts, output)
    start = time.perf_counter()

    def vectors(paths: Sequence[str]) -> Iterator[Any]:
        encodings = central_encodings(recognizer, [images / path for path in paths], output, cache)
        return (None if one is None else one.vector for one in encodings)

    scores = score_pairs(labelled, vectors)
    measured = replace(
        evaluate_verification(labelled, scores),
        seconds=round(time.perf_counter() - start, 2),
        embedder=embedder,
        detector=detector,
    )
    run = Run(
        command=typed_command(),
        data={"pairs": len(labelled), "list": str(pairs), "images": str(images)},
        models=models_used(parts, ModelStore(), recognizer),
        seconds=measured.seconds,
    )
    deliver(output, measured.findings(labelled, scores), _lines(measured), run, report)


def _lines(report: VerificationReport) -> Iterator[str]:
    yield (
        f"{plural(report.pairs, 'pair')}: {report.genuine:,} genuine, {report.impostor:,} impostor"
    )
    if report.accuracy is not None and report.standard_error is not None:
        yield (
            f"accuracy            {percent(report.accuracy)}, standard error "
            f"{percent(report.standard_error)} over {plural(len(report.folds), 'fold')}"
        )
    yield f"best threshold      {report.threshold:.3f} cosine similarity, chosen on all pairs"
    yield f"equal error rate    {_with_interval(report.eer)}"
    for row in report.tar_at_far:
        yield f"TAR at FAR {row.far:<8g} {_with_interval(row.tar)}"
    yield f"area under ROC      {report.auc:.5f}"
    yield f"not acquired        {plural(report.failure_to_acquire, 'pair')}, counted as errors"
    yield f"time                {report.seconds:.1f} s"
    for note in report.notes:
        yield f"note: {note}"


def _with_interval(rate: Rate) -> str:
    weak = "" if rate.supported else ", too few errors to be sure"
    return f"{percent(rate.value)} (95 %: {percent(rate.low)} to {percent(rate.high)}{weak})"

"""``mien evaluate``: how far to trust the answers, measured on labelled photos."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli import options
from mien.cli.output import Output
from mien.cli.progress import PhotoBar
from mien.cli.text import plural

if TYPE_CHECKING:
    from mien.evaluation import Rate, VerificationReport
    from mien.pipeline import EncodedPhoto, Recognizer
    from mien.records import Encoding

app = typer.Typer(help="Measure how far to trust the answers.", no_args_is_help=False)


@app.callback()
def _evaluate() -> None:
    """Measure how far to trust the answers, on labelled photos."""


@app.command()
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
    mirror: options.MirrorOption = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Accuracy on pairs of photos, the threshold of each fold chosen on the others.

    Of several faces in a photo the most central one counts, usable or not. A photo without a
    face, or that cannot be read, is a failure to acquire: its pairs count as errors.

    \b
    Examples:
      mien evaluate verification --pairs lfw/pairs.txt --images lfw/images
      mien evaluate verification --pairs mine.csv --images photos --format csv --json
    """
    from mien.evaluation import evaluate_verification, read_pairs, score_pairs

    output = Output(json=json, quiet=quiet)
    parts = options.Parts(detector, embedder, device, threads, engine, precision, min_score, mirror)
    labelled = read_pairs(pairs, format_, images)
    recognizer = options.load_recognizer(parts, output)
    start = time.perf_counter()
    scores = score_pairs(labelled, lambda paths: _vectors(recognizer, images, paths, output))
    report = replace(
        evaluate_verification(labelled, scores),
        seconds=round(time.perf_counter() - start, 2),
        embedder=embedder,
        detector=detector,
    )
    output.answer(report.to_json(), _lines(report))


def _vectors(
    recognizer: Recognizer, images: Path, paths: Sequence[str], output: Output
) -> Iterator[Any]:
    """For each photo its central face's vector, or None."""
    from mien.pipeline import EncodedPhoto

    with PhotoBar(output, "encoding", len(paths)) as bar:
        for encoded in recognizer.encode_photos(images / path for path in paths):
            bar.step()
            if isinstance(encoded, EncodedPhoto):
                yield _central_vector(encoded)
            else:
                output.note(f"not acquired: {encoded.source}: {encoded.error}")
                yield None


def _central_vector(encoded: EncodedPhoto) -> Any:
    """Of all faces, usable or not: here a wrong answer must count, and not be declined."""
    middle_x, middle_y = encoded.photo.width / 2, encoded.photo.height / 2

    def distance(encoding: Encoding) -> float:
        x1, y1, x2, y2 = encoding.face.box.xyxy
        return math.hypot((x1 + x2) / 2 - middle_x, (y1 + y2) / 2 - middle_y)

    return min(encoded.faces, key=distance).vector if encoded.faces else None


def _lines(report: VerificationReport) -> Iterator[str]:
    yield (
        f"{plural(report.pairs, 'pair')}: {report.genuine:,} genuine, {report.impostor:,} impostor"
    )
    if report.accuracy is not None and report.standard_error is not None:
        yield (
            f"accuracy            {_percent(report.accuracy)}, standard error "
            f"{_percent(report.standard_error)} over {plural(len(report.folds), 'fold')}"
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


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _with_interval(rate: Rate) -> str:
    weak = "" if rate.supported else ", too few errors to be sure"
    return f"{_percent(rate.value)} (95 %: {_percent(rate.low)} to {_percent(rate.high)}{weak})"

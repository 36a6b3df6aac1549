"""``mien evaluate detection``: which faces are found, measured on labelled boxes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.measuring import (
    ReportOption,
    ThumbnailsOption,
    deliver,
    detectors_used,
    percent,
    shown_from,
    with_interval,
)
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.progress import PhotoBar
from mien.cli.text import plural

if TYPE_CHECKING:
    from mien.evaluation import DetectionReport, FoundFaces

CURVE_SCORE = 0.05  # the curve goes down to it: YuNet reports nothing below


@grouped
def detection(
    boxes: Annotated[
        Path, typer.Argument(metavar="BOXES", help="dlib's XML, or WIDER FACE's list of boxes.")
    ],
    images: Annotated[Path, typer.Option(metavar="DIR", help="The paths' folder.")],
    format_: Annotated[str, typer.Option("--format", metavar="dlib|wider")] = "dlib",
    iou: Annotated[
        float, typer.Option(metavar="0-1", help="The least overlap of a found and a labelled box.")
    ] = 0.4,
    *,
    network: options.DetectorOptions,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
    thumbnails: ThumbnailsOption = False,
) -> None:
    """Which labelled faces are found, and what is taken for a face.

    Every photo is looked at twice: as `mien detect` does it, for recall and false alarms, and
    with a low least score, for the curve and its average precision.

    \b
    Examples:
      mien evaluate detection groups/testing.xml --images groups
      mien evaluate detection wider_face_val_bbx_gt.txt --images val --format wider --iou 0.5
    """
    from mien.detection import DETECTORS
    from mien.evaluation import check_iou, detection_findings, evaluate_detection, read_boxes
    from mien.models import ModelStore
    from mien.report import Run, typed_command

    output = Output(json=json, quiet=quiet)
    shown = shown_from(images, thumbnails, report)
    check_iou(iou)  # before the photos are looked at
    photos = read_boxes(boxes, format_, images)
    paths = [images / photo.path for photo in photos]
    start = time.perf_counter()
    point = _found(network, paths, output)
    least = network.min_score
    if least is None:
        least = DETECTORS[network.detector].settings().minimum_score
    lowest = min(CURVE_SCORE, least)
    curve = point if lowest == least else _found(replace(network, min_score=lowest), paths, output)
    measured = replace(
        evaluate_detection(photos, curve, point, iou=iou, minimum_score=least, lowest_score=lowest),
        seconds=round(time.perf_counter() - start, 2),
        detector=network.detector,
    )
    run = Run(
        command=typed_command(),
        data={"photos": len(photos), "list": str(boxes), "images": str(images)},
        models=detectors_used(network, ModelStore()),
        seconds=measured.seconds,
    )
    findings = detection_findings(measured, photos, curve, point)
    deliver(output, findings, _lines(measured), run, report, shown)


def _found(
    network: options.DetectorOptions, paths: Sequence[Path], output: Output
) -> list[FoundFaces | None]:
    """What the detector reports in each photo; None where it could not be read."""
    from mien.evaluation import found_faces
    from mien.records import PhotoFailure

    finder = options.load_finder(network, output)
    found: list[FoundFaces | None] = []
    with PhotoBar(output, "detecting", len(paths)) as bar:
        for answer in finder.detect_photos(paths):
            bar.step()
            if isinstance(answer, PhotoFailure):
                output.note(f"not read: {answer.source}: {answer.error}")
                found.append(None)
            else:
                faces = [face for face, _ in answer.faces]
                found.append(
                    found_faces([face.box.xyxy for face in faces], [face.score for face in faces])
                )
    return found


def _lines(report: DetectionReport) -> Iterator[str]:
    ignored = f", {report.ignored:,} ignored" if report.ignored else ""
    yield f"{plural(report.photos, 'photo')}: {plural(report.faces, 'labelled face')}{ignored}"
    yield f"at a least score of {report.minimum_score:g}, an overlap of {report.iou:g} or more:"
    yield f"found               {report.found:,} of {report.faces:,}"
    yield f"recall              {with_interval(report.recall)}"
    if report.precision is not None:
        yield f"precision           {with_interval(report.precision)}"
    yield f"false alarms        {report.false_alarms:,}"
    if report.mean_iou is not None:
        yield f"mean overlap        {report.mean_iou:.3f}"
    yield f"at all scores from {report.lowest_score:g} on:"
    yield f"average precision   {with_interval(report.average_precision)}"
    for one in report.recall_at:
        name = plural(one.false_alarms, "false alarm")
        score = "no score" if one.score is None else f"score {one.score:.3f}"
        yield f"{name:<19} recall {percent(one.recall.value)}, {score}"
    yield f"time                {report.seconds:.1f} s"
    for note in report.notes:
        yield f"note: {note}"

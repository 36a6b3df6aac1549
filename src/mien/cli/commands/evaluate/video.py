"""``mien evaluate video``: tracks of faces, measured by a key of the same frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.measuring import ReportOption, deliver, percent, with_interval
from mien.cli.output import Output
from mien.cli.text import plural

if TYPE_CHECKING:
    from mien.evaluation import TrackingReport


def video(
    tracks: Annotated[Path, typer.Argument(metavar="TRACKS", help="What was tracked, as JSON.")],
    key: Annotated[Path, typer.Argument(metavar="KEY", help="What is true, in the same form.")],
    iou: Annotated[
        float, typer.Option(metavar="0-1", help="The least overlap of a tracked and a true box.")
    ] = 0.5,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
) -> None:
    """Whether faces of a video are found, followed under one identity, and named rightly.

    Both files: {"frames": [{"time_s": 0, "faces": [{"id": 1, "box": [x1, y1, x2, y2]}]}]}, or a
    frame a line, as `mien identify VIDEO --per-frame --json` writes them; a face may have a
    "name". Frames that the key does not have are left out.

    \b
    Examples:
      mien evaluate video tracks.json key.json
      mien evaluate video tracks.json key.json --iou 0.4 --json
    """
    from mien.evaluation import evaluate_tracks, keyed_frames, read_tracks, tracking_findings
    from mien.report import Run, typed_command

    output = Output(json=json, quiet=quiet)
    tracked, true = read_tracks(tracks), read_tracks(key)
    judged = keyed_frames(tracked, true)
    if len(judged) < len(tracked):
        output.note(f"{plural(len(tracked) - len(judged), 'frame')} not in the key: left out")
    measured = evaluate_tracks(judged, true, iou)
    run = Run(
        command=typed_command(),
        data={"frames": measured.frames, "tracks": str(tracks), "key": str(key)},
    )
    deliver(output, tracking_findings(measured), _lines(measured), run, report)


def _lines(report: TrackingReport) -> Iterator[str]:
    yield (
        f"{plural(report.frames, 'frame')}: {plural(report.faces, 'face')} of "
        f"{plural(len(report.people), 'person', 'people')}, {report.tracked:,} tracked"
    )
    yield f"faces found         {with_interval(report.recall)}"
    yield f"false alarms        {report.false_alarms:,}"
    yield f"identity switches   {report.switches:,}"
    yield f"fragments           {report.fragments:,}"
    yield f"mostly tracked      {report.mostly_tracked:,} of {len(report.people):,}"
    yield f"mostly lost         {report.mostly_lost:,} of {len(report.people):,}"
    yield f"MOTA                {percent(report.mota)}"
    idp = "none tracked" if report.idp is None else percent(report.idp)
    yield f"IDF1                {percent(report.idf1)} (IDP {idp}, IDR {percent(report.idr)})"
    if report.name_accuracy is not None:
        yield f"right names         {with_interval(report.name_accuracy)}"
    if report.strangers_named is not None:
        yield f"strangers named     {with_interval(report.strangers_named)}"
    for note in report.notes:
        yield f"note: {note}"

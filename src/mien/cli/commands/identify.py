"""``mien identify``: who is in these photos, or in this video?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.csv_file import CsvFile
from mien.cli.decision import DecisionOptions
from mien.cli.inputs import find_inputs, in_order
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.pictures import PictureFolder, note_stand_ins
from mien.cli.progress import PhotoBar
from mien.cli.searching import Search, Wanted, open_known, prepare, prepare_classes
from mien.cli.text import plural
from mien.cli.watching import Watched, watch_videos
from mien.cli.wording import identification_lines

if TYPE_CHECKING:
    from mien.records import PhotoFailure, PhotoIdentification


@grouped
def identify(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Photos, folders, globs; or videos, a camera's number, a stream's address.",
        ),
    ],
    gallery: options.GalleryOption = None,
    people: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PEOPLE", help="Enrol these in memory, for this call alone; see `mien enroll`."
        ),
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR|FILE",
            help="Write pictures with names into this folder; of one video, a film to this file.",
        ),
    ] = None,
    font: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write names on pictures in this font; by default the machine's that have their "
            "letters.",
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a row for each face as CSV; of a video, its timeline."
        ),
    ] = None,
    excel: Annotated[
        bool,
        typer.Option("--excel", help="Write the CSV with a byte order mark: Excel reads it right."),
    ] = False,
    per_frame: Annotated[
        bool, typer.Option("--per-frame", help="Of a video: answer for each frame instead.")
    ] = False,
    every: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Of a video: look for faces in every N-th frame. [default: 5 a second]",
            show_default=False,
        ),
    ] = 0,
    show: Annotated[
        bool, typer.Option("--show", help="Of a video: show it with names in a window.")
    ] = False,
    reconnect: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Of a stream or a camera that breaks off: try for so long to open it again. "
            "[default: three times]",
            show_default=False,
        ),
    ] = None,
    top: Annotated[int, typer.Option(metavar="K", help="Candidates listed for each face.")] = 5,
    largest: Annotated[
        bool, typer.Option("--largest", help="With --people: of several faces, take the largest.")
    ] = False,
    *,
    decision: DecisionOptions,
    network: options.NetworkOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Say who is in photos or videos: each face is known, unknown, ambiguous or of low quality.

    With --model, a classifier names the people it was trained on, unless a gallery is named too;
    an embedder, and a classifier with --gallery or --people, only turns faces into vectors.

    Pictures and the CSV file never replace a photo; a picture's name that is taken gets a
    number.

    \b
    Examples:
      mien identify group.jpg
      mien identify photos/ --annotate named/ --csv faces.csv
      mien identify "photos/*.jpg" --people people/ --json
      mien identify photos/ --model MODEL
      mien identify clip.mp4 --people people/ --annotate named.mp4 --csv timeline.csv
      mien identify "clips/*.mp4" --annotate named/
      mien identify 0 --show
      mien identify rtsp://camera/stream --reconnect 60 --json
    """
    from mien.images import Lettering

    output = Output(json=json, quiet=quiet)
    parts = network.opened(output)
    wanted = Wanted(
        gallery,
        tuple(people or ()),
        largest,
        decision.said(output),
        top,
        tuple(exclude or ()),
    )
    wanted.check()
    watched = Watched(annotate, csv, per_frame, every, show, reconnect, font, excel)
    videos = watched.videos(inputs, output, exclude)
    if videos is not None:
        watch_videos(videos, watched, wanted, parts, output)
        return
    trained = parts.trained
    names = trained if trained is not None and wanted.by_classes(trained) else None
    sources = find_inputs(inputs, output, exclude)
    with ExitStack() as stack:
        rows = None if csv is None else stack.enter_context(CsvFile(csv, excel=excel))
        pictures = None
        if annotate is not None:
            pictures = PictureFolder(annotate, Lettering(font), parts.settings().reading)
        search = None
        if any(isinstance(source, Path) for source in sources):
            if names is not None:
                search = prepare_classes(names, wanted, parts, output)
            else:
                known = stack.enter_context(open_known(wanted))
                search = prepare(known, wanted, parts, output)
        bar = stack.enter_context(PhotoBar(output, "identifying", len(sources)))
        worked = _tell(sources, search, _Sinks(output, rows, pictures, bar))
    if worked and pictures is not None:
        output.note(f"{plural(pictures.written, 'picture')} in {annotate}")
    output.finish(worked)


@dataclass(frozen=True, slots=True)
class _Sinks:
    """Where answers go."""

    output: Output
    rows: CsvFile | None
    pictures: PictureFolder | None
    bar: PhotoBar


def _tell(sources: Sequence[Path | PhotoFailure], search: Search | None, sinks: _Sinks) -> int:
    """Say and write every answer; returns how many photos could be used."""
    from mien.records import PhotoFailure

    worked = 0
    for answer in in_order(sources, search.answers if search else lambda _: iter(())):
        sinks.bar.step()
        if isinstance(answer, PhotoFailure):
            sinks.output.failed(answer.source, answer.error, answer.to_json())
            if sinks.rows is not None:
                sinks.rows.add_failure(answer)
        elif search is not None:
            _tell_one(answer, search, sinks)
            worked += 1
    return worked


def _tell_one(identified: PhotoIdentification, search: Search, sinks: _Sinks) -> None:
    record = identified.to_json()
    if sinks.pictures is not None:
        record["annotated"] = str(sinks.pictures.add(identified))
        note_stand_ins(sinks.pictures.lettering, sinks.output)
    if sinks.rows is not None:
        sinks.rows.add(identified)
    lines = identification_lines(identified, search.recognizer.limits, sinks.output)
    sinks.output.answer(record, lines)

"""``mien collect``: a clean data set of one person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.capturing import CaptureStatus, collected_lines
from mien.cli.decision import SimilarityOptions
from mien.cli.failures import Status
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.errors import NoFace

if TYPE_CHECKING:
    from mien.capture import Collected, Collector


@grouped
def collect(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose pictures these are.")],
    source: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="A camera's number, a film, the address of a stream, a photo, or a folder of "
            "photos.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DATA", help="The data folder; train/NAME and validation/NAME are made in it."
        ),
    ] = Path("data"),
    count: Annotated[
        int, typer.Option(metavar="N", help="How many pictures the set shall hold in all.")
    ] = 100,
    share: Annotated[
        float, typer.Option(metavar="0-0.5", help="How much of it is for validation.")
    ] = 0.2,
    gap: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", help="At least so much time lies between training and validation."
        ),
    ] = 1.0,
    like: Annotated[
        list[str] | None,
        typer.Option(metavar="PHOTO", help="Only faces of the person on this photo are kept."),
    ] = None,
    largest: Annotated[
        bool, typer.Option("--largest", help="Of several faces in a picture, take the largest.")
    ] = False,
    frames: Annotated[bool, typer.Option("--frames", help="Keep whole frames.")] = False,
    grey: Annotated[
        bool, typer.Option("--grey", help="Keep tight grey squares, as the classics do.")
    ] = False,
    size: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Side of each square. [--grey: 200]")
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Look at one frame in so many seconds. [default: all of a short film]",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(metavar="S", help="Stop after so many seconds of the source.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Show the pictures with the count in a window.")
    ] = False,
    *,
    decision: SimilarityOptions,
    network: options.EmbedderOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Collect pictures of one person from a camera, a film or photos, split for training.

    Near-duplicates, other people, and faces that are blurred, tiny, dark or turned away are
    left out and counted. --min-similarity says who is the same person; by default it is what was
    measured at a false match rate of 1e-3. Ctrl-C ends it well: what was found is kept, and the
    same command goes on later. The same source again adds nothing twice.

    \b
    Examples:
      mien collect ada --source 0 --count 100 --out data
      mien collect ada --source clip.mp4 --like ada.jpg --out data
      mien collect ada --source photos/ --largest --grey --size 200 --out classic
    """
    from mien.capture import CollectOptions, Collector, Form

    output = Output(json=json, quiet=quiet)
    wanted = CollectOptions(
        name=name,
        source=source,
        out=out.expanduser(),
        count=count,
        share=share,
        gap_s=gap,
        form=Form(frames=frames, grey=grey, side=size),
        like=tuple(Path(photo).expanduser() for photo in like or ()),
        largest=largest,
        min_similarity=decision.said(output).min_similarity,
        every_s=every,
        limit_s=seconds,
        exclude=tuple(exclude or ()),
    ).checked()
    with CaptureStatus(output, wanted.name, window=show) as status:
        recognizer = options.load_recognizer(network, output)
        with Collector(wanted, recognizer, status.watch) as collector:
            collected, interrupted = _run(collector, status)
    _tell(collected, output, interrupted=interrupted)


def _run(collector: Collector, status: CaptureStatus) -> tuple[Collected, bool]:
    """Ctrl-C, or the window's end, ends the finding; the set is made all the same."""
    interrupted = False
    try:
        collector.gather()
    except KeyboardInterrupt:
        interrupted = not status.closed
    status.hide()
    try:
        return collector.settle(), interrupted
    except NoFace:
        if interrupted:  # too early to have found anything
            raise KeyboardInterrupt from None
        raise


def _tell(collected: Collected, output: Output, *, interrupted: bool) -> None:
    for note in collected.notes:
        output.note(note)
    output.answer({**collected.to_json(), "interrupted": interrupted}, collected_lines(collected))
    if interrupted:
        output.note("interrupted; what was found is kept, and the same command goes on")
        raise typer.Exit(Status.INTERRUPTED)

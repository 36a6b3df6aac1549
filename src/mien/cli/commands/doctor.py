"""``mien doctor``: what runs on this machine, how fast, and what is missing."""

from __future__ import annotations

from typing import Annotated

import typer

from mien.cli.doctoring import examine, report_lines
from mien.cli.failures import Status
from mien.cli.options import GalleryOption, JsonOption, QuietOption
from mien.cli.output import Output


def doctor(
    gallery: GalleryOption = None,
    fast: Annotated[bool, typer.Option("--fast", help="Measure nothing.")] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what runs on this machine, in which precision, how fast, and what is missing.

    Nothing is fetched and nothing is changed. The exit status is 3 if something is missing
    that `mien identify` needs.

    \b
    Examples:
      mien doctor
      mien doctor --json
    """
    output = Output(json=json, quiet=quiet)
    if not fast:
        output.note("measuring each network under each plan ...")
    report = examine(gallery, measured=not fast)
    output.answer(report, report_lines(report))
    if report["missing"]:
        raise typer.Exit(Status.MISSING)

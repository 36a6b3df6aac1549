"""``mien evaluate calibration``: whether stated probabilities hold, from a list of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.measuring import ReportOption, deliver, percent
from mien.cli.output import Output
from mien.cli.text import plural

if TYPE_CHECKING:
    from mien.evaluation import Reliability


def calibration(
    scores: Annotated[Path, typer.Argument(metavar="SCORES", help="A CSV: same,probability.")],
    bins: Annotated[
        int, typer.Option(metavar="N", help="Into how many bins the probabilities are put.")
    ] = 15,
    prior: Annotated[
        float | None,
        typer.Option(
            metavar="0-1",
            help="Weigh the rows so that this share is of the same person; by default as counted.",
        ),
    ] = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
) -> None:
    """Whether probabilities mean what they say: calibration error, Brier score, log loss.

    \b
    Examples:
      mien evaluate calibration probabilities.csv
      mien evaluate calibration probabilities.csv --bins 10 --prior 0.5 --json
    """
    from mien.evaluation import read_probabilities, reliability, reliability_findings
    from mien.report import Run, typed_command

    output = Output(json=json, quiet=quiet)
    said, same = read_probabilities(scores)
    measured = reliability(said, same, bins, prior)
    run = Run(command=typed_command(), data={"rows": measured.count, "list": str(scores)})
    deliver(output, reliability_findings(measured), _lines(measured), run, report)


def _lines(report: Reliability) -> Iterator[str]:
    yield (
        f"{plural(report.count, 'probability', 'probabilities')}: {report.genuine:,} of the same "
        f"person, {report.impostor:,} of different people"
    )
    yield f"share of the same   {percent(report.prior)}"
    yield (
        f"calibration error   {report.ece:.4f} in {plural(len(report.bins), 'bin')} of equal mass, "
        f"{report.ece_equal_width:.4f} of equal width"
    )
    yield f"by chance alone     {report.ece_by_chance:.4f} if every probability were right"
    yield f"largest of a bin    {report.mce:.4f}"
    yield (
        f"Brier score         {report.brier:.4f} = {report.miscalibration:.4f} miscalibration "
        f"− {report.resolution:.4f} resolution + {report.uncertainty:.4f} uncertainty "
        f"{report.within_bins:+.4f} within bins"
    )
    loss = f"{report.log_loss:.4f}" if math.isfinite(report.log_loss) else "infinite"
    yield f"log loss            {loss}"
    yield "said      observed  95 %                rows"
    for one in report.bins:
        rate = one.observed
        yield (
            f"{one.probability:<9.4f} {rate.value:<9.4f} {rate.low:.4f} to {rate.high:.4f}"
            f"{'' if rate.supported else ' ?'}   {one.count:,}"
        )
    for note in report.notes:
        yield f"note: {note}"

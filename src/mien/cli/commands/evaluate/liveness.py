"""``mien evaluate liveness``: attacks and live faces, measured from a list of scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.decision import OldThresholdOption, renamed_option
from mien.cli.measuring import ReportOption, deliver, percent, with_interval
from mien.cli.output import Output
from mien.cli.text import plural, shown

if TYPE_CHECKING:
    from mien.evaluation import LivenessReport


def liveness(
    scores: Annotated[
        Path, typer.Argument(metavar="SCORES", help="A CSV: path,label,score; higher is live.")
    ],
    min_score: Annotated[
        float | None,
        typer.Option(
            metavar="SCORE",
            help="Scores at or above it are live; by default that of the equal error rate.",
        ),
    ] = None,
    threshold: OldThresholdOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
) -> None:
    """Attacks taken for live faces (APCER) and live faces taken for attacks (BPCER).

    A label is `live` or a kind of attack such as `print` or `replay`; an empty score is no answer.

    \b
    Examples:
      mien evaluate liveness scores.csv --min-score 0.5
      mien evaluate liveness scores.csv --json --report liveness-report
    """
    from mien.evaluation import evaluate_liveness, liveness_findings, read_liveness_scores
    from mien.report import Run, typed_command

    output = Output(json=json, quiet=quiet)
    data = read_liveness_scores(scores)
    level = renamed_option(output, "min_score", min_score, threshold)
    measured = evaluate_liveness(data.labels, data.scores, level)
    run = Run(
        command=typed_command(),
        data={"live": measured.live, "attacks": measured.attacks, "list": str(scores)},
    )
    deliver(output, liveness_findings(measured, data), _lines(measured), run, report)


def _lines(report: LivenessReport) -> Iterator[str]:
    yield f"{plural(report.live, 'live face')}, {plural(report.attacks, 'attack')}"
    chosen = " (equal error rate, chosen on these scores)" if report.chosen_here else ""
    yield f"threshold           {report.threshold:.4g}{chosen}"
    for one in report.kinds:
        rate = "no scores" if one.apcer is None else with_interval(one.apcer)
        yield f"APCER {shown(one.kind):<13} {rate}"
    yield f"APCER, worst        {percent(report.apcer.value)}, {shown(report.worst)}"
    yield f"BPCER               {with_interval(report.bpcer)}"
    yield f"ACER                {with_interval(report.acer)}"
    yield f"HTER                {with_interval(report.hter)}"
    yield f"equal error rate    {with_interval(report.eer)}"
    for at in report.bpcer_at:
        yield f"BPCER at APCER {at.apcer:<4.0%} {with_interval(at.bpcer)}"
    yield f"no answer, live     {percent(report.live_no_response.value)}"
    yield f"no answer, attacks  {percent(report.attack_no_response.value)}"
    for note in report.notes:
        yield f"note: {note}"

"""``mien evaluate compare``: is B better than A, on the same questions?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.measuring import ReportOption, deliver, percent
from mien.cli.output import Output
from mien.cli.tables import table_lines
from mien.cli.text import shown

if TYPE_CHECKING:
    from mien.evaluation import Comparison, Rate


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A report's folder or report.json.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one, of the same questions.")],
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    report: ReportOption = None,
) -> None:
    """Whether B is better than A, question by question, and whether that can be told at all.

    Both reports come from --report of the same command on the same list. Where they hold
    verdicts, McNemar's exact test is made; every difference has an interval of the paired
    bootstrap, over people where the reports name them.

    \b
    Examples:
      mien evaluate compare before after
      mien evaluate compare sface/report.json dlib/report.json --json
    """
    from mien.evaluation import compare as compared
    from mien.report import compared_findings, compared_run, read_report, typed_command

    output = Output(json=json, quiet=quiet)
    (findings_a, run_a), (findings_b, run_b) = read_report(a), read_report(b)
    comparison = compared(findings_a, findings_b)
    run = compared_run(typed_command(), (str(a), str(b)), comparison, run_a, run_b)
    findings = compared_findings(comparison, run_a, run_b)
    deliver(output, findings, _lines(comparison), run, report)


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"{comparison.questions:,} {shown(comparison.unit)} of two {shown(comparison.of)} reports"
    rows = [
        (rate.label, percent(rate.a.value), percent(rate.b.value), _difference(rate.difference))
        for rate in comparison.rates
    ]
    yield from table_lines(("", "A", "B", "B − A in points"), rows, right=("A", "B"))
    agreement = comparison.agreement
    if agreement is not None:
        yield (
            f"only A right {agreement.only_a:,}, only B right {agreement.only_b:,}; "
            f"McNemar's exact test p = {agreement.p:.3g}"
        )
    yield shown(comparison.conclusion)
    for note in comparison.notes:
        yield f"note: {shown(note)}"


def _difference(rate: Rate) -> str:
    weak = "" if rate.supported else ", too few errors to be sure"
    return f"{_signed(rate.value)} (95 %: {_signed(rate.low)} to {_signed(rate.high)}{weak})"


def _signed(share: float) -> str:
    text = f"{100 * share:+.2f}"
    return text.replace("-", "−") if float(text) else "0.00"

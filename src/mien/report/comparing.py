"""Two reports put side by side: what they measured, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mien.evaluation import Comparison, Findings, Table
from mien.report.run import ModelUsed, Run


def compared_findings(comparison: Comparison, a: Run, b: Run) -> Findings:
    """The comparison with a table of what was run, for its page."""
    findings = comparison.findings()
    rows = tuple(
        (name, of_a, of_b) for name, of_a, of_b in zip(_NAMES, _facts(a), _facts(b), strict=True)
    )
    table = Table("runs", "What was run", ("", "A", "B"), rows)
    return replace(findings, tables=(*findings.tables, table))


def compared_run(
    command: Sequence[str], sources: tuple[str, str], comparison: Comparison, a: Run, b: Run
) -> Run:
    """Where a comparison comes from: two reports, and the networks of both."""
    models = [
        replace(model, role=f"{letter}: {model.role}")
        for letter, run in (("A", a), ("B", b))
        for model in run.models
    ]
    data = {comparison.unit: comparison.questions, "A": sources[0], "B": sources[1]}
    return Run(command=tuple(command), data=data, models=tuple(models))


_NAMES = ("detectors", "embedder", "settings", "data", "time, s", "measured", "processor", "mien")


def _facts(run: Run) -> tuple[str, ...]:
    def named(role: str) -> str:
        return ", ".join(model.name for model in run.models if model.role == role) or "–"

    def settings(model: ModelUsed) -> str:
        return f"{model.name}: {model.settings}"

    return (
        named("detector"),
        named("embedder"),
        "; ".join(settings(model) for model in run.models if model.settings) or "–",
        ", ".join(f"{key}: {value}" for key, value in run.data.items()),
        "–" if run.seconds is None else f"{run.seconds:,.1f}",
        run.started,
        str(run.machine.get("processor", "–")),
        str(run.machine.get("mien", "–")),
    )

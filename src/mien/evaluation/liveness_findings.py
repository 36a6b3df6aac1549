"""What an evaluation of liveness shows: error rates over thresholds, kinds, the worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.findings import (
    Chart,
    Example,
    Findings,
    Line,
    Number,
    Table,
    Trials,
    thinned,
)
from mien.evaluation.liveness import LivenessReport
from mien.evaluation.liveness_counts import LIVE, LivenessCounts, liveness_counts
from mien.evaluation.score_lists import LivenessScores

EXAMPLES = 12  # of each kind of mistake


def liveness_findings(report: LivenessReport, data: LivenessScores) -> Findings:
    """The report with its curves, tables and examples; ``data`` is what made it."""
    counts = liveness_counts(data.labels, data.scores)
    return Findings(
        kind="liveness",
        title="Liveness: attacks taken for live faces, and live faces for attacks",
        numbers=_numbers(report),
        charts=(_trade_off(counts), _by_threshold(counts)),
        tables=(_kinds(report), _fixed(report)),
        notes=report.notes,
        trials=_trials(report, data),
        examples=(*_accepted(report, data), *_rejected(report, data)),
        result=report.to_json(),
    )


def _numbers(report: LivenessReport) -> tuple[Number, ...]:
    at = f"at the threshold {report.threshold:.4g}"
    if report.chosen_here:
        at += ", chosen on these same scores"
    return (
        Number("apcer", "APCER of the worst kind", report.apcer, note=f"{report.worst}, {at}"),
        Number("bpcer", "BPCER", report.bpcer, note=at),
        Number("acer", "ACER", report.acer, note="mean of the two above"),
        Number("hter", "HTER", report.hter, note="as ACER, of all attacks together"),
        Number("eer", "equal error rate", report.eer, note="all attacks together"),
        Number("bpnrr", "live faces without an answer", report.live_no_response),
        Number("apnrr", "attacks without an answer", report.attack_no_response),
    )


def _trade_off(counts: LivenessCounts) -> Chart:
    lines = []
    for kind, apcer in zip(counts.kinds, counts.apcer, strict=True):
        # Of all points of one APCER the last: it rejects the fewest live faces.
        lasts = np.flatnonzero(np.diff(apcer, append=2.0))
        x, y = thinned(apcer[lasts].tolist(), counts.bpcer[lasts].tolist())
        lines.append(Line(kind, tuple(x), tuple(y)))
    return Chart(
        "apcer_bpcer",
        "APCER and BPCER",
        "APCER: share of the attacks taken for live",
        "BPCER: share of the live faces taken for attacks",
        tuple(lines),
        note="one line for each kind of attack; lower is better",
    )


def _by_threshold(counts: LivenessCounts) -> Chart:
    thresholds = counts.thresholds[1:][::-1]

    def line(name: str, rates: NDArray[np.float64]) -> Line:
        x, y = thinned(thresholds.tolist(), rates[1:][::-1].tolist())
        return Line(name, tuple(x), tuple(y))

    return Chart(
        "by_threshold",
        "Error rates by threshold",
        "threshold",
        "error rate",
        (
            line("APCER of the worst kind", counts.apcer.max(axis=0)),
            line("BPCER", counts.bpcer),
        ),
    )


def _kinds(report: LivenessReport) -> Table:
    return Table(
        "apcer_by_kind",
        "Attacks by kind",
        ("kind", "presentations", "taken for live", "APCER", "without an answer"),
        tuple(
            (one.kind, one.presentations, one.accepted, one.apcer, one.no_response)
            for one in report.kinds
        ),
    )


def _fixed(report: LivenessReport) -> Table:
    return Table(
        "bpcer_at_apcer",
        "BPCER where no kind's APCER exceeds a limit",
        ("APCER at most", "BPCER", "threshold"),
        tuple((f"{one.apcer:.0%}", one.bpcer, one.threshold) for one in report.bpcer_at),
        note="each threshold was chosen on these same scores; the interval allows for it",
    )


def _trials(report: LivenessReport, data: LivenessScores) -> Trials:
    live = [label == LIVE for label in data.labels]
    return Trials(
        "presentation",
        data.paths,
        tuple(live),
        tuple(None if np.isnan(score) else float(score) for score in data.scores),
        # No answer is no right answer.
        tuple(
            bool((score >= report.threshold) == truth and not np.isnan(score))
            for score, truth in zip(data.scores, live, strict=True)
        ),
    )


def _accepted(report: LivenessReport, data: LivenessScores) -> list[Example]:
    """Attacks taken for live, the highest scores first."""
    rows = [row for row in _rows(data) if row[1] != LIVE and row[2] >= report.threshold]
    rows.sort(key=lambda row: -row[2])
    return [
        Example("attack_accepted", (path,), score, f"{kind}, taken for live with {score:.4g}")
        for path, kind, score in rows[:EXAMPLES]
    ]


def _rejected(report: LivenessReport, data: LivenessScores) -> list[Example]:
    """Live faces taken for attacks, the lowest scores first."""
    rows = [row for row in _rows(data) if row[1] == LIVE and row[2] < report.threshold]
    rows.sort(key=lambda row: row[2])
    return [
        Example("live_rejected", (path,), score, f"live, taken for an attack with {score:.4g}")
        for path, _, score in rows[:EXAMPLES]
    ]


def _rows(data: LivenessScores) -> Sequence[tuple[str, str, float]]:
    return list(zip(data.paths, data.labels, data.scores.tolist(), strict=True))

"""What an evaluation of degraded photos shows: the worst rows, curves, all rows, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from mien.evaluation.findings import Chart, Example, Findings, Line, Number, Table
from mien.evaluation.intervals import Rate
from mien.evaluation.robustness import RobustnessReport, RobustnessRow

SHARES = {"found": "found", "usable": "usable", "kept": "own photos kept"}


def robustness_findings(
    report: RobustnessReport, shown: Mapping[str, Sequence[str]] | None = None
) -> Findings:
    """The report with its curves and its table.

    Args:
        report: whose rows they are.
        shown: for each degradation the names of the pictures that show its levels, where the page
            is to show any.
    """
    return Findings(
        kind="robustness",
        title="Robustness: what degraded photos do to the answers",
        numbers=(
            _worst(report.rows, "false_match_rate", "highest false match rate", -1),
            _worst(report.rows, "kept", "fewest own photos kept", 1),
            _worst(report.rows, "usable", "fewest usable", 1),
        ),
        charts=tuple(_charts(report.rows)),
        tables=(_table(report.rows),),
        notes=report.notes,
        examples=tuple(
            Example(name, tuple(pictures), None, "one photo at each level")
            for name, pictures in (shown or {}).items()
        ),
        result=report.to_json(),
    )


def _worst(rows: Sequence[RobustnessRow], key: str, label: str, sign: int) -> Number:
    """The row in which a rate is lowest, or with a sign of -1 highest."""
    measured = [(getattr(row, key), row.condition) for row in rows if getattr(row, key) is not None]
    if not measured:
        return Number(f"worst_{key}", label, None, note="nobody usable to compare")
    rate, where = min(measured, key=lambda one: sign * one[0].value)
    note = f"{where.degradation} {where.label}; the worst of {len(measured)} rows"
    return Number(f"worst_{key}", label, rate, note=note)


def _charts(rows: Sequence[RobustnessRow]) -> Iterator[Chart]:
    """The shares over the level, of each degradation that has at least three numbers for levels."""
    for name, group in groupby(rows, lambda row: row.condition.degradation):
        numbered = [(row.condition.level, row) for row in group]
        levels = [(float(level), row) for level, row in numbered if not isinstance(level, str)]
        levels.sort(key=lambda one: one[0])
        if len(levels) > 2:
            yield Chart(
                name,
                f"{name}: found, usable, kept",
                f"level, such as {levels[0][1].condition.label}",
                "share",
                tuple(
                    _line(label, [(level, getattr(row, key)) for level, row in levels])
                    for key, label in SHARES.items()
                ),
            )


def _line(name: str, points: Sequence[tuple[float, Rate | None]]) -> Line:
    known = [(level, rate.value, rate.low, rate.high) for level, rate in points if rate is not None]
    x, y, low, high = zip(*known, strict=True) if known else ((), (), (), ())
    return Line(name, x, y, low, high)


def _table(rows: Sequence[RobustnessRow]) -> Table:
    return Table(
        "rows",
        "Every degradation at every level",
        (
            *("degradation", "level", "found", "usable", "false match rate", "false matches"),
            *("impostor pairs", "own photos kept", "own photos"),
        ),
        tuple(
            (
                *(row.condition.degradation, row.condition.label, row.found, row.usable),
                *(row.false_match_rate, row.false_matches, row.impostor_pairs),
                *(row.kept, row.own_photos),
            )
            for row in rows
        ),
        note="found and usable: of all photos; false matches and kept: of the usable faces",
    )

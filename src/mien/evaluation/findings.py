"""What an evaluation found, in the parts that a page shows: numbers, curves, tables, trials.

Every report of this room turns itself into ``Findings``, so that whoever writes pages or compares
two runs knows one shape. ``Trials`` keeps the answer to each single question: without it two runs
cannot be compared in pairs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mien.evaluation.intervals import Rate

Cell = str | int | float | None


class Unit(StrEnum):
    """How a number is to be written."""

    PERCENT = "percent"  # a share in [0, 1], shown times 100
    POINTS = "points"  # a difference of two shares, shown times 100 with its sign
    COUNT = "count"
    NUMBER = "number"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the summary.

    Attributes:
        key: its name in JSON, e.g. ``eer``.
        label: its name for people, e.g. ``equal error rate``.
        value: a rate with its interval where there is one; None where it could not be measured.
        unit: how it is written.
        note: what it does not say, or why it is missing; one line.
    """

    key: str
    label: str
    value: Rate | float | int | None
    unit: Unit = Unit.PERCENT
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        value = self.value.to_json() if isinstance(self.value, Rate) else self.value
        return {
            "key": self.key,
            "label": self.label,
            "value": value,
            "unit": self.unit.value,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; ``low`` and ``high`` are its 95 % band, where there is one.

    ``x`` rises strictly; all the sequences have the same length.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "x": list(self.x),
            "y": list(self.y),
            "low": list(self.low),
            "high": list(self.high),
        }


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over common axes.

    Attributes:
        key: its name in JSON, e.g. ``roc``.
        title: for people.
        x_label, y_label: with the unit.
        lines: at most some hundreds of points each.
        x_log, y_log: logarithmic axes; no value is 0 then.
        diagonal: whether the line y = x means something (chance, perfect calibration).
        note: how to read it; one line.
    """

    key: str
    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    x_log: bool = False
    y_log: bool = False
    diagonal: bool = False
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "x_label": self.x_label,
            "y_label": self.y_label,
            "x_log": self.x_log,
            "y_log": self.y_log,
            "diagonal": self.diagonal,
            "note": self.note,
            "lines": [line.to_json() for line in self.lines],
        }


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column names; a cell is text, a number, a ``Rate``, or None for "not measured"."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell | Rate, ...], ...]
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "columns": list(self.columns),
            "rows": [
                [cell.to_json() if isinstance(cell, Rate) else cell for cell in row]
                for row in self.rows
            ],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Trials:
    """The answer to each single question, in a fixed order.

    Attributes:
        kind: what a question is, e.g. ``pair`` or ``search``.
        names: N names that identify the questions, e.g. ``a.jpg|b.jpg``.
        same: N truths (a genuine pair, a mated search).
        scores: N scores; None where there was none (a failure to acquire).
        right: N verdicts by the protocol (for pairs: with the other folds' threshold); empty where
            the protocol gives none.
        subjects: N tuples of the people of each question; empty where unknown.
    """

    kind: str
    names: tuple[str, ...]
    same: tuple[bool, ...]
    scores: tuple[float | None, ...]
    right: tuple[bool, ...] = ()
    subjects: tuple[tuple[str, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "names": list(self.names),
            "same": list(self.same),
            "scores": list(self.scores),
            "right": list(self.right),
            "subjects": [list(one) for one in self.subjects],
        }


@dataclass(frozen=True, slots=True)
class Example:
    """A mistake worth looking at: photos, and in words what went wrong.

    Attributes:
        kind: ``false_match``, ``miss``, …
        photos: paths, relative to the data.
        score: that led to it.
        text: one line.
    """

    kind: str
    photos: tuple[str, ...]
    score: float | None
    text: str

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "photos": list(self.photos),
            "score": self.score,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Findings:
    """One evaluation, ready to be shown or compared.

    Attributes:
        kind: ``verification``, ``identification``, ``detection``, ``liveness``, ``calibration``,
            ``video``, ``oneshot``, ``classification``, ``robustness`` or ``comparison``.
        title: one line.
        numbers: the summary, the most important first.
        charts, tables: the rest.
        notes: what the reader must know of these numbers.
        trials: single answers; None where they are too many or not paired.
        examples: the worst mistakes, worst first.
        result: the report's own JSON, as the command line prints it.
    """

    kind: str
    title: str
    numbers: tuple[Number, ...]
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    trials: Trials | None = None
    examples: tuple[Example, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "title": self.title,
            "numbers": [number.to_json() for number in self.numbers],
            "charts": [chart.to_json() for chart in self.charts],
            "tables": [table.to_json() for table in self.tables],
            "notes": list(self.notes),
            "trials": None if self.trials is None else self.trials.to_json(),
            "examples": [example.to_json() for example in self.examples],
            "result": dict(self.result),
        }


def thinned(x: Sequence[float], y: Sequence[float], points: int = 400) -> tuple[list[float], ...]:
    """At most about ``points`` of a curve's points: its ends, and those where it moved the most.

    A point is kept where the curve has moved by 1/points of its whole way since the last one, so
    that steep and flat parts both stay what they are.

    Args:
        x, y: of equal length, finite.
        points: how many are enough for the eye.
    """
    if len(x) <= points:
        return list(x), list(y)
    width = (max(x) - min(x)) or 1.0
    height = (max(y) - min(y)) or 1.0
    way = [0.0]
    for before, after in zip(range(len(x) - 1), range(1, len(x)), strict=True):
        step = math.hypot((x[after] - x[before]) / width, (y[after] - y[before]) / height)
        way.append(way[-1] + step)
    kept = [0]
    for index in range(1, len(x) - 1):
        if way[index] - way[kept[-1]] >= way[-1] / (points - 1):
            kept.append(index)
    kept.append(len(x) - 1)
    return [x[index] for index in kept], [y[index] for index in kept]

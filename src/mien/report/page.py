"""One page that holds everything it shows: no font, script or picture is fetched from anywhere.

Scripts and styles are named by their SHA-256 in the page's Content-Security-Policy; a browser
runs nothing else, whatever a name from outside may hold.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mien.evaluation import Chart, Findings, Table
from mien.report.figures import Figure, column_figures, figure
from mien.report.run import Run

POINTS_IN_A_TABLE = 25
_MARKUP_IN_JSON = re.compile("[<>&\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Asset:
    """A script or a style that stands in the page, and its hash as the policy names it."""

    text: str
    sha256: str


def page(
    findings: Findings, run: Run, pictures: Mapping[str, str] | None = None, data_name: str = ""
) -> str:
    """The page as HTML.

    Args:
        findings: what it shows.
        run: where it comes from.
        pictures: ``data:`` addresses of the mistakes' photos by name; None where the page is to
            show no photo.
        data_name: the JSON file beside it.
    """
    licence = _asset_text("uplot.LICENSE")
    scripts = [
        _asset(f"/*\n{licence}\n*/\n" + _asset_text("uplot.min.js")),
        _asset(_asset_text("charts.js")),
    ]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            findings=findings,
            run=run,
            numbers=[(number, figure(number)) for number in findings.numbers],
            charts=[
                (chart, [_points(chart, index) for index in range(len(chart.lines))])
                for chart in findings.charts
            ],
            chart_data=_json([chart.to_json() for chart in findings.charts]),
            tables=[(table, _cells(table), _numeric(table)) for table in findings.tables],
            pictures=pictures,
            command=shlex.join(run.command),
            data_name=data_name,
            style=_asset(_asset_text("uplot.min.css") + "\n" + _asset_text("page.css")),
            scripts=scripts if findings.charts else [],
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mien.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = _plain
    return environment


def _asset_text(name: str) -> str:
    return (files("mien.report") / "assets" / name).read_text("utf-8")


def _asset(text: str) -> Asset:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return Asset(text, base64.b64encode(digest).decode("ascii"))


def _json(value: Any) -> str:
    """JSON inside a script element: nothing in it can end the element or open another."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _MARKUP_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(value: Any) -> str:
    """A value of the run's data in words."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(one)}" for key, one in value.items())
    return str(value)


def _points(chart: Chart, index: int) -> list[tuple[str, ...]]:
    """Points of a line for readers without the drawing: all, or about 25 at even distances."""
    line = chart.lines[index]
    step = max(1, -(-(len(line.x) - 1) // (POINTS_IN_A_TABLE - 1)))
    chosen = [*range(0, len(line.x) - 1, step), len(line.x) - 1] if line.x else []
    band = bool(line.low)
    columns = (line.x, line.y, line.low, line.high) if band else (line.x, line.y)
    return [tuple(f"{column[at]:.5g}" for column in columns) for at in chosen]


def _cells(table: Table) -> list[tuple[Figure, ...]]:
    columns = [column_figures(column) for column in zip(*table.rows, strict=True)]
    return list(zip(*columns, strict=True))


def _numeric(table: Table) -> list[bool]:
    """Which columns hold bare numbers, and are set to the right."""
    return [
        any(isinstance(row[index], (int, float)) for row in table.rows)
        for index in range(len(table.columns))
    ]

"""A report read back from its JSON: whatever does not fit is refused with the field's name."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from mien.errors import InvalidReport, SourceNotFound
from mien.evaluation import (
    Chart,
    Example,
    Findings,
    Line,
    Number,
    Rate,
    Table,
    Trials,
    Unit,
)
from mien.evaluation.findings import Cell
from mien.report.fields import Field
from mien.report.format import FORMAT, JSON_NAME, VERSION
from mien.report.run import ModelUsed, Run

MAXIMUM_BYTES = 256 * 1024 * 1024


def read_report(source: str | Path) -> tuple[Findings, Run]:
    """The findings and the run of a report.

    Args:
        source: ``report.json``, or its folder.

    Raises:
        SourceNotFound: there is no such file, or it cannot be read.
        InvalidReport: it is too large, no JSON, of another format or version, or a field is
            missing or of another type; the message names the field.
    """
    path = Path(source)
    if os.path.isdir(path):  # noqa: PTH112 (Path.is_dir raises where a name is too long)
        path = path / JSON_NAME
    try:
        return _report(Field(_document(_content(path)), ""))
    except InvalidReport as error:
        raise InvalidReport(f"{path}: {error}") from error


def findings_from_json(document: Any) -> Findings:
    """The findings that ``Findings.to_json`` made, exactly.

    Raises:
        InvalidReport: a field is missing or of another type.
    """
    return _findings(Field(document, "findings"))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise SourceNotFound(
            f"expected a report to read, got {path}: {getattr(error, 'strerror', None) or error}; "
            "write one with --report"
        ) from error
    if len(content) > MAXIMUM_BYTES:
        raise InvalidReport(f"expected {MAXIMUM_BYTES:,} bytes at most, got more")
    return content


def _document(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise InvalidReport("expected JSON of a report, got too many levels") from error
    except ValueError as error:  # also UnicodeDecodeError and JSONDecodeError
        raise InvalidReport(f"expected JSON in UTF-8, got: {error}") from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"a number that is not finite: {text[:20]}")
    return number


def _report(report: Field) -> tuple[Findings, Run]:
    name = report["format"]
    if name.value != FORMAT:
        raise name.wrong(f"{FORMAT!r}")
    version = report["version"]
    if version.value != VERSION or isinstance(version.value, bool):
        raise version.wrong(f"{VERSION}, which this mien reads")
    return _findings(report["findings"]), _run(report["run"])


def _findings(field: Field) -> Findings:
    trials = field["trials"]
    return Findings(
        kind=field["kind"].text(),
        title=field["title"].text(),
        numbers=tuple(_number(one) for one in field["numbers"]),
        charts=tuple(_chart(one) for one in field["charts"]),
        tables=tuple(_table(one) for one in field["tables"]),
        notes=field["notes"].texts(),
        trials=None if trials.value is None else _trials(trials),
        examples=tuple(_example(one) for one in field["examples"]),
        result=field["result"].object(),
    )


def _number(field: Field) -> Number:
    unit = field["unit"]
    if unit.text() not in list(Unit):
        raise unit.wrong(f"one of {', '.join(Unit)}")
    value = field["value"]
    return Number(
        key=field["key"].text(),
        label=field["label"].text(),
        value=None if value.value is None else _rate_or_number(value),
        unit=Unit(unit.value),
        note=field["note"].text(),
    )


def _rate_or_number(field: Field) -> Rate | int | float:
    if not isinstance(field.value, dict):
        return field.whole_or_number()
    return Rate(
        field["value"].number(),
        field["low"].number(),
        field["high"].number(),
        field["supported"].truth(),
    )


def _chart(field: Field) -> Chart:
    return Chart(
        key=field["key"].text(),
        title=field["title"].text(),
        x_label=field["x_label"].text(),
        y_label=field["y_label"].text(),
        lines=tuple(_line(one) for one in field["lines"]),
        x_log=field["x_log"].truth(),
        y_log=field["y_log"].truth(),
        diagonal=field["diagonal"].truth(),
        note=field["note"].text(),
    )


def _line(field: Field) -> Line:
    x, y, low, high = (field[name].numbers() for name in ("x", "y", "low", "high"))
    if len(y) != len(x) or not len(low) == len(high) in (0, len(x)):
        raise InvalidReport(
            f"{field.place}: expected x, y, low and high of one length (no low and high at all is "
            f"fine), got {len(x)}, {len(y)}, {len(low)} and {len(high)}"
        )
    return Line(field["name"].text(), x, y, low, high)


def _table(field: Field) -> Table:
    columns = field["columns"].texts()
    rows = tuple(tuple(_cell(one) for one in row) for row in field["rows"])
    for index, row in enumerate(rows):
        if len(row) != len(columns):
            raise InvalidReport(
                f"{field.place}.rows[{index}]: expected {len(columns)} cells, got {len(row)}"
            )
    return Table(field["key"].text(), field["title"].text(), columns, rows, field["note"].text())


def _cell(field: Field) -> Cell | Rate:
    if field.value is None or isinstance(field.value, str):
        return field.value
    return _rate_or_number(field)


def _trials(field: Field) -> Trials:
    trials = Trials(
        kind=field["kind"].text(),
        names=field["names"].texts(),
        same=tuple(one.truth() for one in field["same"]),
        scores=tuple(None if one.value is None else one.number() for one in field["scores"]),
        right=tuple(one.truth() for one in field["right"]),
        subjects=tuple(one.texts() for one in field["subjects"]),
    )
    count = len(trials.names)
    for name, needed in (("same", True), ("scores", True), ("right", False), ("subjects", False)):
        found = len(getattr(trials, name))
        if found != count and (needed or found):
            raise InvalidReport(
                f"{field.place}.{name}: expected {count} values, one for each name, got {found}"
            )
    return trials


def _example(field: Field) -> Example:
    score = field["score"]
    return Example(
        kind=field["kind"].text(),
        photos=field["photos"].texts(),
        score=None if score.value is None else score.number(),
        text=field["text"].text(),
    )


def _run(field: Field) -> Run:
    seconds = field["seconds"]
    return Run(
        command=field["command"].texts(),
        data=field["data"].object(),
        models=tuple(_model(one) for one in field["models"]),
        seconds=None if seconds.value is None else seconds.number(),
        started=field["started"].text(),
        machine=field["machine"].object(),
    )


def _model(field: Field) -> ModelUsed:
    hashes = field["sha256"]
    return ModelUsed(
        role=field["role"].text(),
        name=field["name"].text(),
        sha256={name: hashes[name].text() for name in hashes.object()},
        licence=field["licence"].text(),
        settings=field["settings"].text(),
    )

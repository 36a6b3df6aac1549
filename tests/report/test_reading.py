"""A report comes back from its JSON exactly, or is refused with the name of the field."""

from __future__ import annotations

import copy
import json

import pytest

from mien.errors import InvalidReport, SourceNotFound
from mien.evaluation import Findings
from mien.report import findings_from_json, read_report, reading, write_report
from report.sample_findings import sample_findings, sample_run


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(folder, sample_findings(), sample_run())
    return json.loads((folder / "report.json").read_text("utf-8"))


def test_findings_come_back_exactly(tmp_path):
    findings, run = sample_findings("Zoë \u202e <b> \udc80.jpg"), sample_run()
    write_report(tmp_path, findings, run)
    assert read_report(tmp_path) == (findings, run)
    assert read_report(tmp_path / "report.json") == (findings, run)


def test_findings_with_nothing_in_them_come_back_exactly():
    findings = Findings("video", "Nothing", ())
    assert findings_from_json(json.loads(json.dumps(findings.to_json()))) == findings


REMOVED = object()
WRONG = [
    ("format", "other", "format: expected 'mien-report'"),
    ("version", 2, "version: expected 1"),
    ("version", True, "version: expected 1"),
    ("findings", [], "findings: expected an object"),
    ("run", REMOVED, "run: expected a value"),
    ("findings.kind", 7, "findings.kind: expected text"),
    ("findings.numbers", {}, "findings.numbers: expected a list"),
    ("findings.numbers.0.unit", "miles", "findings.numbers[0].unit: expected one of percent"),
    ("findings.numbers.0.value", "much", "findings.numbers[0].value: expected a number"),
    ("findings.numbers.0.value.low", None, "numbers[0].value.low: expected a number, got null"),
    ("findings.numbers.0.value.high", 10**400, "numbers[0].value.high: expected a number"),
    ("findings.numbers.0.value.supported", 1, "value.supported: expected true or false, got 1"),
    ("findings.charts.0.lines.0.x", [1], "findings.charts[0].lines[0]: expected x, y, low and"),
    ("findings.charts.0.lines.0.low", [], "findings.charts[0].lines[0]: expected x, y, low and"),
    ("findings.charts.0.x_log", "no", "findings.charts[0].x_log: expected true or false"),
    ("findings.tables.0.rows.1", [1], "findings.tables[0].rows[1]: expected 2 cells, got 1"),
    ("findings.tables.0.rows.1.0", [], "findings.tables[0].rows[1][0]: expected a number"),
    ("findings.trials.scores.3", True, "findings.trials.scores[3]: expected a number"),
    ("findings.trials.same", [True], "findings.trials.same: expected 40 values"),
    ("findings.trials.right", [True], "findings.trials.right: expected 40 values"),
    ("findings.trials.subjects.0", "Ada", "findings.trials.subjects[0]: expected a list"),
    ("findings.examples.0.photos", None, "findings.examples[0].photos: expected a list"),
    ("findings.result", [], "findings.result: expected an object"),
    ("run.command", "mien", "run.command: expected a list"),
    ("run.models.0.sha256", ["ab"], "run.models[0].sha256: expected an object"),
    ("run.machine", None, "run.machine: expected an object"),
]


@pytest.mark.parametrize(
    ("place", "value", "message"), WRONG, ids=lambda one: str(one).partition(" at 0x")[0][:40]
)
def test_a_field_that_is_wrong_is_named(document, place, value, message, tmp_path):
    changed = copy.deepcopy(document)
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    inner = changed
    for step in way:
        inner = inner[step]
    if value is REMOVED:
        del inner[last]
    else:
        inner[last] = value
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(changed), "utf-8")
    with pytest.raises(InvalidReport) as caught:
        read_report(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe{}",
        b"[1, 2",
        b'{"format": NaN}',
        b'{"format": 1e999}',
        b'{"format": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b"null",
        b'"mien-report"',
    ],
    ids=["empty", "utf16", "cut", "nan", "overflow", "digits", "deep", "null", "text"],
)
def test_what_is_no_report_is_refused_in_one_line(content, tmp_path):
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(InvalidReport, match=r"report\.json: .*expected") as caught:
        read_report(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAXIMUM_BYTES", 10)
    (tmp_path / "report.json").write_text('{"format": 1}', "utf-8")
    with pytest.raises(InvalidReport, match="expected 10 bytes at most"):
        read_report(tmp_path)


@pytest.mark.parametrize("name", ["nothing", "a\0b", "x" * 300])
def test_a_report_that_is_not_there_is_refused(name, tmp_path):
    with pytest.raises(SourceNotFound, match="expected a report to read"):
        read_report(tmp_path / name)

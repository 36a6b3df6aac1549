"""``mien evaluate compare`` and ``--thumbnails``: two reports in, one plain sentence out."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mien.report import read_report, write_report
from report.sample_findings import sample_findings, sample_run, sample_trials


@pytest.fixture
def reports(folder):
    """``a`` and ``b`` answer the same 90 pairs; ``b`` makes none of the 10 errors of ``a``."""
    write_report(Path("a"), sample_findings(pairs=90), sample_run())
    better = replace(sample_trials(90), right=(True,) * 90)
    write_report(Path("b"), replace(sample_findings(pairs=90), trials=better), sample_run())
    return folder


def test_a_comparison_ends_in_a_plain_sentence(mien, reports):
    said = mien("evaluate", "compare", "a", "b/report.json")
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0] == "90 pairs of two verification reports"
    assert "only A right 0, only B right 10; McNemar's exact test p = 0.00195" in lines
    (sentence,) = (line for line in lines if line.startswith("B is better by 11.11 points"))
    assert sentence.endswith(": distinguishable on these pairs")


def test_the_json_of_a_comparison_is_one_object(mien, reports):
    row = mien("evaluate", "compare", "a", "a", "--json").row
    assert row["rates"]["accuracy"]["difference"]["value"] == 0.0
    assert set(row["rates"]["accuracy"]["a"]) == {"value", "low", "high", "supported"}
    assert row["right"]["p"] == 1.0
    assert (row["distinguishable"], row["drawn"], row["questions"]) == (False, "people", 90)


def test_a_comparison_is_a_report_too(mien, reports):
    said = mien("evaluate", "compare", "a", "b", "--report", "both", "--json")
    findings, run = read_report("both")
    assert findings.kind == "comparison"
    assert findings.result == said.row
    assert (run.data["A"], run.data["B"]) == ("a", "b")
    assert [model.role for model in run.models] == ["A: embedder", "B: embedder"]
    page = Path("both/report.html").read_text("utf-8")
    assert "Where one is right and the other wrong" in page
    assert "<script" not in page  # nothing to draw


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a["findings"].update(kind="liveness"), "expected two of one kind"),
        (lambda a: a["findings"]["trials"]["names"].reverse(), "from question 1 on"),
        (lambda a: a.update(version=9), "b/report.json: version: expected 1"),
        (lambda a: a["findings"]["trials"].pop("same"), "findings.trials.same: expected a value"),
    ],
)
def test_what_cannot_be_compared_is_one_line(mien, reports, change, message):
    path = Path("b/report.json")
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")
    said = mien("evaluate", "compare", "a", "b")
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert message in said.err


def test_thumbnails_without_a_page_are_refused_before_anything_is_measured(mien, folder):
    said = mien(
        *("evaluate", "verification", "--pairs", "none.txt", "--images", ".", "--thumbnails")
    )
    assert said.status == 2
    assert "--thumbnails: expected --report DIR with it" in said.err

"""The page: it loads nothing, obeys nobody from outside, and says what the findings say."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from mien.evaluation import Findings, Number, Rate, Unit
from mien.report.figures import column_figures, figure
from mien.report.page import page
from report.sample_findings import WEAK, sample_findings, sample_run

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;\u2028<!--"
PINNED = {  # uPlot 1.6.32 as npm delivers it: dist/uPlot.iife.min.js, dist/uPlot.min.css, LICENSE
    "uplot.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uplot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uplot.LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}


class Seen(HTMLParser):
    """Elements with their attributes, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.shown = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.texts.append((tag, dict(attrs).get("type"), ""))

    def handle_data(self, data):
        tag = self.elements[-1][0] if self.elements else ""
        if tag in ("script", "style") and self.cdata_elem:
            kind, form, text = self.texts[-1]
            self.texts[-1] = (kind, form, text + data)
        else:
            self.shown.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.shown).split())


@pytest.mark.parametrize("name", PINNED)
def test_uplot_is_the_published_file(name):
    content = (files("mien.report") / "assets" / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == PINNED[name]


def test_the_page_loads_nothing_from_anywhere():
    text = page(sample_findings(), sample_run(), {"a.jpg": "data:image/jpeg;base64,AA=="}, "r.json")
    seen = Seen(text)
    loads = {
        value
        for tag, attributes in seen.elements
        for name, value in attributes.items()
        if name in ("src", "srcset", "href", "data", "action", "poster", "background")
    }
    assert loads == {"data:image/jpeg;base64,AA==", "r.json"}
    assert not {"link", "iframe", "object", "embed", "base", "form"} & {
        tag for tag, _ in seen.elements
    }
    for _, _, content in seen.texts:
        assert not re.search(
            r"@import|url\(|fetch\(|XMLHttp|WebSocket|sendBeacon|import\(", content
        )


def test_the_policy_allows_the_scripts_and_the_style_of_the_page_and_nothing_else():
    seen = Seen(page(sample_findings(HOSTILE), sample_run(), None, "r.json"))
    policy = next(a["content"] for tag, a in seen.elements if a.get("http-equiv"))
    held = {"script": set(), "style": set()}
    for kind, form, text in seen.texts:
        if form != "application/json":
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            held[kind].add(f"'sha256-{digest}'")
    rules = {rule.split()[0]: set(rule.split()[1:]) for rule in policy.split(";")}
    assert rules["default-src"] == {"'none'"}
    assert rules["script-src"] == held["script"]
    assert rules["style-src"] == held["style"]
    assert rules["img-src"] == {"data:"}


def test_names_from_outside_are_text_and_no_markup():
    findings = sample_findings(HOSTILE)
    run = sample_run(command=("mien", HOSTILE), data={HOSTILE: HOSTILE}, machine={"x": HOSTILE})
    plain = Seen(page(sample_findings("Ada"), run, {}, "r.json"))
    seen = Seen(page(findings, run, {}, "r.json"))
    assert [tag for tag, _ in seen.elements] == [tag for tag, _ in plain.elements]
    assert not any(name.startswith("on") for _, each in seen.elements for name in each)
    assert " ".join(HOSTILE.split()) in seen.text


def test_the_curves_in_the_page_are_those_of_the_findings():
    findings = sample_findings(HOSTILE)
    seen = Seen(page(findings, sample_run()))
    (data,) = (text for _, form, text in seen.texts if form == "application/json")
    assert "<" not in data
    assert json.loads(data) == json.loads(json.dumps([one.to_json() for one in findings.charts]))


def test_every_chart_has_its_points_as_a_table():
    text = page(sample_findings(), sample_run())
    assert text.count("<details>") == 3
    seen = Seen(text)
    assert "0.001 0.8 0.7 0.9" in seen.text


def test_the_page_says_all_that_was_found_and_where_it_comes_from():
    text = Seen(page(sample_findings(), sample_run())).text
    for part in (
        *("Verification of Ada", "99.48 %", "95 %: 99.27 to 99.64", "not measured"),
        *("no calibration", "a note on Ada", "6,000 pairs", "21.5 s", "few errors"),
        *("mien evaluate verification --images 'my photos'", "'a'\"'\"'b'", "A quick one"),
        *("sface", "ab" * 32, "Apache-2.0", "Ada taken for Bo", "a.jpg", "score 0.610"),
    ):
        assert part in text, part


def test_findings_with_nothing_in_them_make_a_page_without_scripts():
    seen = Seen(page(Findings("video", "Nothing", ()), sample_run(models=(), seconds=None)))
    assert [kind for kind, _, _ in seen.texts] == ["style"]


def test_every_number_that_too_few_errors_support_is_marked():
    assert figure(Number("tar", "", WEAK)).weak
    assert column_figures([WEAK])[0].weak
    once = page(Findings("x", "x", (Number("tar", "", WEAK),)), sample_run())
    never = page(Findings("x", "x", (Number("tar", "", 0.5),)), sample_run())
    assert once.count('class="weak"') == never.count('class="weak"') + 1


@pytest.mark.parametrize(
    ("value", "unit", "text", "interval"),
    [
        (Rate(0.99483, 0.9927, 0.9964, True), Unit.PERCENT, "99.48\u00a0%", "99.27 to 99.64"),
        (Rate(0.5, 0.3, 0.7, True), Unit.PERCENT, "50.0\u00a0%", "30.0 to 70.0"),
        (Rate(1.2e-5, 8e-6, 2e-5, True), Unit.PERCENT, "0.0012\u00a0%", "0.0008 to 0.0020"),
        (Rate(1.0, 1.0, 1.0, False), Unit.PERCENT, "100\u00a0%", "100 to 100"),
        (Rate(-0.0012, -0.003, 5e-4, True), Unit.POINTS, "−0.12 points", "−0.30 to +0.05"),
        (Rate(0.0, -1e-9, 0.02, True), Unit.POINTS, "0.0 points", "0.0 to +2.0"),
        (0.99987, Unit.PERCENT, "99.987\u00a0%", ""),
        (6000, Unit.COUNT, "6,000", ""),
        (-0.32841, Unit.NUMBER, "−0.3284", ""),
        (12345.6, Unit.SECONDS, "12,346\u00a0s", ""),
        (None, Unit.PERCENT, "not measured", ""),
    ],
)
def test_a_number_is_written_as_precisely_as_it_is_known(value, unit, text, interval):
    made = figure(Number("key", "label", value, unit))
    assert (made.text, made.interval) == (text, interval)


@pytest.mark.parametrize(
    ("rate", "ends"),
    [
        (Rate(0.995, 0.992, 0.997, True), ("99\u00a0%", "100\u00a0%")),
        (Rate(0.004, 0.002, 0.008, True), ("0\u00a0%", "1\u00a0%")),
        (Rate(0.5, 0.45, 0.55, True), ("0\u00a0%", "100\u00a0%")),
    ],
)
def test_an_interval_is_drawn_where_it_lies_on_a_scale_that_is_named(rate, ends):
    bar = figure(Number("key", "label", rate)).bar
    assert (bar.start, bar.end) == ends
    start, end = (float(one.split("\u00a0")[0]) / 100 for one in ends)
    for position, value in ((bar.low, rate.low), (bar.value, rate.value), (bar.high, rate.high)):
        assert start + (end - start) * position / 100 == pytest.approx(value)


def test_a_column_of_numbers_has_the_same_decimals_throughout():
    assert [one.text for one in column_figures([0.25, 1.0, None])] == ["0.25", "1.00", "–"]
    assert [one.text for one in column_figures([1e-9, 0.5, 3])] == ["1e−09", "0.5", "3"]

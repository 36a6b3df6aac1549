"""The page as a browser has it: its scripts run, nothing is complained of, nothing is fetched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from mien.report import write_report
from report.sample_findings import sample_findings, sample_run

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
QUIET = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND",  # nor shall the browser itself reach anybody
]


@dataclass(frozen=True)
class Visit:
    """The document after its scripts ran, what the console said, and what was asked for."""

    document: str
    console: list[str]
    asked: set[str]


@pytest.fixture
def visit(tmp_path):
    def open_page(page: Path) -> Visit:
        log = tmp_path / "net.json"
        done = subprocess.run(
            [
                *(BROWSER, *QUIET, f"--user-data-dir={tmp_path / 'profile'}"),
                *(f"--log-net-log={log}", "--enable-logging=stderr", "--v=0"),
                *("--virtual-time-budget=5000", "--dump-dom", page.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        console = re.findall(r"CONSOLE[^\]]*\] (.*)", done.stderr)
        return Visit(done.stdout, console, addresses(log))

    return open_page


def addresses(log: Path) -> set[str]:
    """What the page asked for; what the browser wants for itself has "not an origin"."""
    events = json.loads(log.read_text("utf-8"))["events"]
    asked = [event.get("params", {}) for event in events]
    return {
        one["url"]
        for one in asked
        if one.get("initiator", "not an origin") != "not an origin"
        and not one["url"].startswith(("data:", "file:"))
    }


def test_the_scripts_draw_every_chart_and_nothing_is_fetched(visit, tmp_path):
    hostile = "<img src='http://example.invalid/a.png'></script>"
    page = write_report(tmp_path / "report", sample_findings(hostile), sample_run())
    seen = visit(page)
    assert 'data-ready="yes"' in seen.document
    assert seen.document.count("<canvas") == 3
    assert seen.console == []
    assert seen.asked == set()


def test_the_policy_stops_a_script_that_is_not_the_page_s_own(visit, tmp_path):
    page = write_report(tmp_path / "report", sample_findings(), sample_run())
    strange = "<script>document.title='taken'</script><img src='http://example.invalid/a.png'>"
    page.write_text(page.read_text("utf-8").replace("</main>", f"{strange}</main>"), "utf-8")
    seen = visit(page)
    assert "<title>taken" not in seen.document
    assert any("Content Security Policy" in line for line in seen.console)
    assert seen.asked == set()


def test_without_the_policy_this_test_would_see_a_request(visit, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "<img src='http://example.invalid/a.png'><script>console.error('seen')</script>"
    )
    seen = visit(page)
    assert seen.asked == {"http://example.invalid/a.png"}
    assert len(seen.console) >= 1

"""A report's folder: whole files, no photo unless asked, text from outside kept harmless."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace

import pytest
from PIL import Image

from mien.errors import OutputUnwritable
from mien.evaluation import Example
from mien.report import write_report
from report.sample_findings import sample_findings, sample_run


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, colour in {"a.jpg": "red", "c.jpg": "blue"}.items():
        Image.new("RGB", (600, 400), colour).save(folder / name)
    (folder / "Ada.jpg").write_bytes(b"no picture")
    return folder


def pictures(page):
    return [
        Image.open(io.BytesIO(base64.b64decode(part.split('"')[0])))
        for part in page.read_text("utf-8").split("data:image/jpeg;base64,")[1:]
    ]


def test_the_json_is_the_findings_and_the_run(tmp_path):
    write_report(tmp_path, sample_findings(), sample_run())
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert document["findings"] == json.loads(json.dumps(sample_findings().to_json()))
    assert document["run"] == json.loads(json.dumps(sample_run().to_json()))


def test_a_report_replaces_an_older_one_and_leaves_nothing_beside_it(tmp_path):
    write_report(tmp_path, sample_findings("Old"), sample_run())
    page = write_report(tmp_path, sample_findings("New"), sample_run())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]
    assert "Old" not in page.read_text("utf-8")


def test_no_photo_is_in_the_page_unless_it_is_asked_for(tmp_path, photos):
    assert pictures(write_report(tmp_path / "r", sample_findings(), sample_run())) == []


def test_thumbnails_are_small_and_a_photo_that_cannot_be_read_is_said(tmp_path, photos):
    page = write_report(tmp_path / "r", sample_findings(), sample_run(), photos)
    shown = pictures(page)
    assert [one.size for one in shown] == [(192, 128), (192, 128)]
    red, _, blue = shown[0].getpixel((90, 60))
    assert (red > 200, blue < 50) == (True, True)
    assert "no picture" in page.read_text("utf-8")


def test_many_mistakes_do_not_make_a_page_of_many_photos(tmp_path, photos):
    Image.new("RGB", (600, 400)).save(photos / "a.jpg")
    names = [f"{at}.jpg" for at in range(100)]
    for name in names:
        (photos / name).write_bytes((photos / "a.jpg").read_bytes())
    examples = tuple(Example("miss", (name,), 0.1, "") for name in names)
    findings = replace(sample_findings(), examples=examples)
    assert len(pictures(write_report(tmp_path / "r", findings, sample_run(), photos))) == 80


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputUnwritable, match="choose another folder"):
            write_report(place, sample_findings(), sample_run())


def test_six_thousand_pairs_fit_into_a_small_page(tmp_path):
    page = write_report(tmp_path, sample_findings(pairs=6000), sample_run())
    assert page.stat().st_size < 200_000
    assert (tmp_path / "report.json").stat().st_size < 2_500_000

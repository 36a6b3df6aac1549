"""The CSV file: no cell that a spreadsheet runs, and the file whole or not at all."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mien.cli.csv_file import COLUMNS, CsvFile
from mien.cli.csv_rows import harmless
from mien.errors import DamagedImage, OutputUnwritable
from mien.records import PhotoFailure

FAILURE = PhotoFailure("=1+1.jpg", DamagedImage("@cut"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\tx", "\rx", " =1", "\n=1", "\0=1"])
def test_a_formula_gets_an_apostrophe(text):
    assert harmless(text).startswith("'")


@given(some.text())
def test_no_cell_begins_as_a_formula(text):
    assert not harmless(text).lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("value", [-1.5, 0, None, "Ada", "a=b"])
def test_what_is_harmless_stays(value):
    assert harmless(value) == value


def test_the_file_stands_when_the_block_is_left(tmp_path):
    path = tmp_path / "faces.csv"
    path.write_text("old")
    with CsvFile(path) as rows:
        rows.add_failure(FAILURE)
        assert path.read_text() == "old"
    with path.open(encoding="utf-8", newline="") as stream:
        header, row = csv.reader(stream)
    assert tuple(header) == COLUMNS
    assert row[0] == "'=1+1.jpg"
    assert row[-1] == "DamagedImage: @cut"
    assert list(tmp_path.iterdir()) == [path]


def test_lines_end_as_rfc_4180_says_and_excel_gets_a_byte_order_mark(tmp_path):
    failure = PhotoFailure("Žofie 李.jpg", DamagedImage("cut"))
    written = {}
    for excel in (False, True):
        with CsvFile(tmp_path / "faces.csv", excel=excel) as rows:
            rows.add_failure(failure)
        written[excel] = (tmp_path / "faces.csv").read_bytes()
    assert written[False].count(b"\r\n") == written[False].count(b"\n") == 2
    assert written[True] == b"\xef\xbb\xbf" + written[False]
    assert "Žofie 李.jpg".encode() in written[False]


@pytest.mark.parametrize("error", [KeyboardInterrupt, BrokenPipeError])
def test_an_interruption_keeps_the_rows_so_far(tmp_path, error):
    path = tmp_path / "faces.csv"

    def interrupted():
        with CsvFile(path) as rows:
            rows.add_failure(FAILURE)
            raise error

    with pytest.raises(error):
        interrupted()
    assert len(path.read_text().splitlines()) == 2


def test_any_other_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "faces.csv"
    path.write_text("old")
    with pytest.raises(DamagedImage), CsvFile(path):
        raise DamagedImage("x")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["none/faces.csv", ".", "a\0b"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, place):
    with pytest.raises(OutputUnwritable, match="--csv: expected to write"):
        CsvFile(tmp_path / place)
    assert list(tmp_path.iterdir()) == []

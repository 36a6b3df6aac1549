"""A file of lines that survives a kill at any byte."""

from __future__ import annotations

import json

import pytest

from mien.capture.lines import append_line, read_lines
from mien.errors import InvalidManifest, OutputUnwritable

ROWS = [{"file": f"{number:06}.jpg", "name": "Zoë"} for number in range(4)]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "collected.jsonl"
    for row in ROWS:
        append_line(path, row)
    return path


def test_what_was_appended_is_read(written):
    assert read_lines(written) == ROWS
    assert read_lines(written.with_name("nothing")) == []


def test_a_file_cut_at_any_byte_gives_its_whole_lines_and_goes_on(written):
    data = written.read_bytes()
    for length in range(len(data) + 1):
        written.write_bytes(data[:length])
        whole = data[:length].count(b"\n")
        assert read_lines(written) == ROWS[:whole]
        append_line(written, {"file": "new"})
        assert read_lines(written) == [*ROWS[:whole], {"file": "new"}]


def test_a_long_torn_line_is_cut_off(written):
    with written.open("ab") as file:
        file.write(b"x" * 200_000)
    append_line(written, {"file": "new"})
    assert read_lines(written) == [*ROWS, {"file": "new"}]


@pytest.mark.parametrize("line", ["[1]", "nonsense", '{"a": ', "\udcff", "[" * 100_000])
def test_a_damaged_line_is_named(written, line):
    text = "\n".join([json.dumps(ROWS[0]), line, json.dumps(ROWS[1])]) + "\n"
    written.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidManifest, match=r"line 2.*mend the line"):
        read_lines(written)


def test_a_folder_in_its_place_is_an_error_of_ours(tmp_path):
    with pytest.raises(OutputUnwritable):
        append_line(tmp_path, {})
    with pytest.raises(InvalidManifest):
        read_lines(tmp_path)

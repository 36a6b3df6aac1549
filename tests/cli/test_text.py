"""Text from outside: nothing that a terminal obeys, no line that is two, no number that is none."""

import json
import math

from hypothesis import given
from hypothesis import strategies as some

from mien.cli.text import json_line, padded, plural, shown, width_of

# Everything, lone surrogates included.
any_text = some.text(some.characters(exclude_categories=()))


@given(any_text)
def test_shown_text_is_printable_and_encodable(text):
    line = shown(text)
    assert line.replace("\u200c", "").replace("\u200d", "").isprintable()
    line.encode("utf-8")


@given(any_text.filter(lambda text: text.isprintable()))
def test_printable_text_is_shown_as_it_is(text):
    assert shown(text) == text


@given(some.dictionaries(any_text, some.one_of(any_text, some.floats(), some.none())))
def test_json_is_one_line_that_reads_back(record):
    line = json_line(record)
    assert line.splitlines() == [line]
    line.encode("utf-8")
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in record.items()
    }
    assert json.loads(line, parse_constant=lambda word: 1 / 0) == finite


def test_json_keeps_letters_and_escapes_what_a_terminal_obeys():
    assert json_line({"name": "Žofie 李"}) == '{"name": "Žofie 李"}'
    assert json_line({"name": "\x1b[31m\x9b\u202e\udcff"}) == (
        r'{"name": "\u001b[31m\u009b\u202e\udcff"}'
    )


def test_columns_count_wide_and_combining_letters():
    assert [width_of(text) for text in ("ab", "李", "e\u0301")] == [2, 2, 1]
    assert padded("李", 4) == "李  "


def test_one_is_singular():
    assert [plural(count, "face") for count in (0, 1, 1200)] == ["0 faces", "1 face", "1,200 faces"]

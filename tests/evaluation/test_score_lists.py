from __future__ import annotations

import numpy as np
import pytest

from mien.errors import InvalidLabels, SourceNotFound
from mien.evaluation import read_liveness_scores, read_probabilities

LIVENESS = "path,label,score\na.jpg,live,0.9\nb.jpg,Print,0.1\nc.jpg,replay,\n"
SAME = "same,probability\n1,0.9\nno,0.25\n"


@pytest.fixture
def write(tmp_path):
    def write_list(text):
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_list


def test_scores_of_liveness_are_read_and_an_empty_one_is_no_answer(write):
    data = read_liveness_scores(write(LIVENESS))
    assert data.paths == ("a.jpg", "b.jpg", "c.jpg")
    assert data.labels == ("live", "print", "replay")
    assert np.array_equal(data.scores, [0.9, 0.1, np.nan], equal_nan=True)


def test_probabilities_are_read_whatever_the_order_of_the_columns(write):
    said, same = read_probabilities(write(SAME))
    assert (said.tolist(), same.tolist()) == ([0.9, 0.25], [True, False])
    text = "note,probability,same\nx,0.5,different\ny,1,same\n"
    said, same = read_probabilities(write(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()))
    assert (said.tolist(), same.tolist()) == ([0.5, 1.0], [False, True])


def test_a_decimal_comma_is_one_where_no_comma_separates_cells(write):
    german = LIVENESS.replace(",", ";").replace("0.", "0,").replace("\n", "\r\n")
    found, expected = read_liveness_scores(write(german)), read_liveness_scores(write(LIVENESS))
    assert np.array_equal(found.scores, expected.scores, equal_nan=True)
    said, _ = read_probabilities(write("same\tprobability\n1\t0,75\n0\t,5\n"))
    assert said.tolist() == [0.75, 0.5]
    with pytest.raises(InvalidLabels, match="expected a number"):
        read_probabilities(write('same,probability\n1,"0,75"\n0,0.5\n'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: .*path,label,score"),
        ("path,label\n", "line 1"),
        ("path,label,score,score\n", "line 1"),
        ("path,label,score\n", "got none"),
        (LIVENESS.replace("\nb", "\n\nb"), "line 3: .*blank"),
        (LIVENESS + "\n", "line 5: .*blank"),
        (LIVENESS.replace("Print,0.1", "Print"), "line 3: .*3 cells"),
        (LIVENESS.replace("Print", ""), "line 3: .*label"),
        (LIVENESS.replace("Print", "real"), "line 3: .*label live or"),
        (LIVENESS.replace("Print", "0"), "line 3: .*label"),
        (LIVENESS.replace("0.1", "low"), "line 3: .*number"),
        (LIVENESS.replace("0.1", "nan"), "line 3: .*number"),
        (LIVENESS.replace("0.1", "inf"), "line 3: .*number"),
        (LIVENESS.replace("Print", "live").replace("replay", "live"), "no attacks"),
        (LIVENESS.replace("live", "mask"), "no live faces"),
        (LIVENESS.replace("b.jpg", '"b.jpg'), "line 4: .*comma-separated"),
        (LIVENESS.encode().replace(b"b.jpg", b"\xe9"), "line 3: .*UTF-8"),
    ],
)
def test_a_damaged_list_of_liveness_is_refused_with_its_line(write, text, said):
    with pytest.raises(InvalidLabels, match=said):
        read_liveness_scores(write(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("same,score\n1,0.5\n", "line 1: .*same,probability"),
        (SAME.replace("no,", "perhaps,"), "line 3: .*true or false"),
        (SAME.replace("0.25", "1.01"), "line 3: .*from 0 to 1"),
        (SAME.replace("0.25", "-0.01"), "line 3: .*from 0 to 1"),
        (SAME.replace("0.25", ""), "line 3: .*number"),
        (SAME.replace("0.25", "nan"), "line 3: .*number"),
        (SAME.replace("no,", "yes,"), "only the same person"),
        (SAME.replace("1,0.9", "0,0.9"), "only different people"),
        (SAME.replace("\nno", "\n\nno"), "line 3: .*blank"),
    ],
)
def test_a_damaged_list_of_probabilities_is_refused_with_its_line(write, text, said):
    with pytest.raises(InvalidLabels, match=said):
        read_probabilities(write(text))


def test_a_list_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SourceNotFound):
        read_probabilities(tmp_path / "none.csv")

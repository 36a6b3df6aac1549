from __future__ import annotations

import os
from pathlib import Path

import pytest

from mien.errors import InvalidOption, InvalidPairs, SourceNotFound
from mien.evaluation import Pair, read_csv_pairs, read_lfw_pairs, read_pairs

LFW = "2\t1\nAda\t1\t4\nAda\t1\tBo\t12\nCy\t3\t2\nCy\t1\tAda\t2\n"
CSV = "fold,same,path1,path2\n1,1,a/1.jpg,a/2.jpg\n2,0,a/1.jpg,b/1.jpg\n"


@pytest.fixture
def write(tmp_path):
    def write_list(text, name="pairs.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_list


def test_lfws_list_is_read_fold_by_fold(write):
    assert read_lfw_pairs(write(LFW)) == (
        Pair(1, True, "Ada/Ada_0001.jpg", "Ada/Ada_0004.jpg"),
        Pair(1, False, "Ada/Ada_0001.jpg", "Bo/Bo_0012.jpg"),
        Pair(2, True, "Cy/Cy_0003.jpg", "Cy/Cy_0002.jpg"),
        Pair(2, False, "Cy/Cy_0001.jpg", "Ada/Ada_0002.jpg"),
    )


@pytest.mark.parametrize("header", ["1", "1\t1"])
def test_a_list_of_one_fold_is_refused_with_what_to_do(write, header):
    with pytest.raises(InvalidPairs, match=r"line 1: expected two folds.*without the column fold"):
        read_lfw_pairs(write(f"{header}\nAda\t1\t4\nAda\t1\tBo\t12\n"))
    with pytest.raises(InvalidPairs, match=r"line 2: expected two folds"):
        read_csv_pairs(write(CSV.replace("2,0,", "1,0,")))


both_forms = pytest.mark.parametrize(
    ("read", "text"), [(read_lfw_pairs, LFW), (read_csv_pairs, CSV)], ids=["lfw", "csv"]
)


@both_forms
def test_lines_may_end_as_on_any_system_also_mixed(write, read, text):
    for ends in ("\r\n", "\r"):
        assert read(write(text.replace("\n", ends))) == read(write(text))
        assert read(write(text.replace("\n", ends, 2).removesuffix("\n"))) == read(write(text))


@both_forms
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_excel_saves_as_unicode_is_read(write, read, text, encoding):
    text = text.replace("A", "Ł").replace("b/1", "李/1")
    assert read(write(text.replace("\n", "\r\n").encode(encoding))) == read(write(text))


@both_forms
@pytest.mark.parametrize("letter", ["a", "é"])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "utf-16-be"])
def test_other_text_is_refused_with_its_cure(write, read, text, encoding, letter):
    if (encoding, letter) != ("latin-1", "a"):
        with pytest.raises(InvalidPairs, match=r"save the list as UTF-8 \(in Excel: CSV UTF-8\)"):
            read(write(text.replace("a", letter).encode(encoding)))


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\r\n"])
def test_what_excel_writes_between_cells_is_read(write, delimiter, first):
    text = first.format(delimiter) + CSV.replace(",", delimiter).replace("\n", "\r\n")
    assert read_csv_pairs(write(text)) == read_csv_pairs(write(CSV))
    with pytest.raises(InvalidPairs, match=f"line {4 if first else 3}: .*true or false"):
        read_csv_pairs(write(text.replace(f"2{delimiter}0", f"2{delimiter}maybe")))


def test_quoted_cells_may_hold_line_ends_delimiters_and_quotes(write):
    text = CSV.replace("b/1.jpg", '"b/""x"", y;\r\n1.jpg"').replace("a/2.jpg", '"a/2.jpg"')
    assert read_csv_pairs(write(text))[1].path2 == 'b/"x", y;\n1.jpg'
    with pytest.raises(InvalidPairs, match=r"line 5: .*true or false"):
        read_csv_pairs(write(text + "2,maybe,a/1.jpg,c/1.jpg\n"))


@pytest.mark.parametrize(("read", "text"), [(read_lfw_pairs, LFW), (read_csv_pairs, CSV)])
def test_a_blank_line_is_refused_with_its_number_but_one_last_line_end_is_not(write, read, text):
    assert read(write(text)) == read(write(text.removesuffix("\n")))
    for wrong, line in ((text.replace("\n", "\n\n", 1), 2), (text + " \n", text.count("\n") + 1)):
        with pytest.raises(InvalidPairs, match=f"line {line}: .*blank"):
            read(write(wrong))


@pytest.mark.parametrize(("read", "text"), [(read_lfw_pairs, LFW), (read_csv_pairs, CSV)])
def test_a_byte_order_mark_changes_nothing(write, read, text):
    assert read(write(b"\xef\xbb\xbf" + text.encode())) == read(write(text))


def test_names_may_hold_any_unicode(write):
    pairs = read_lfw_pairs(write(LFW.replace("Ada", "José").replace("Bo", "李明")))
    assert pairs[1].path1 == "José/José_0001.jpg"
    assert pairs[1].path2 == "李明/李明_0012.jpg"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", None),
        ("\n \n", 1),
        ("2\t1\n", 1),
        (LFW[:-10], 5),
        (LFW[: LFW.index("Cy\t1")], 1),
        (LFW + "Cy\t1\t2\n", 1),
        ("ten\t300\n", 1),
        ("1 2 3\n", 1),
        ("0\t300\n", 1),
        ("-1\t-1\n", 1),
        ("99999999999999999999\t1\n", 1),
        (LFW.replace("Ada\t1\t4", "Ada\t1\tfour"), 2),
        (LFW.replace("Ada\t1\t4", "Ada\t0\t4"), 2),
        (LFW.replace("Ada\t1\t4", "Ada\t1\t1"), 2),
        (LFW.replace("Ada\t1\t4", "Ada\t١\t٤"), 2),
        (LFW.replace("Ada\t1\t4", "..\t1\t4"), 2),
        (LFW.replace("Ada\t1\t4", "../../etc\t1\t4"), 2),
        (LFW.replace("Ada\t1\t4", "a\\b\t1\t4"), 2),
        (LFW.replace("Ada\t1\t4", "a\0b\t1\t4"), 2),
        (LFW.replace("Ada\t1\tBo\t12", "Ada\t1\t2"), 3),
        (LFW.replace("Ada\t1\tBo\t12", "Ada\t1\tAda\t12"), 3),
        (b"2\t1\nAda\t1\t4\nJos\xe9\t1\tBo\t12\n", 3),
        (LFW.encode("utf-16-le"), 1),
    ],
)
def test_a_damaged_lfw_list_is_refused_with_its_line(write, text, line):
    with pytest.raises(InvalidPairs, match=f"line {line}:" if line else "expected") as caught:
        read_lfw_pairs(write(text))
    assert "\n" not in str(caught.value)


def test_a_csv_is_read_whatever_the_order_of_its_columns(write):
    text = (
        'path2,extra,same,path1,fold\n"a,x/2.jpg",?,TRUE,a/1.jpg,7\nb/1.jpg,?,different,a/1.jpg,8\n'
    )
    assert read_csv_pairs(write(text)) == (
        Pair(7, True, "a/1.jpg", "a,x/2.jpg", (("extra", "?", "?"),)),
        Pair(8, False, "a/1.jpg", "b/1.jpg", (("extra", "?", "?"),)),
    )


def test_a_csv_without_folds_is_one_fold(write):
    pairs = read_csv_pairs(write("same,path1,path2\n1,a.jpg,b.jpg\n0,a.jpg,c.jpg\n"))
    assert [pair.fold for pair in pairs] == [0, 0]


@pytest.mark.parametrize("word", ["1", "true", "Yes", " SAME ", "0", "false", "No", "different"])
def test_the_word_false_is_false(write, word):
    pairs = read_csv_pairs(write(CSV + f"1,{word},c/1.jpg,d/1.jpg\n"))
    assert pairs[2].same is (word.strip().lower() in ("1", "true", "yes", "same"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("fold,same,path1,path2\n", None),
        ("same,path1\n1,a.jpg\n", 1),
        ("same,same,path1,path2\n1,1,a.jpg,b.jpg\n", 1),
        ("fold|same|path1|path2\n1|1|a|b\n", 1),
        (CSV.replace("2,0,", "2,1,"), None),
        (CSV.replace("1,1,", "1,0,"), None),
        (CSV.replace("2,0,", "2,maybe,"), 3),
        (CSV.replace("2,0,", "2,,"), 3),
        (CSV.replace("2,0,", "two,0,"), 3),
        (CSV.replace("2,0,", ",0,"), 3),
        (CSV.replace("2,0,", "-2,0,"), 3),
        (CSV.replace("2,0,", "0,"), 3),
        (CSV.replace("2,0,", "2,0,x,"), 3),
        (CSV.replace("b/1.jpg", "a/1.jpg"), 3),
        (CSV.replace("b/1.jpg", ""), 3),
        (CSV.replace("b/1.jpg", "../b/1.jpg"), 3),
        (CSV.replace("b/1.jpg", "b/../../1.jpg"), 3),
        (CSV.replace("b/1.jpg", "/etc/passwd"), 3),
        (CSV.replace("b/1.jpg", "C:/1.jpg"), 3),
        (CSV.replace("b/1.jpg", "..\\1.jpg"), 3),
        (CSV.replace("b/1.jpg", "b\0.jpg"), 3),
        (CSV.replace("b/1.jpg", '"b/1.jpg'), 3),
        (CSV + "1,1," + "x" * 200_000 + ",y.jpg\n", 4),
        (CSV.encode().replace(b"b/1", b"\xff/1"), 3),
    ],
)
def test_a_hostile_csv_is_refused_with_its_line(write, text, line):
    with pytest.raises(InvalidPairs, match=f"line {line}:" if line else "expected") as caught:
        read_csv_pairs(write(text))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_photo_that_is_not_there_is_named_with_its_line(write, tmp_path):
    for name in ("a/1.jpg", "a/2.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(InvalidPairs, match=r"line 3: .*no such person.*--images"):
        read_pairs(write(CSV), "csv", tmp_path)
    (tmp_path / "b").mkdir()
    with pytest.raises(InvalidPairs, match=r"line 3: .*no such photo.*--images"):
        read_pairs(write(CSV), "csv", tmp_path)
    (tmp_path / "b/1.jpg").touch()
    assert len(read_pairs(write(CSV), "csv", tmp_path)) == 2
    long = CSV.replace("b/1.jpg", "b" * 5000)
    with pytest.raises(InvalidPairs, match="line 3:"):
        read_pairs(write(long), "csv", tmp_path)


def test_a_list_or_folder_that_is_not_there_is_not_found(write, tmp_path):
    for missing in (tmp_path / "none.txt", tmp_path, Path("a\0b")):
        with pytest.raises(SourceNotFound):
            read_pairs(missing)
    with pytest.raises(SourceNotFound):
        read_pairs(write(LFW), "lfw", tmp_path / "none")
    with pytest.raises(InvalidOption, match="lfw or csv"):
        read_pairs(write(LFW), "xml")


@pytest.mark.skipif("MIEN_BENCH_DATA" not in os.environ, reason="MIEN_BENCH_DATA is not set")
def test_lfws_own_list_holds_6000_pairs_of_7701_photos():
    lfw = Path(os.environ["MIEN_BENCH_DATA"]) / "lfw"
    pairs = read_lfw_pairs(lfw / "pairs.txt", lfw / "images")
    assert len(pairs) == 6000
    assert sum(pair.same for pair in pairs) == 3000
    assert {sum(p.fold == fold for p in pairs) for fold in range(1, 11)} == {600}
    assert len({path for p in pairs for path in (p.path1, p.path2)}) == 7701

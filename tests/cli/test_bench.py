"""``mien models bench``: real networks on a tiny list of the form of LFW's, of sample photos."""

import io
import shutil
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from mien import benching
from mien.cli.output import Output
from mien.cli.running_table import RunningTable
from mien.models import ModelStore

PAIRS = """2\t1
Obama\t1\t2
Obama\t1\tBiden\t1
Obama\t2\t3
Obama\t3\tBiden\t1
"""
ONE = ("--detector", "yunet", "--embedder", "sface")


@pytest.fixture
def data(samples, folder):
    photos = {"Obama": ("obama.jpg", "obama2.jpg", "obama3.jpg"), "Biden": ("biden.jpg",)}
    for name, files in photos.items():
        for number, file in enumerate(files, 1):
            place = folder / "lfw" / "images" / name / f"{name}_{number:04d}.jpg"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(samples[file], place)
    (folder / "lfw" / "pairs.txt").write_text(PAIRS)
    return folder


@pytest.fixture
def bench(mien, data, monkeypatch):
    monkeypatch.setenv("MIEN_BENCH_DATA", str(data))
    return lambda *more: mien("models", "bench", *more)


def test_a_row_says_how_right_how_fast_how_large_and_under_which_licence(bench):
    row = bench(*ONE, "--json").row
    assert (row["detector"], row["embedder"]) == ("yunet", "sface")
    assert (row["pairs"], row["genuine"], row["impostor"]) == (4, 2, 2)
    assert (row["photos"], row["without_face"], row["failure_to_acquire"]) == (4, 0, 0)
    assert (row["accuracy"], row["standard_error"]) == (1.0, 0.0)
    tar = row["tar_at_far"]["0.001"]
    assert (tar["tar"], tar["false_accepts"], tar["supported"]) == (1.0, 0, False)
    assert 0 < tar["low"] < tar["high"] == 1.0
    assert 0 < row["milliseconds_per_photo"] < 10_000
    detectors = 122_489 + 28_829 + 403_309 + 1_559_570 + 1_736_694
    assert row["size_bytes"] == detectors + 10_667_852
    assert row["licences"] == {
        **{"yunet": "MIT", "mtcnn": "MIT", "retinaface-mnet025": "MIT"},
        "sface": "Apache-2.0",
    }


def test_the_table_has_a_row_for_each_combination_and_says_what_it_rests_on(bench):
    said = bench("--detector", "haar", "--detector", "yunet", "--embedder", "sface")
    lines = said.out.splitlines()
    assert lines[0].split()[:2] == ["detector", "embedder"]
    assert [line.split()[:2] for line in lines[1:3]] == [["haar", "sface"], ["yunet", "sface"]]
    assert "Apache-2.0, MIT" in lines[1]  # the cascade comes with OpenCV
    assert "†" in lines[2]
    assert lines[3].startswith("all 4 pairs of the list, 4 photos")
    assert "of 2 impostor pairs 0 passed" in lines[4]
    assert said.err.count("ms a photo\n") == 2


def test_markdown_can_be_pasted(bench):
    lines = bench(*ONE, "--markdown").out.splitlines()
    assert lines[0].startswith("| detector | embedder | accuracy, % |")
    assert lines[1] == "| --- | --- | ---: | --- | ---: | ---: | ---: | --- |"
    assert lines[2].startswith("| yunet | sface | 100.00 ± 0.00 | 100.0 (")
    assert lines[3] == ""
    assert len(lines) == 5


def test_a_photo_without_a_face_is_counted_and_its_pairs_are_errors(bench, data, samples):
    shutil.copy(samples["coffee.png"], data / "lfw/images/Obama/Obama_0004.jpg")
    more = PAIRS.replace("2\t1\n", "3\t1\n", 1) + "Obama\t1\t4\nObama\t2\tBiden\t1\n"
    (data / "lfw" / "pairs.txt").write_text(more)
    row = bench(*ONE, "--json").row
    assert (row["without_face"], row["failure_to_acquire"]) == (1, 1)
    assert row["accuracy"] == pytest.approx((1 + 1 + 0.5) / 3)


def test_a_missing_network_is_a_row_and_stops_nothing(bench, monkeypatch):
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    said = bench(*ONE[:2], "--embedder", "sface-fp32", "--embedder", "sface", "--json")
    assert said.status == 0
    assert [row.get("error", {}).get("kind") for row in said.rows] == ["ModelUnavailable", None]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (["--detector", "eyes"], "expected one of yunet, retinaface"),
        (["--embedder", "yunet"], "expected one of sface"),
        (["--embedder", "vggface-vgg16"], "mien models pin"),
        (["--data", "nowhere"], "lfw/pairs.txt"),
        (["--json", "--markdown"], "--markdown"),
        (["--threads", "-1"], "--threads"),
    ],
)
def test_a_wrong_request_is_one_line_before_anything_is_measured(bench, wrong, named):
    said = bench(*wrong)
    assert said.status in (2, 3)
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert named in said.err


def test_without_data_the_cure_is_named(mien, folder, monkeypatch):
    monkeypatch.delenv("MIEN_BENCH_DATA", raising=False)
    said = mien("models", "bench")
    assert (said.status, said.out) == (2, "")
    assert "MIEN_BENCH_DATA" in said.err


def test_of_a_long_list_1200_pairs_are_taken_unless_all_are_wanted(bench_data):
    assert len(benching.read_bench_data(bench_data).pairs) == 1200
    full = benching.read_bench_data(bench_data, full=True)
    assert len(full.pairs) == full.listed == 6000
    assert len(full.photos) == 7701


def test_what_no_index_has_is_left_out_with_what_to_do(tmp_path):
    names, left_out = benching.choose_embedders(ModelStore(cache=tmp_path))
    assert names == ["sface", "dlib-resnet", "sface+dlib-resnet"]
    assert [line.split()[0] for line in left_out] == [
        *("sface-fp32", "vggface-vgg16", "vggface2-resnet50", "vggface2-senet50"),
    ]
    assert all("`mien models p" in line for line in left_out)


class Screen(io.StringIO):
    """A terminal for as long as it says so."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_rows_so_far_stand_above_the_bar(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    screen, output = Screen(), Output()
    with redirect_stderr(screen), RunningTable(output, ("detector", "ms"), ("ms",)) as table:
        table.begin("yunet × sface", 2)
        table.step()
        table.add(("yunet", "7.5"))
        output.note("a note meanwhile")
        table.begin("haar × sface", 2)
    seen = screen.getvalue()
    assert seen.index("yunet × sface") < seen.index("a note meanwhile\n") < seen.index("7.5")
    assert "haar × sface" in seen
    assert output.bar is None


def test_in_a_pipe_nothing_is_drawn(capsys):
    with RunningTable(Output(), ("detector",), ()) as table:
        table.begin("yunet × sface", 1)
        table.step()
        table.add(("yunet",))
    assert capsys.readouterr() == ("", "")


def test_the_folder_of_the_data_is_the_one_that_is_named(data, tmp_path):
    read = benching.read_bench_data(data)
    assert [Path(photo).relative_to(data).as_posix() for photo in read.photos][:3] == [
        "lfw/images/Obama/Obama_0001.jpg",
        "lfw/images/Obama/Obama_0002.jpg",
        "lfw/images/Biden/Biden_0001.jpg",
    ]

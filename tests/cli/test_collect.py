"""``mien collect``: what it says, how it ends, and what is left of it after Ctrl-C and a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, redirect_stderr

import pytest
import simplejpeg

from capture.staged import SHAPES, frame
from cli.test_progress import Screen
from images.films import make_film, serve
from mien.images import read_image

pytest.importorskip("av")


@pytest.fixture(scope="module")
def frames(samples):
    """Of one man, no two alike."""
    photos = [read_image(samples[f"obama{number}.jpg"]) for number in ("", "2", "3")]
    return [frame(photo, shape) for photo in photos for shape in SHAPES]


@pytest.fixture
def clip(frames, folder):
    times_s = [0.5 * number for number in range(len(frames))]
    return make_film(folder / "clip.mp4", frames, times_s=times_s, options={})


def kept(folder):
    places = [folder / "data" / part / "obama" for part in ("train", "validation")]
    return sorted(path.name for place in places for path in place.glob("*.jpg"))


def test_what_came_of_it_is_said_and_is_there(mien, clip, folder):
    said = mien("collect", "obama", "--source", clip, "--count", 8, "--json")
    assert said.status == 0
    assert (said.row["train"], said.row["validation"], said.row["complete"]) == (6, 2, True)
    assert said.row["looked"] == 21
    assert sum(said.row["refused"].values()) == 21 - 8
    assert set(said.row["poses"]) == {"left", "front", "right", "up", "down"}
    assert said.row["gap_s"] > 1.0
    assert said.row["closest"]["cosine"] < 0.95
    assert len(kept(folder)) == 8
    assert said.err == ""


def test_people_read_the_counts_with_their_reasons_and_a_hint(mien, clip):
    lines = mien("collect", "obama", "--source", clip, "--out", "data").out
    assert "obama: " in lines
    assert "between training and validation" in lines
    assert "rare or missing: " in lines
    assert "the head to the picture's" in lines or "the chin" in lines
    assert "fewer than 100: " in lines


def test_the_same_again_adds_nothing_and_is_done(mien, clip, folder):
    mien("collect", "obama", "--source", clip)
    before = kept(folder)
    again = mien("collect", "Obama", "--source", clip, "--json")
    assert (again.status, again.row["added"]) == (0, 0)
    assert kept(folder) == before


def test_the_classic_form(mien, clip, folder):
    said = mien("collect", "obama", "--source", clip, "--grey", "--size", 200, "--count", 4)
    assert said.status == 0
    shapes = {read_image(path).shape for path in folder.glob("data/*/obama/*.jpg")}
    assert shapes == {(200, 200, 3)}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("../x", "--source", "clip.mp4"), 2, "reads as a path"),
        (("obama", "--source", "nothing.mp4"), 2, "expected a camera's number, a film"),
        (("obama", "--source", "77"), 2, "camera of number 77"),
        (("obama", "--source", "file:///etc/passwd"), 2, "expected one of http"),
        (("obama", "--source", "clip.mp4", "--count", "0"), 2, "--count"),
        (("obama", "--source", "clip.mp4", "--like", "clip.mp4"), 2, "--like: clip.mp4"),
        (("obama", "--source", "clip.mp4", "--like", "a.jpg", "--largest"), 2, "leave one out"),
        (("obama", "--source", "clip.mp4", "--embedder", "nobody"), 2, "nobody"),
        (("obama",), 2, "--source"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    mien, clip, folder, arguments, status, words
):
    said = mien("collect", *arguments)
    assert (said.status, said.out) == (status, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert not (folder / "data").exists()


def test_no_face_at_all_is_an_error_that_says_what_was_there(mien, samples, folder):
    said = mien("collect", "obama", "--source", samples["coffee.png"])
    assert said.status == 2
    assert "got none of 1: 1 × no face" in said.err


def test_without_pyav_the_cure_is_named(mien, clip, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    said = mien("collect", "obama", "--source", clip)
    assert said.status == 3
    assert "pip install 'mien[video]'" in said.err


def test_a_window_needs_a_screen(mien, clip, monkeypatch):
    pytest.importorskip("tkinter")
    monkeypatch.delenv("DISPLAY", raising=False)
    if sys.platform != "linux":
        pytest.skip("elsewhere there is always a screen")
    said = mien("collect", "obama", "--source", clip, "--show")
    assert said.status == 2
    assert "--show: expected a screen, got none" in said.err
    assert "leave out --show" in said.err


def test_a_terminal_sees_the_count_and_the_poses_while_it_runs(clip, samples, monkeypatch):
    from mien.api import build_recognizer
    from mien.capture import CollectOptions, Collector
    from mien.cli.capturing import CaptureStatus
    from mien.cli.output import Output

    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    output = Output()
    wanted = CollectOptions("obama", clip, clip.parent / "data")
    with redirect_stderr(screen), CaptureStatus(output, "obama", window=False) as status:
        with Collector(wanted, build_recognizer(), status.watch) as collector:
            collector.gather()
        output.note("a note")
    assert "of 100  (left" in screen.getvalue()
    assert "looked at" in screen.getvalue()
    assert "a note\n" in screen.getvalue()
    assert output.bar is None


# Ctrl-C and kill ----------------------------------------------------------------------------


@contextmanager
def started(*arguments):
    """The command in a process of its own."""
    command = [sys.executable, "-m", "mien.cli", "collect", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_drafts(folder, count):
    for _ in range(600):
        drafts = list(folder.glob("data/.collecting/obama/*.jpg"))
        if len(drafts) >= count:
            return
        time.sleep(0.05)
    pytest.fail(f"no {count} pictures after half a minute")


@pytest.fixture
def stream(frames):
    """A virtual camera that shows a new picture now and then, for a minute."""
    shots = [simplejpeg.encode_jpeg(one, quality=95) for one in frames for _ in range(5)] * 10
    with serve(turns=[shots] * 3, pause_s=0.05) as server:
        yield f"{server.address}/stream"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_it_well(stream, folder, networks):
    with started("obama", "--source", stream, "--json") as process:
        wait_for_drafts(folder, 5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    row = json.loads(out)
    assert process.returncode == 130
    assert row["interrupted"] is True
    assert row["added"] == len(kept(folder)) >= 3
    assert b"the same command goes on" in err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_after_a_kill_nothing_that_was_found_is_lost(mien, stream, clip, folder, networks):
    with started("obama", "--source", stream) as process:
        wait_for_drafts(folder, 5)
        process.kill()
    journal = folder / "data" / ".collecting" / "obama" / "journal.jsonl"
    found = sum('"shot"' in line for line in journal.read_text("utf-8").splitlines())
    assert kept(folder) == []
    said = mien("collect", "obama", "--source", clip, "--gap", 0, "--json")
    sessions = [
        json.loads(line)["session"]
        for path in folder.glob("data/*/obama/collected.jsonl")
        for line in path.read_text("utf-8").splitlines()[1:]
    ]
    assert sum(session.startswith("live ") for session in sessions) == found >= 4
    assert said.row["train"] + said.row["validation"] == len(kept(folder)) == len(sessions)
    assert not (folder / "data" / ".collecting").exists()

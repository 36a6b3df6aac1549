"""``mien identify`` on videos: tracks, frames, a timeline, a film, and Ctrl-C."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from images.films import make_film, serve
from mien.images import fonts, read_image
from mien.images.video import open_video
from watching.moving import backdrop, portrait, put


@pytest.fixture(scope="module")
def face(samples):
    return portrait(read_image(samples["obama2.jpg"]))


@pytest.fixture
def here(folder, samples, face):
    """A film of one person with sound, and a folder of people."""
    frames = [put(backdrop(), face, 20 + 2 * n, 40) for n in range(40)]
    make_film(Path("clip.mp4"), frames, sound=True)
    for person, photo in {"Obama": "obama.jpg", "Biden": "biden.jpg"}.items():
        Path("people", person).mkdir(parents=True)
        Path("people", person, "a.jpg").write_bytes(samples[photo].read_bytes())
    return folder


def test_a_track_is_a_line_or_an_object(mien, here):
    said = mien("identify", "clip.mp4", "--people", "people")
    first, second = said.out.splitlines()
    assert first == "clip.mp4  480 × 270, 1.6 s"
    assert second.startswith("  0.0 – 1.4 s")
    assert "Obama" in second
    row = mien("identify", "clip.mp4", "--people", "people", "--json").row
    assert (row["source"], row["track"], row["name"]) == ("clip.mp4", 1, "Obama")
    assert row["outcome"] == "known"
    assert "index" not in row


def test_each_frame_is_an_object_where_that_is_asked_for(mien, here):
    said = mien("identify", "clip.mp4", "--people", "people", "--json", "--per-frame")
    assert [row["frame"] for row in said.rows] == list(range(40))
    assert said.rows[20]["faces"][0]["name"] == "Obama"
    Path("tracks.jsonl").write_text(said.out, "utf-8")
    judged = mien("evaluate", "video", "tracks.jsonl", "tracks.jsonl", "--json")
    assert (judged.row["frames"], judged.row["mota"]) == (40, 1.0)
    lines = mien("identify", "clip.mp4", "--people", "people", "--per-frame").out.splitlines()
    assert lines[21] == "  0.800 s  Obama (1)"


def test_every_nth_frame_may_be_chosen(mien, here):
    usual = mien("identify", "clip.mp4", "--people", "people", "--json").row
    dense = mien("identify", "clip.mp4", "--people", "people", "--json", "--every", "1").row
    assert dense["end_s"] > usual["end_s"]
    assert dense["name"] == "Obama"


def test_the_timeline_says_who_is_on_screen_when(mien, here):
    mien("identify", "clip.mp4", "--people", "people", "--csv", "time.csv")
    with Path("time.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["person"], row["outcome"], row["start_s"]) == ("Obama", "known", "0.0")
    assert 1.2 <= float(row["end_s"]) <= 1.6
    assert float(row["seconds_on_screen"]) == pytest.approx(float(row["end_s"]))
    assert float(row["confidence"]) > 0.99
    assert 0.0 <= float(row["best_s"]) <= 1.6


def test_the_annotated_film_has_every_frame_the_sound_and_the_boxes(mien, here):
    said = mien("identify", "clip.mp4", "--people", "people", "--annotate", "named.mp4")
    assert said.status == 0
    assert "film in named.mp4" in said.err
    with av.open("named.mp4") as film:
        assert film.streams.video[0].codec_context.name == "h264"
        assert film.streams.audio[0].codec_context.name == "aac"
    with open_video("clip.mp4") as source, open_video("named.mp4") as film:
        before, after = list(source), list(film)
    assert [one.time_s for one in after] == pytest.approx([one.time_s for one in before], abs=1e-3)
    changed = abs(after[30].image.astype(int) - before[30].image).max(axis=2) > 60
    assert 0.003 < changed.mean() < 0.2
    assert sorted(path.name for path in here.iterdir()) == ["clip.mp4", "named.mp4", "people"]


def test_a_name_that_no_font_can_write_is_told_once_for_a_whole_film(mien, here, monkeypatch):
    monkeypatch.setattr(fonts, "font_folders", list)
    Path("people/Obama").rename("people/Барак")
    said = mien("identify", "clip.mp4", "--people", "people", "--annotate", "named.mp4")
    assert said.err.count("the pictures show [1] for 'Барак': no font on this machine") == 1


def test_the_film_itself_is_never_replaced(mien, here):
    before = Path("clip.mp4").read_bytes()
    said = mien("identify", "clip.mp4", "--people", "people", "--annotate", "clip.mp4")
    assert (said.status, said.err.count("another file than the video itself")) == (2, 1)
    assert Path("clip.mp4").read_bytes() == before


def test_a_video_that_cannot_be_used_is_a_row_and_the_others_go_on(mien, here):
    Path("bad.mp4").write_bytes(b"")
    inputs = ["bad.mp4", "nowhere.mp4", "963", "clip.mp4"]
    said = mien("identify", *inputs, "--people", "people", "--json")
    kinds = [row.get("error", {}).get("kind") for row in said.rows]
    assert kinds == ["DamagedVideo", "SourceNotFound", "SourceNotFound", None]
    assert said.status == 0
    assert mien("identify", "bad.mp4", "--people", "people").status == 2


def test_a_cut_film_is_answered_with_a_note(mien, here):
    with open_video("clip.mp4") as video:
        pictures = [frame.image for frame in video]
    make_film(Path("fast.mp4"), pictures, options={"movflags": "faststart"})
    data = Path("fast.mp4").read_bytes()
    Path("cut.mp4").write_bytes(data[: int(0.7 * len(data))])
    said = mien("identify", "cut.mp4", "--people", "people", "--json")
    assert said.row["name"] == "Obama"
    assert "ended after" in said.err


def test_a_folder_of_videos_follows_the_rule_for_folders(mien, here):
    for place in ("clips", "clips/old", "clips/@eaDir"):
        Path(place).mkdir()
        shutil.copy("clip.mp4", place)
    said = mien("identify", "clips", "--people", "people", "--exclude", "old", "--json")
    assert {row["source"] for row in said.rows} == {"clips/clip.mp4"}
    assert "1 folder skipped: @eaDir; 1 excluded: old\n" in said.err
    none = mien("identify", "clip.mp4", "--people", "people", "--exclude", "clip*")
    assert none.status == 2
    assert "expected a video that is not excluded" in none.err


def test_a_quoted_glob_of_videos_is_each_of_them_once(mien, here):
    Path("clips").mkdir()
    for name in ("b.mp4", "a.mp4", "notes.txt"):
        shutil.copy("clip.mp4", Path("clips", name))
    asked = ["clips/a.mp4", "clips/*.mp4", "--people", "people"]
    said = mien("identify", *asked, "--json", "--csv", "time.csv", "--annotate", "named")
    assert [row["source"] for row in said.rows] == ["clips/a.mp4", "clips/b.mp4"]
    assert sorted(path.name for path in Path("named").iterdir()) == ["a.mp4", "b.mp4"]
    assert Path("time.csv").read_text("utf-8").count("Obama") == 2
    again = mien("identify", "clips/b.mp4", "--annotate", "named", *asked[2:])
    assert (again.status, f"film in {Path('named', 'b-2.mp4')}" in again.err) == (0, True)


@pytest.mark.parametrize("named", ["clips", "clips/*", "cl*", "**/*.mp4", "~/clips/*.mp4"])
def test_what_holds_films_and_no_photo_is_its_films(mien, here, named, monkeypatch):
    monkeypatch.setenv("HOME", str(here))
    Path("clips").mkdir()
    Path("clip.mp4").rename("clips/a.mp4")
    assert mien("identify", named, "--people", "people", "--json").row["name"] == "Obama"
    shutil.copy("people/Obama/a.jpg", "clips")
    holds_photo = named not in ("**/*.mp4", "~/clips/*.mp4")
    row = mien("identify", named, "--people", "people", "--json").row
    assert ("faces" in row) is holds_photo


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_a_stream_that_breaks_ends_with_2_after_its_answers_and_one_that_ends_with_0(
    here, face, mien, json
):
    import simplejpeg

    picture = simplejpeg.encode_jpeg(put(backdrop(), face, 100, 40), quality=90)
    asked = ["--people", "people", "--csv", "time.csv", "--quiet", *json]
    with serve(turns=[[picture] * 20], pause_s=0.02) as server:
        stream = f"{server.address}/stream"
        broken = mien("identify", stream, *asked, "--reconnect", "0.1")
    assert broken.status == 2
    assert broken.err.count("\n") == 1
    assert "expected it to go on, but it broke off after 0." in broken.err
    assert broken.err.endswith("; --reconnect SECONDS waits longer for it\n")
    assert "Obama" in broken.out
    assert "Obama" in Path("time.csv").read_text("utf-8")
    if json:
        assert broken.rows[-1]["source"] == stream
        assert broken.rows[-1]["error"]["kind"] == "StreamBroken"
    with serve(turns=[[picture] * 20], pause_s=0.02, says_end=True) as server:
        ended = mien("identify", f"{server.address}/stream", *asked)
    assert (ended.status, ended.err) == (0, "")
    assert "Obama" in ended.out


def test_a_stream_that_comes_back_is_one_stream(mien, here, face):
    import simplejpeg

    picture = simplejpeg.encode_jpeg(put(backdrop(), face, 100, 40), quality=90)
    with serve(turns=[[picture] * 20] * 2, pause_s=0.02) as server:
        asked = [f"{server.address}/stream", "clip.mp4", "--people", "people", "--json"]
        said = mien("identify", *asked, "--reconnect", "1")
    assert said.status == 2  # of the stream; the other video was answered all the same
    *stream, broken, clip = said.rows
    assert {row["name"] for row in (*stream, clip)} == {"Obama"}
    assert stream[-1]["end_s"] > 0.9  # 0.8 s of pictures, and a pause that counts
    assert (broken["error"]["kind"], clip["source"]) == ("StreamBroken", "clip.mp4")
    assert "the stream broke and was opened again" in said.err


@pytest.mark.parametrize(
    "wrong",
    [
        ["a.jpg", "--per-frame"],
        ["a.jpg", "--every", "3"],
        ["a.jpg", "clip.mp4", "--show"],
        ["clip.mp4", "--every", "-1"],
        ["a.jpg", "--reconnect", "3"],
        ["clip.mp4", "--reconnect", "-1"],
        ["clip.mp4", "--reconnect", "nan"],
        ["clip.mp4", "nowhere.mp4", "--annotate", "out.mp4"],
        ["*.avi"],
        ["clip.mp4", "--annotate", "out.avi"],
        ["clip.mp4", "--annotate", "nowhere/out.mp4"],
        ["clip.mp4", "--csv", "nowhere/time.csv"],
        ["clip.mp4", "--gallery", "none.gallery"],
        ["clip.mp4", "--people", "nowhere"],
        ["ftp://host/a.mp4"],
    ],
)
def test_a_wrong_request_is_status_2_and_one_line(mien, here, wrong):
    people = [] if {"--gallery", "--people"} & set(wrong) else ["--people", "people"]
    said = mien("identify", *wrong, *people, "--json", "--quiet")
    assert said.status == 2
    assert said.err.count("\n") == 1, said.err
    assert sorted(path.name for path in here.iterdir()) == ["clip.mp4", "people"]


def test_without_pyav_the_status_is_3_and_the_cure_is_named(mien, here, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    said = mien("identify", "clip.mp4", "--people", "people")
    assert (said.status, said.out) == (3, "")
    assert "pip install 'mien[video]'" in said.err


@pytest.mark.skipif(bool(os.environ.get("DISPLAY")), reason="there is a screen here")
def test_without_a_screen_show_says_what_else_can_be_done(mien, here):
    said = mien("identify", "clip.mp4", "--people", "people", "--show")
    assert said.status in (2, 3)  # no screen, or a Python without Tk
    assert "--show" in said.err


def test_ctrl_c_ends_a_stream_with_complete_files(here, face, networks):
    import simplejpeg

    picture = simplejpeg.encode_jpeg(put(backdrop(), face, 100, 40), quality=90)
    with serve(turns=[[picture] * 5000], pause_s=0.02) as server:
        command = ["identify", f"{server.address}/stream", "--people", "people"]
        options = ["--per-frame", "--json", "--csv", "time.csv", "--annotate", "named.mp4"]
        running = subprocess.Popen(
            [sys.executable, "-m", "mien.cli", *command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        lines = [running.stdout.readline() for _ in range(40)]
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 130, said
    assert "interrupted" in said
    assert '"Obama"' in lines[-1]
    with Path("time.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["person"] == "Obama"
    with open_video("named.mp4") as film:
        assert len(list(film)) >= 40
    assert not list(here.glob(".mien-*"))

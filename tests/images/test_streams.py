"""Streams and cameras that break off: what comes back goes on, and a break is told from an end."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from images.films import index_in, jpegs, make_film, numbered, serve
from mien.errors import InvalidOption
from mien.images.video import VideoOptions, VideoReader, open_video
from mien.images.video.camera import Camera
from mien.images.video.frame import Frame
from mien.images.video.source import attempts

PATIENT = VideoOptions(reconnect_wait_s=0.02, reconnect_tries=2)


def read(source: str | Path, options: VideoOptions = PATIENT) -> tuple[list[Frame], VideoReader]:
    with open_video(source, options) as video:
        return list(video), video


def test_a_stream_that_comes_back_late_goes_on_where_its_time_is():
    options = VideoOptions(reconnect_wait_s=0.02, reconnect_s=30.0)
    with serve(turns=[jpegs(6)]) as server:
        late = threading.Timer(0.5, server.turns.append, [jpegs(12)])
        late.start()
        with open_video(f"{server.address}/stream", options) as video:
            times = [next(iter(video)).time_s for _ in range(12)]
            late.join()
    assert (np.diff(times) > 0).all()
    assert np.diff(times).max() > 0.4
    assert "opened again" in video.notes[0]
    assert 3 <= len(server.asked) <= 10  # the pauses grow


def test_a_stream_that_stays_away_is_broken_after_the_time_that_was_given():
    options = VideoOptions(reconnect_wait_s=0.02, reconnect_s=0.4)
    with serve(turns=[jpegs(6)]) as server:
        started = time.monotonic()
        frames, video = read(f"{server.address}/stream", options)
    assert time.monotonic() - started >= 0.4
    assert len(frames) + video.dropped == 6
    assert "expected it to go on, but it broke off after 0." in str(video.broken)
    assert "6 frames: the sender closed it; opening it again did not help" in str(video.broken)
    assert str(video.broken).endswith(video.notes[-1])


def test_a_stream_that_says_its_end_has_ended_unless_it_was_meant_to_go_on():
    with serve(turns=[jpegs(6)], says_end=True) as server:
        frames, video = read(f"{server.address}/stream")
    assert (len(frames) + video.dropped, video.broken) == (6, None)
    with serve(turns=[jpegs(6)], says_end=True) as server:
        options = VideoOptions(reconnect_wait_s=0.02, reconnect_s=0.1)
        assert "closed it; opening" in str(read(f"{server.address}/stream", options)[1].broken)


@pytest.mark.parametrize("suffix", [".ts", ".mp4"])
def test_a_film_that_is_cut_on_its_way_is_broken_and_a_whole_one_is_not(tmp_path, suffix):
    options = {"movflags": "faststart"} if suffix == ".mp4" else {}
    pictures = [numbered(i % 50, (320, 240)) for i in range(100)]
    film = {"a": make_film(tmp_path / f"a{suffix}", pictures, options=options).read_bytes()}
    with serve(film, shares=[0.75] * 9) as server:
        frames, video = read(f"{server.address}/a")
    assert 10 < len(frames) < 100
    assert "broke off after" in str(video.broken)
    with serve(film) as server:
        frames, video = read(f"{server.address}/a")
    assert (len(frames), video.broken) == (100, None)


def test_a_film_goes_on_where_it_was_cut_though_it_is_sent_from_its_beginning(tmp_path):
    film = {"a.ts": make_film(tmp_path / "a.ts", 50).read_bytes()}
    with serve(film, shares=[0.6]) as server:
        frames, video = read(f"{server.address}/a.ts")
    assert [index_in(frame.image) for frame in frames] == list(range(50))
    assert [frame.time_s for frame in frames] == pytest.approx([i / 25 for i in range(50)])
    assert video.broken is None


def test_a_whole_film_is_no_broken_one_though_nobody_says_its_length(tmp_path):
    film = make_film(tmp_path / "a.mp4", 50, options={"movflags": "faststart"}).read_bytes()
    with serve({"a.mp4": film}, says_end=False) as server:
        frames, video = read(f"{server.address}/a.mp4")
    assert (len(frames), video.broken) == (50, None)


def test_sound_that_goes_on_does_not_hide_that_the_pictures_have_stopped(tmp_path):
    pictures = [numbered(i) for i in range(10)]
    times = [*(i / 25 for i in range(9)), 20.0]  # the last one is for the length of the sound
    film = make_film(tmp_path / "a.ts", pictures, times_s=times, sound=True).read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as sender:

        def drip() -> None:
            caller, _ = sender.accept()
            with caller, contextlib.suppress(OSError):
                for start in range(0, len(film), 1880):
                    caller.sendall(film[start : start + 1880])
                    if start > 0.5 * len(film):
                        time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        options = VideoOptions(read_timeout_s=0.3, reconnect_tries=0)
        frames, video = read(f"tcp://127.0.0.1:{sender.getsockname()[1]}", options)
    assert len(frames) + video.dropped >= 8  # FFmpeg keeps an unfinished one
    assert "no picture came for 0.3 s" in str(video.broken)


def test_a_camera_that_is_plugged_in_again_goes_on(tmp_path):
    film = str(make_film(tmp_path / "a.avi", 5, codec="mjpeg"))  # OpenCV reads it as a camera
    again = [cv2.VideoCapture(film), None]
    camera = Camera("0", cv2.VideoCapture(film), PATIENT, lambda: again.pop() if again else None)
    frames = list(camera.frames(threading.Event()))
    assert [index_in(frame.image) for frame in frames] == [*range(5), *range(5)]
    assert [frame.index for frame in frames] == list(range(10))
    assert (np.diff([frame.time_s for frame in frames]) > 0).all()
    assert "opened again" in camera.notes[0]
    assert "10 frames: it gave no more frames" in camera.broken


def test_attempts_are_as_many_as_allowed_and_end_when_nobody_looks_any_more():
    go = threading.Event()
    assert len(list(attempts(PATIENT, go))) == 2
    assert list(attempts(VideoOptions(reconnect_tries=0), go)) == []
    assert list(attempts(VideoOptions(reconnect_s=0.0), go)) == []
    within = VideoOptions(reconnect_s=0.3, reconnect_wait_s=0.0)
    assert 2 <= len(list(attempts(within, go))) <= 5
    go.set()
    assert list(attempts(VideoOptions(reconnect_s=3600.0), go)) == []
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InvalidOption, match="reconnect_s"):
            VideoOptions(reconnect_s=wrong)

"""Frames of films, streams and sequences: which, when, how turned, and how many are held."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from images.films import SIZE_WH, index_in, jpegs, make_film, numbered, red_corner, serve
from mien.errors import SourceNotFound
from mien.images import save_image
from mien.images.video import VideoOptions, is_video, open_video
from mien.images.video.camera import Camera, open_camera

PATIENT = VideoOptions(reconnect_wait_s=0.05, reconnect_tries=2)


def read(source, options=None):
    with open_video(source, options) as video:
        return list(video), video


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *(("a.mp4", "libx264"), ("a.mkv", "libx265"), ("a.webm", "libvpx-vp9")),
        *(("a.avi", "mpeg4"), ("a.mov", "mjpeg"), ("a.ts", "libx264")),
    ],
)
def test_every_frame_of_a_film_comes_once_and_in_order(tmp_path, name, codec):
    frames, video = read(make_film(tmp_path / name, 30, codec=codec))
    assert [index_in(frame.image) for frame in frames] == list(range(30))
    assert [frame.index for frame in frames] == list(range(30))
    assert [frame.time_s for frame in frames] == pytest.approx(
        [i / 25 for i in range(30)], abs=2e-3
    )
    assert video.info.size_wh == SIZE_WH
    assert video.info.frames_per_second == pytest.approx(25, rel=0.05)
    assert (video.info.live, video.dropped, video.notes) == (False, 0, ())


def test_times_are_those_of_the_stream_where_the_rate_varies(tmp_path):
    times = [0.0, 0.04, 0.5, 0.51, 2.0, 2.04]
    frames, _ = read(make_film(tmp_path / "a.mkv", 6, times_s=times))
    assert [frame.time_s for frame in frames] == pytest.approx(times, abs=1e-3)


def test_times_rise_where_those_of_the_stream_do_not(tmp_path):
    frames, _ = read(make_film(tmp_path / "a.ts", 8))
    joined = tmp_path / "twice.ts"
    joined.write_bytes(2 * (tmp_path / "a.ts").read_bytes())
    twice, _ = read(joined)
    assert len(twice) == 2 * len(frames)
    assert (np.diff([frame.time_s for frame in twice]) > 0).all()


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_a_film_that_was_held_turned_stands_upright(tmp_path, degrees):
    plain, _ = read(make_film(tmp_path / "plain.mp4", 1))
    (frame,), video = read(make_film(tmp_path / "a.mp4", 1, rotation=degrees))
    upright = np.rot90(plain[0].image, degrees // 90)
    assert np.abs(frame.image.astype(int) - upright).mean() < 2
    assert video.info.size_wh == frame.size_wh == upright.shape[1::-1]
    assert video.info.rotation_degrees == degrees % 360


def test_a_frame_is_scaled_without_its_full_size_and_has_a_thumbnail(tmp_path):
    (frame,), _ = read(make_film(tmp_path / "a.mp4", [numbered(3, (320, 240))]))
    assert frame.reduced(160).shape == (120, 160, 3)
    assert frame.reduced(5000) is frame.image
    assert "image" not in vars(read(tmp_path / "a.mp4")[0][0])
    assert frame.thumbnail().shape == (36, 64)
    expected = cv2.resize(frame.image, (160, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(frame.reduced(160).astype(int) - expected).mean() < 3


def test_frames_of_another_size_stand_inside_the_first_one_s(tmp_path):
    wide = make_film(tmp_path / "wide.ts", 5)
    high = make_film(tmp_path / "high.ts", [numbered(50 + i, (64, 96)) for i in range(5)])
    joined = tmp_path / "both.ts"
    joined.write_bytes(wide.read_bytes() + high.read_bytes())
    frames, video = read(joined)
    assert {frame.image.shape for frame in frames} == {(64, 96, 3)}
    assert frames[-1].image[:, :20].max() < 40  # beside it: black
    assert frames[-1].image[40:60, 55:66].mean() > 100
    assert "64 × 96" in video.notes[0]


def test_a_film_has_sound_or_not(tmp_path):
    assert read(make_film(tmp_path / "a.mp4", 5, sound=True))[1].info.has_sound
    assert not read(make_film(tmp_path / "b.mp4", 5))[1].info.has_sound


def test_a_name_may_look_like_an_address_or_a_list(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("concat:a.mp4|b.mp4", "-i.mp4", "späť 100%.mp4", "7"):
        make_film(tmp_path / "a.mp4", 2).rename(tmp_path / name)
        assert len(read(name)[0]) == 2, name


def test_a_folder_of_photos_and_a_pattern_are_films(tmp_path):
    for index in (1, 2, 10):
        save_image(numbered(index), tmp_path / f"frame_{index}.png")
    (tmp_path / "frame_3.png").write_bytes(b"no photo")
    options = VideoOptions(sequence_rate=10)
    frames, video = read(str(tmp_path / "frame_%d.png"), options)
    assert [index_in(frame.image) for frame in frames] == [1, 2, 10]
    assert [frame.time_s for frame in frames] == [0.0, 0.1, 0.3]
    assert "frame_3.png" in video.notes[0]
    assert len(read(tmp_path, options)[0]) == 3


def test_a_text_names_a_video_by_its_suffix_scheme_or_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("7").mkdir()
    named = ("0", "12", "clip.MP4", "rtsp://host/cam", "http://host/feed", "frame_%04d.jpg")
    assert all(is_video(text) for text in named)
    assert not any(
        is_video(text) for text in ("a.jpg", "photos", "7", "", "1.5", "²", str(tmp_path))
    )
    assert not any(is_video(f"https://host/a.{end}") for end in ("jpg", "PNG", "jpeg?size=1.0"))


# Files wait, live sources do not ----------------------------------------------------------------


def test_a_file_waits_for_a_slow_looker_and_few_frames_are_held(tmp_path):
    path = make_film(tmp_path / "a.mp4", 60)
    with open_video(path, VideoOptions(queue_frames=2)) as video:
        seen = []
        for frame in video:
            time.sleep(0.005)
            seen.append(frame.index)
            assert len(video._ready) <= 2
    assert seen == list(range(60))
    assert video.dropped == 0


def test_a_live_stream_drops_its_oldest_frames_for_a_slow_looker():
    with (
        serve(turns=[jpegs(60)], pause_s=0.005) as server,
        open_video(
            f"{server.address}/stream", VideoOptions(queue_frames=2, reconnect_tries=0)
        ) as video,
    ):
        seen = []
        for frame in video:
            time.sleep(0.05)
            seen.append((frame.index, index_in(frame.image)))
    assert video.info.live
    assert video.info.duration_s is None
    assert video.dropped > 10
    assert len(seen) + video.dropped == seen[-1][0] + 1
    assert all(index == shown for index, shown in seen)


def test_a_broken_stream_is_opened_again_and_its_time_goes_on():
    with serve(turns=[jpegs(6), jpegs(4)]) as server:
        frames, video = read(f"{server.address}/stream", PATIENT)
    times = [frame.time_s for frame in frames]
    assert (np.diff(times) > 0).all()
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert len(frames) + video.dropped >= 9  # of ten; FFmpeg may keep an unfinished one
    assert any("opened again" in note for note in video.notes)
    assert "did not help" in str(video.broken)


def test_a_film_behind_an_address_is_read_as_one_on_disk(tmp_path):
    film = make_film(tmp_path / "a.mp4", 30).read_bytes()
    with serve({"a.mp4": film}) as server:
        frames, video = read(f"{server.address}/a.mp4")
    assert [index_in(frame.image) for frame in frames] == list(range(30))
    assert not video.info.live


def test_a_password_is_not_shown():
    with serve(turns=[jpegs(3)]) as server:
        address = server.address.replace("//", "//ada:secret@")
        with open_video(f"{address}/stream", PATIENT) as video:
            assert video.info.source.startswith("http://ada:***@127.0.0.1")
        with pytest.raises(SourceNotFound) as caught:
            open_video(f"{address}/nowhere", PATIENT)
    assert "secret" not in str(caught.value)


def test_leaving_early_ends_the_thread_and_closes_the_file(tmp_path):
    path = make_film(tmp_path / "a.mp4", 60)
    process = psutil.Process()
    read(path)
    before = process.num_fds(), threading.active_count()
    for _ in range(20):
        with open_video(path) as video:
            next(iter(video))
    assert (process.num_fds(), threading.active_count()) == before
    assert not any(thread.name.startswith("mien-video") for thread in threading.enumerate())


# Cameras ----------------------------------------------------------------------------------------


def test_a_camera_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(SourceNotFound, match="camera of number 963"):
        open_video("963")
    with pytest.raises(SourceNotFound, match="camera of number -1"):
        open_video(-1)


def test_frames_of_a_camera_are_rgb_and_have_the_time_of_their_arrival(tmp_path):
    # No camera is at hand: OpenCV's own reading of a film stands in for one.
    make_film(tmp_path / "a.avi", 5, codec="mjpeg")
    camera = Camera("0", cv2.VideoCapture(str(tmp_path / "a.avi")), PATIENT)
    frames = []
    for frame in camera.frames(threading.Event()):
        frames.append(frame)
        time.sleep(0.02)
    camera.close()
    assert [index_in(frame.image) for frame in frames] == list(range(5))
    assert red_corner(frames[0].image) == "upper left"
    assert frames[-1].time_s - frames[0].time_s >= 0.07
    assert camera.info.live
    assert "no more frames" in camera.broken


@pytest.mark.skipif(not Path("/dev/video0").exists(), reason="there is no camera here")
def test_the_first_camera_gives_frames():
    camera = open_camera(0, VideoOptions())
    assert next(camera.frames(threading.Event())).image.shape[2] == 3
    camera.close()

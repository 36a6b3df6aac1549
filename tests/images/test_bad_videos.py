"""Videos that are empty, cut, something else, or treacherous: an error of ours, and soon."""

from __future__ import annotations

import socket
import struct
import sys
import time
from pathlib import Path

import pytest

from images.films import jpegs, make_film, make_sound, numbered, serve
from mien.errors import (
    DamagedVideo,
    EngineMissing,
    ImageTooLarge,
    ImageTooSmall,
    InputError,
    SourceNotFound,
    UnsupportedVideo,
)
from mien.images import Limits
from mien.images.video import VideoOptions, open_video

FAST_START = {"movflags": "faststart"}
SOON_S = 5.0


@pytest.fixture(autouse=True)
def soon():
    started = time.monotonic()
    yield
    assert time.monotonic() - started < SOON_S


def read(source, options=None):
    with open_video(source, options) as video:
        return list(video), video


def written(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_an_empty_file_is_damaged(tmp_path):
    with pytest.raises(DamagedVideo, match="empty file"):
        open_video(written(tmp_path / "a.mp4", b""))


def test_what_is_not_there_is_not_found(tmp_path):
    for source in (tmp_path / "no.mp4", "a\0b.mp4", "x" * 5000 + ".mp4", ""):
        with pytest.raises(SourceNotFound):
            open_video(source)


def test_what_is_no_file_is_not_opened():
    with pytest.raises(SourceNotFound, match="no file"):
        open_video("/dev/zero")


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9])
def test_a_film_without_its_index_is_damaged(tmp_path, kept):
    data = make_film(tmp_path / "whole.mp4", 40).read_bytes()
    with pytest.raises(DamagedVideo):
        read(written(tmp_path / "a.mp4", data[: int(kept * len(data))]))


def test_a_cut_film_gives_what_is_there_and_says_so(tmp_path):
    pictures = [numbered(i, (320, 240)) for i in range(100)]
    data = make_film(tmp_path / "whole.mp4", pictures, options=FAST_START).read_bytes()
    frames, video = read(written(tmp_path / "a.mp4", data[: int(0.75 * len(data))]))
    assert 20 < len(frames) < 100
    assert "ended after" in video.notes[-1]
    assert video.broken is None


def test_damage_in_the_middle_costs_a_few_frames_and_is_said(tmp_path):
    data = bytearray(make_film(tmp_path / "whole.ts", 60).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(255 - byte for byte in data[middle : middle + 2000])
    frames, _ = read(written(tmp_path / "a.ts", bytes(data)))
    assert 30 < len(frames) <= 60


@pytest.mark.parametrize("data", [b"no film at all", bytes(5000), b"\xff" * 70_000, b"ftyp" * 900])
def test_bytes_that_are_no_film_are_refused(tmp_path, data):
    with pytest.raises((DamagedVideo, UnsupportedVideo)):
        read(written(tmp_path / "a.mp4", data))


def test_sound_alone_is_no_video(tmp_path):
    with pytest.raises(UnsupportedVideo, match="sound alone"):
        open_video(make_sound(tmp_path / "a.mp4"))


def test_a_photo_is_no_video(tmp_path):
    from mien.images import save_image

    save_image(numbered(1), tmp_path / "a.png")
    with pytest.raises((DamagedVideo, UnsupportedVideo)):
        read(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("size_wh", "error"), [((4000, 32), ImageTooSmall), ((640, 480), ImageTooLarge)]
)
def test_frames_beyond_the_limits_are_refused(tmp_path, size_wh, error):
    film = make_film(tmp_path / "a.mp4", [numbered(0, size_wh)])
    with pytest.raises(error):
        open_video(film, VideoOptions(limits=Limits(max_pixels=200_000)))


def test_a_later_frame_beyond_the_limits_is_not_decoded(tmp_path):
    small = make_film(tmp_path / "small.ts", 30).read_bytes()
    large = make_film(tmp_path / "large.ts", [numbered(0, (1280, 960))] * 3).read_bytes()
    options = VideoOptions(limits=Limits(max_pixels=200_000))
    frames, _ = read(written(tmp_path / "a.ts", small + large), options)
    assert 28 <= len(frames) <= 30


def test_a_header_may_claim_a_thousand_million_frames(tmp_path):
    data = bytearray(make_film(tmp_path / "whole.avi", 10, codec="mjpeg").read_bytes())
    main = data.index(b"avih") + 8
    struct.pack_into("<I", data, main + 16, 1_000_000_000)  # dwTotalFrames
    stream = data.index(b"strh") + 8
    struct.pack_into("<I", data, stream + 32, 1_000_000_000)  # dwLength
    frames, video = read(written(tmp_path / "a.avi", bytes(data)))
    assert len(frames) == 10
    assert video.info.frame_count is None
    assert video.info.duration_s is None


def test_a_header_may_claim_no_frames_a_second(tmp_path):
    data = bytearray(make_film(tmp_path / "whole.avi", 10, codec="mjpeg").read_bytes())
    struct.pack_into("<I", data, data.index(b"avih") + 8, 0)  # dwMicroSecPerFrame
    stream = data.index(b"strh") + 8
    struct.pack_into("<II", data, stream + 20, 0, 0)  # dwScale, dwRate
    try:
        frames, video = read(written(tmp_path / "a.avi", bytes(data)))
    except InputError:
        return
    assert len(frames) == 10
    assert video.info.frames_per_second is None or video.info.frames_per_second > 0


# Nothing is opened but what was named -----------------------------------------------------------


@pytest.mark.parametrize("inside", ["file://{film}", "{film}", "http://127.0.0.1:9/a.ts"])
def test_a_playlist_on_disk_opens_nothing(tmp_path, inside):
    film = make_film(tmp_path / "film.ts", 10)
    entry = inside.format(film=film)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{entry}\n#EXT-X-ENDLIST\n"
    concat = f"ffconcat version 1.0\nfile {entry}\n"
    for name, text in (("a.m3u8", playlist), ("b.mp4", playlist), ("c.ffconcat", concat)):
        with pytest.raises((UnsupportedVideo, DamagedVideo)):
            read(written(tmp_path / name, text))


@pytest.mark.parametrize("scheme", ["file", "concat", "subfile", "data", "ftp", "lavfi", "pipe"])
def test_other_schemes_are_refused(tmp_path, scheme):
    film = make_film(tmp_path / "film.ts", 3)
    with pytest.raises(UnsupportedVideo):
        open_video(f"{scheme}://{film}")


def test_a_stream_s_playlist_reaches_no_file_of_this_machine(tmp_path):
    film = make_film(tmp_path / "film.ts", 10)
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"
    lists = {
        f"{number}.m3u8": f"{head}{entry}\n#EXT-X-ENDLIST\n".encode()
        for number, entry in enumerate((f"file://{film}", f"file:{film}", f"concat:{film}"))
    }
    with serve({**lists, "good.m3u8": f"{head}film.ts\n#EXT-X-ENDLIST\n".encode()}) as server:
        for name in lists:
            with pytest.raises(InputError):
                read(f"{server.address}/{name}")
        server.files["film.ts"] = film.read_bytes()
        assert len(read(f"{server.address}/good.m3u8")[0]) == 10


def test_nobody_at_an_address_is_said_so():
    with serve() as server:
        gone = server.address
        with pytest.raises(SourceNotFound):
            open_video(f"{gone}/nothing.mp4")
    with pytest.raises(SourceNotFound):
        open_video(f"{gone}/a.mp4")


@pytest.mark.parametrize("scheme", ["http", "rtsp", "tcp"])
def test_who_answers_but_says_nothing_is_not_waited_for(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/a"
        options = VideoOptions(open_timeout_s=0.4, read_timeout_s=0.4)
        with pytest.raises(SourceNotFound):
            open_video(address, options)


def test_a_stream_that_falls_silent_ends_with_a_note():
    options = VideoOptions(read_timeout_s=0.4, reconnect_tries=0)
    with serve(turns=[jpegs(8)], pause_after_s=3.0) as server:
        frames, video = read(f"{server.address}/stream", options)
    assert len(frames) + video.dropped >= 7
    assert str(video.broken).endswith(video.notes[-1])
    assert "broke off after" in str(video.broken)
    assert "nothing came for 0.4 s" in str(video.broken)


def test_without_pyav_the_cure_is_named(tmp_path, monkeypatch):
    film = make_film(tmp_path / "a.mp4", 2)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(EngineMissing, match=r"pip install 'mien\[video\]'"):
        open_video(film)

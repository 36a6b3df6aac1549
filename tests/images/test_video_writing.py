"""Films that are written: H.264, with the frames' own times and the source's sound, or nothing."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from images.films import index_in, make_film, numbered
from mien.errors import InputError, InvalidArray, OutputUnwritable
from mien.images.video import FilmWriter, Sound, open_video


def written(path: Path, count: int = 12, size_wh=(96, 64), sound=None) -> Path:
    with FilmWriter(path, size_wh, 25, sound) as film:
        for index in range(count):
            film.add(numbered(index, size_wh), index / 25)
    return path


def write_and_stop(path: Path, stop: type[BaseException]) -> None:
    with FilmWriter(path, (96, 64), 25) as film:
        film.add(numbered(0), 0.0)
        raise stop


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "ä b.MP4"])
def test_a_written_film_is_h264_and_shows_what_was_put_in(tmp_path, name):
    path = written(tmp_path / name)
    with open_video(path) as video:
        frames = list(video)
    assert [index_in(frame.image) for frame in frames] == list(range(12))
    assert [frame.time_s for frame in frames] == pytest.approx(
        [i / 25 for i in range(12)], abs=2e-3
    )
    with av.open(str(path)) as film:
        assert film.streams.video[0].codec_context.name == "h264"
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_times_are_kept_where_the_rate_varies(tmp_path):
    times = [0.0, 0.04, 0.7, 0.75, 2.0]
    with FilmWriter(tmp_path / "a.mp4", (96, 64), 25) as film:
        for index, time_s in enumerate(times):
            film.add(numbered(index), time_s)
    with open_video(tmp_path / "a.mp4") as video:
        assert [frame.time_s for frame in video] == pytest.approx(times, abs=1e-3)


def test_a_film_of_odd_size_is_a_pixel_larger(tmp_path):
    with open_video(written(tmp_path / "a.mp4", size_wh=(97, 63))) as video:
        assert video.info.size_wh == (98, 64)


def test_the_sound_is_copied_as_long_as_there_are_pictures(tmp_path):
    source = make_film(tmp_path / "source.mp4", 50, sound=True)
    written(tmp_path / "a.mp4", 25, sound=Sound(source))
    with av.open(str(source)) as film:
        original = [bytes(packet) for packet in film.demux(audio=0) if packet.size]
    with av.open(str(tmp_path / "a.mp4")) as film:
        copied = [bytes(packet) for packet in film.demux(audio=0) if packet.size]
    assert 0.8 <= len(copied) * 1024 / 16_000 <= 1.2
    assert copied == original[: len(copied)]


def test_sound_that_is_not_there_or_cannot_be_copied_is_said(tmp_path):
    with pytest.raises(InputError, match="got none"):
        Sound(make_film(tmp_path / "silent.mp4", 3))
    with av.open(str(tmp_path / "pcm.mkv"), "w") as film:
        picture = film.add_stream("libx264", rate=25)
        picture.width, picture.height, picture.pix_fmt = 96, 64, "yuv420p"
        tone = film.add_stream("pcm_s16le", rate=16_000, layout="mono")
        film.mux(picture.encode(av.VideoFrame.from_ndarray(numbered(0), format="rgb24")))
        film.mux(picture.encode(None))
        wave = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), "s16", "mono")
        wave.sample_rate = 16_000
        film.mux(tone.encode(wave))
    with pytest.raises(InputError, match="pcm_s16le"):
        Sound(tmp_path / "pcm.mkv")


def test_an_error_leaves_what_was_there_and_an_interrupt_keeps_what_was_written(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"before")
    for stop, kept in ((RuntimeError, False), (KeyboardInterrupt, True)):
        with pytest.raises(stop):
            write_and_stop(path, stop)
        assert (path.read_bytes() != b"before") is kept
        assert [one.name for one in tmp_path.iterdir()] == ["a.mp4"]
    with open_video(path) as video:
        assert len(list(video)) == 1


@pytest.mark.parametrize("name", ["nowhere/a.mp4", "a.avi", "a", "folder.mp4"])
def test_a_place_that_cannot_be_is_refused(tmp_path, name):
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OutputUnwritable, match="expected to write a film"):
        FilmWriter(tmp_path / name, (96, 64))
    assert [one.name for one in tmp_path.iterdir()] == ["folder.mp4"]


def test_a_frame_of_another_size_is_refused(tmp_path):
    with pytest.raises(InvalidArray), FilmWriter(tmp_path / "a.mp4", (96, 64)) as film:
        film.add(numbered(0, (64, 96)), 0.0)
    assert list(tmp_path.iterdir()) == []

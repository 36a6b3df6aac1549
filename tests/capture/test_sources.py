"""What a user names as a source, and which of its frames are looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from images.films import make_film
from mien.capture import CollectOptions
from mien.capture.sources import PHOTOS, open_source, session_of


@pytest.fixture
def film(tmp_path):
    pytest.importorskip("av")
    return make_film(tmp_path / "film.mp4", 100)  # four seconds


def looks(source, read_to_s=None, **options):
    wanted = CollectOptions("ada", source, Path("data"), **options)
    with open_source(wanted, session_of(wanted), read_to_s) as opened:
        return [look.moment for look in opened.looks]


def test_all_frames_of_a_short_film_are_looked_at(film):
    assert [moment.index for moment in looks(film)] == list(range(100))


def test_one_frame_in_so_many_seconds(film):
    times = [moment.time_s for moment in looks(film, every_s=0.5)]
    assert times == pytest.approx(np.arange(8) * 0.5, abs=0.04)


def test_a_part_of_the_film(film):
    assert looks(film, limit_s=1.0)[-1].time_s == pytest.approx(1.0)
    assert looks(film, read_to_s=3.0)[0].time_s == pytest.approx(3.04)


def test_a_long_film_is_looked_at_in_some_thousand_places(film, monkeypatch):
    monkeypatch.setattr("mien.capture.sources.LOOKS", 20)
    monkeypatch.setattr("mien.capture.sources.LOOKS_A_PICTURE", 1)
    assert len(looks(film, count=10)) == pytest.approx(20, abs=1)


def test_a_film_is_the_same_under_another_name(film, tmp_path):
    def session(path):
        return session_of(CollectOptions("ada", path, Path("data")))

    before = session(film)
    assert session(film.rename(tmp_path / "other.mp4")) == before
    assert session(make_film(tmp_path / "longer.mp4", 101)) != before


def test_cameras_and_streams_are_new_each_time():
    for source in ("0", "http://127.0.0.1/stream"):
        wanted = CollectOptions("ada", source, Path("data"))
        assert session_of(wanted).startswith("live ")
        assert session_of(wanted) != session_of(wanted)


def test_photos_folders_and_patterns_are_photos(tmp_path, sample):
    photo = tmp_path / "a.png"
    photo.write_bytes(sample("astronaut.png").read_bytes())
    for source in (photo, tmp_path, str(tmp_path / "*.png")):
        assert session_of(CollectOptions("ada", source, Path("data"))) == PHOTOS
        assert [(m.source, m.time_s) for m in looks(source)] == [("a.png", None)]

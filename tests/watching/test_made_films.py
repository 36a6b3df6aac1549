"""Films made from sample photos, through the real networks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from images.films import make_film, serve
from mien.errors import GalleryNotFound, InvalidOption, SourceNotFound
from mien.gallery import Gallery
from mien.images.video import VideoOptions, open_video
from mien.records import Outcome
from mien.tracking import TrackingSettings
from mien.watching import identify_video
from watching.moving import backdrop, portrait, put


@pytest.fixture(scope="module")
def obama(picture):
    return portrait(picture("obama2.jpg"))


@pytest.fixture(scope="module")
def stranger(picture):
    return portrait(picture("astronaut.png"))


def summary(tracks):
    return [(track.decided.outcome.value, track.decided.name) for track in tracks]


def test_a_face_that_moves_is_one_track_with_its_name(tmp_path, watch, known, obama):
    frames = [put(backdrop(), obama, 10 + 3 * n, 40 + n // 2) for n in range(60)]
    tracks, seen = watch(known, open_video(make_film(tmp_path / "a.mp4", frames)))
    assert summary(tracks) == [("known", "Obama")]
    (track,) = tracks
    assert (track.start_s, track.end_s) == pytest.approx((0.0, 2.2))
    assert track.seen_s == pytest.approx(2.2)
    assert 2 <= track.looks <= 5
    assert [one.frame.index for one in seen] == list(range(60))
    assert all(len(one.tracks.faces) == 1 for one in seen)
    assert {face.number for one in seen for face in one.tracks.faces} == {1}


def test_between_two_detections_the_box_follows_the_face(tmp_path, watch, known, obama):
    frames = [put(backdrop(), obama, 10 + 4 * n, 40) for n in range(50)]
    film = make_film(tmp_path / "a.mp4", frames)
    _, sparse = watch(known, open_video(film))
    _, dense = watch(known, open_video(film), TrackingSettings(every=1))
    for one, other in zip(sparse, dense, strict=True):
        (box,), (true,) = ([face.box for face in s.tracks.faces] for s in (one, other))
        assert np.abs(np.subtract(box.xyxy, true.xyxy)).max() < 6


def test_a_cut_ends_a_track_and_the_next_scene_has_its_own(tmp_path, watch, known, obama, stranger):
    frames = [put(backdrop(1), obama, 100, 40)] * 30 + [put(backdrop(2), stranger, 100, 40)] * 30
    tracks, seen = watch(known, open_video(make_film(tmp_path / "a.mp4", frames)))
    assert summary(tracks) == [("known", "Obama"), ("unknown", None)]
    assert tracks[0].end_s < 1.2 <= tracks[1].start_s
    before, after = seen[29].tracks.faces, seen[30].tracks.faces
    assert (before[0].name, after[0].name) == ("Obama", None)
    assert before[0].number != after[0].number


def test_a_face_that_was_away_comes_back_as_the_same_track(tmp_path, watch, known, obama, stranger):
    frames = []
    for n in range(120):
        scene = put(backdrop(), stranger, 300, 60)
        frames.append(scene if 40 <= n < 80 else put(scene, obama, 10 if n < 40 else 90, 40))
    tracks, _ = watch(known, open_video(make_film(tmp_path / "a.mp4", frames)))
    assert sorted(summary(tracks)) == [("known", "Obama"), ("unknown", None)]
    (track,) = [one for one in tracks if one.decided.name]
    assert (track.start_s, track.end_s) == pytest.approx((0.0, 4.6), abs=0.21)
    assert track.seen_s == pytest.approx(3.0, abs=0.4)


def test_one_person_is_not_two_tracks_of_a_frame(tmp_path, watch, known, obama):
    twin = obama[:, ::-1]
    frames = [put(put(backdrop(), obama, 10 + n, 30), twin, 260 + n, 50) for n in range(40)]
    tracks, seen = watch(known, open_video(make_film(tmp_path / "a.mp4", frames)))
    assert Counter(name for _, name in summary(tracks)) == {"Obama": 1, None: 1}
    for one in seen:
        names = [face.name for face in one.tracks.faces if face.name]
        assert len(names) == len(set(names))


def test_of_an_empty_gallery_everybody_is_unknown(tmp_path, watch, obama):
    film = make_film(tmp_path / "a.mp4", [put(backdrop(), obama, 100, 40)] * 20)
    tracks, _ = watch(Gallery.in_memory(), open_video(film))
    assert summary(tracks) == [("unknown", None)]


def test_a_film_without_faces_has_no_tracks(tmp_path, watch, known):
    tracks, seen = watch(known, open_video(make_film(tmp_path / "a.mp4", [backdrop()] * 20)))
    assert tracks == []
    assert [one.tracks.faces for one in seen] == [()] * 20


def test_a_face_too_dark_is_a_track_of_low_quality(tmp_path, watch, known, obama):
    dark = (obama // 8).astype(np.uint8)
    film = make_film(tmp_path / "a.mp4", [put(backdrop(), dark, 100, 40)] * 30)
    tracks, _ = watch(known, open_video(film))
    assert [track.decided.outcome for track in tracks] == [Outcome.LOW_QUALITY]


def test_the_json_is_that_of_a_photo_s_face_with_times(tmp_path, watch, known, encode, obama):
    film = make_film(tmp_path / "a.mp4", [put(backdrop(), obama, 100, 40)] * 20)
    (track,), _ = watch(known, open_video(film))
    row = track.to_json()
    assert {"source", "track", "start_s", "end_s", "seen_s", "best_s", "looks"} <= set(row)
    assert "index" not in row
    assert set(row["quality"]) == {"usable", "reasons"}
    (face,) = encode(put(backdrop(), obama, 100, 40)).faces
    assert row["box"] == pytest.approx(face.face.box.xyxy, abs=4)
    assert np.abs(np.subtract(row["landmarks"], face.face.landmarks.points)).max() < 4
    assert row["name"] == row["candidates"][0]["name"] == "Obama"
    assert row["distance"] == pytest.approx(1 - row["similarity"])


def test_a_live_stream_is_watched_as_it_comes(watch, known, obama):
    import simplejpeg

    jpegs = [
        simplejpeg.encode_jpeg(put(backdrop(), obama, 10 + n, 40), quality=92) for n in range(60)
    ]
    with serve(turns=[jpegs], pause_s=0.02) as server:
        video = open_video(f"{server.address}/stream", VideoOptions(reconnect_tries=0))
        tracks, seen = watch(known, video)
    assert summary(tracks) == [("known", "Obama")]
    assert len(seen) + video.dropped >= 58


def test_one_call_from_a_film_to_names(tmp_path, known, obama, model_store):
    film = make_film(tmp_path / "a.mp4", [put(backdrop(), obama, 100 + n, 40) for n in range(20)])
    (track,) = identify_video(film, known)
    assert (track.source, track.decided.name) == (str(film), "Obama")
    with pytest.raises(SourceNotFound):
        next(identify_video(tmp_path / "nowhere.mp4", known))


def test_the_gallery_of_a_film_may_be_named_by_its_path(tmp_path, known, obama, model_store):
    film = make_film(tmp_path / "a.mp4", [put(backdrop(), obama, 100, 40)] * 8)
    known.export(tmp_path / "known.jsonl")
    path = tmp_path / "team.gallery"
    with Gallery.open(path) as gallery:
        gallery.import_(tmp_path / "known.jsonl")
    (track,) = identify_video(film, path)
    assert track.decided.name == "Obama"
    with pytest.raises(GalleryNotFound):
        next(identify_video(film, tmp_path / "nowhere.gallery"))
    with pytest.raises(InvalidOption, match="gallery: expected a gallery or the path of one"):
        next(identify_video(film, None))

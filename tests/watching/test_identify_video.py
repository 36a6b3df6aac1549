"""Who is in a video, in one call: by the same limits as in photos."""

from __future__ import annotations

import shutil

import pytest

import mien
from mien.gallery import Gallery
from mien.matching import strangers_for, threshold_for
from mien.watching import identify_video


@pytest.fixture
def frames(sample, tmp_path):
    """One man, looking at the camera for eight frames."""
    for number in range(8):
        shutil.copy(sample("obama2.jpg"), tmp_path / f"frame_{number:04d}.jpg")
    return str(tmp_path / "frame_%04d.jpg")


def decided(frames, gallery, **asked):
    (track,) = identify_video(frames, gallery, **asked)
    return track.decided


def test_a_tuned_model_brings_the_thresholds_that_were_measured_with_it(
    frames, sample, model_store, embedder_folder, monkeypatch
):
    monkeypatch.setattr("mien.watching.identify.ModelStore", lambda: model_store)
    settings = mien.Settings(model=mien.TrainedModel.open(embedder_folder))
    with Gallery.in_memory() as gallery:
        mien.enroll([("Barack", sample("obama.jpg"))], gallery, settings=settings)
        usual = decided(frames, gallery, settings=settings)
        assert (usual.name, usual.min_similarity) == ("Barack", 0.37)
        assert usual.operating_point.origin == "held-out people"
        loose = decided(frames, gallery, settings=settings, fmr=1e-2)
        assert loose.min_similarity == 0.31
        photo = mien.identify(sample("obama2.jpg"), gallery, settings=settings).faces[0]
        assert photo.operating_point == usual.operating_point


def test_a_limit_of_one_s_own_is_a_similarity_or_a_distance(frames, sample, known):
    strict = decided(frames, known, min_similarity=0.99)
    assert (strict.outcome, strict.min_similarity) == (mien.Outcome.UNKNOWN, 0.99)
    assert decided(frames, known, max_distance=0.01).min_similarity == pytest.approx(0.99)
    with pytest.warns(DeprecationWarning, match="max_distance="):
        assert decided(frames, known, threshold=0.01).outcome is mien.Outcome.UNKNOWN


def test_a_track_is_named_at_the_rate_of_a_search_as_a_photo_is(frames, sample):
    with Gallery.in_memory() as gallery:
        mien.enroll([("Barack", sample("obama.jpg"))], gallery)
        space = gallery.space
        strangers = enumerate(strangers_for(space)[:800])
        gallery.add_many([(f"S{number:03d}", row, None) for number, row in strangers], space)
        track = decided(frames, gallery).operating_point
        photo = mien.identify(sample("obama2.jpg"), gallery).faces[0].operating_point
    assert track == photo
    assert track.rate == {"kind": "fpir", "value": 0.01}
    assert track.similarity > threshold_for(space).similarity

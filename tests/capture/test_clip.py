"""The clip of the two men, with a reference photo of each: clean sets, and nothing of each other.

The must-show of the room: every crop holds exactly one usable face of the right man, the split
keeps its gap, and no two pictures on its two sides are near-duplicates.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from mien.capture import CollectOptions, collect
from mien.capture.collecting import SAME_PERSON_FMR
from mien.capture.kept import MANIFEST
from mien.capture.novelty import Alike
from mien.images import read_image
from mien.matching import threshold_for

MEN = {"lin": "lin-manuel-miranda.png", "alex": "alex-lacamoire.png"}
# Only to be quick: every second frame is enough for the one who is seen for five seconds, and the
# other one is not seen again.
LOOKS = {"lin": {"every_s": 0.1}, "alex": {"limit_s": 1.5}}


@pytest.fixture(scope="module")
def sets(bench_data, recognizer, tmp_path_factory):
    """The folder with both men's sets, and what was said of each."""
    folder, clip = tmp_path_factory.mktemp("men"), bench_data / "people" / "video"
    said = {
        name: collect(
            CollectOptions(
                name,
                clip / "short_hamilton_clip.mp4",
                folder,
                like=(clip / reference,),
                **LOOKS[name],
            ),
            recognizer,
        )
        for name, reference in MEN.items()
    }
    return folder, said


@pytest.fixture(scope="module")
def faces(sets, recognizer):
    """From a man's name and part to the usable faces of each of his pictures."""
    return {
        (name, part): [
            [face for face in found if face.quality.usable]
            for found in recognizer.encode(
                [read_image(path) for path in sorted((sets[0] / part / name).glob("*.jpg"))]
            )
        ]
        for name in MEN
        for part in ("train", "validation")
    }


def test_both_men_get_a_set(sets):
    _, said = sets
    assert said["lin"].train >= 20
    assert said["lin"].validation >= 5
    # he is seen for 0.6 s, 23 pixels across: nothing that could be called a validation
    assert (said["alex"].train, said["alex"].validation) == (said["alex"].held, 0)
    assert said["alex"].train >= 3


def test_every_picture_holds_exactly_one_usable_face_of_the_right_man(
    faces, encode, recognizer, bench_data
):
    limit = threshold_for(recognizer.embedder.space, SAME_PERSON_FMR).similarity
    references = {
        name: encode(bench_data / "people" / "video" / photo).faces[0].vector
        for name, photo in MEN.items()
    }
    for (name, _), pictures in faces.items():
        for usable in pictures:
            assert len(usable) == 1
            vector = usable[0].vector
            assert float(vector @ references[name]) >= limit
            others = [references[other] for other in MEN if other != name]
            assert max(float(vector @ other) for other in others) < limit


def test_the_gap_in_time_holds(sets):
    folder, said = sets
    train, validation = (
        np.array(
            [
                json.loads(line)["time_s"]
                for line in (folder / part / "lin" / MANIFEST).read_text("utf-8").splitlines()[1:]
            ]
        )
        for part in ("train", "validation")
    )
    gap = np.abs(train[:, None] - validation[None]).min()
    assert gap >= 1.0
    assert said["lin"].gap_s == pytest.approx(gap, abs=2e-3)


def test_no_near_duplicates_stand_on_different_sides(faces, recognizer):
    limit = threshold_for(recognizer.embedder.space, SAME_PERSON_FMR).similarity
    train, validation = (
        np.stack([usable[0].vector for usable in faces["lin", part]])
        for part in ("train", "validation")
    )
    assert float((train @ validation.T).max()) < Alike.for_threshold(limit).same


def test_a_training_takes_them_as_they_are(sets, recognizer):
    pytest.importorskip("torch")
    from mien.training.dataset import Part
    from mien.training.prepare import prepare

    folder, said = sets
    data = prepare(folder, finder=recognizer)
    assert data.refused == ()
    assert {one.place.rpartition("/")[2] for one in data.ignored} == {MANIFEST}
    counts = {(name, part): 0 for name in MEN for part in (Part.TRAIN, Part.VALIDATION)}
    for photo in data.photos:
        counts[photo.name, photo.part] += 1
    assert counts == {
        (name, part): getattr(said[name], part.value)
        for name in MEN
        for part in (Part.TRAIN, Part.VALIDATION)
    }


def test_without_a_reference_the_one_who_is_seen_most_is_collected(
    bench_data, recognizer, encode, tmp_path
):
    clip = bench_data / "people" / "video"
    film = clip / "short_hamilton_clip.mp4"
    collect(CollectOptions("who", film, tmp_path, every_s=0.15), recognizer)
    lin = encode(clip / MEN["lin"]).faces[0].vector
    pictures = sorted(tmp_path.glob("*/who/*.jpg"))
    for found in recognizer.encode([read_image(path) for path in pictures]):
        (vector,) = [face.vector for face in found if face.quality.usable]
        assert float(vector @ lin) > 0.3

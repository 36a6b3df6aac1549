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
from mien.capture.novelty import SAME_COSINE
from mien.images import read_image
from mien.matching import threshold_for

MEN = {"lin": "lin-manuel-miranda.png", "alex": "alex-lacamoire.png"}


@pytest.fixture(scope="module")
def sets(bench_data, recognizer, tmp_path_factory):
    """The folder with both men's sets, and what was said of each."""
    folder, clip = tmp_path_factory.mktemp("men"), bench_data / "people" / "video"
    said = {
        name: collect(
            CollectOptions(
                name, clip / "short_hamilton_clip.mp4", folder, like=(clip / reference,)
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


def test_both_men_get_a_set_with_both_sides(sets):
    _, said = sets
    assert said["lin"].held >= 50
    assert said["alex"].held >= 3  # he is seen for 0.6 s, 23 pixels across
    for collected in said.values():
        assert collected.train >= 2
        assert collected.validation >= 1


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
    for name, least_s in {"lin": 1.0, "alex": 0.1}.items():
        times = [
            np.array(
                [
                    json.loads(line)["time_s"]
                    for line in (folder / part / name / MANIFEST).read_text().splitlines()[1:]
                ]
            )
            for part in ("train", "validation")
        ]
        gap = np.abs(times[0][:, None] - times[1][None]).min()
        assert gap >= least_s
        assert said[name].gap_s == pytest.approx(gap, abs=2e-3)


def test_no_near_duplicates_stand_on_different_sides(faces):
    for name in MEN:
        train, validation = (
            np.stack([usable[0].vector for usable in faces[name, part]])
            for part in ("train", "validation")
        )
        assert float((train @ validation.T).max()) < SAME_COSINE


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

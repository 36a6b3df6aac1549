"""Real photos through the real networks: the same face is found again, and only that one counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.errors import InsufficientData, NoFace
from mien.evaluation import TriedPhoto
from mien.images import read_image
from mien.records import PhotoFailure
from mien.robustness import GRID, choose_degradations, choose_photos, degraded_strip, try_photos
from mien.robustness.degradations import Degradation
from mien.robustness.trials import LARGEST_FACE, ChosenPhoto

UPRIGHT = GRID["roll"][0]
BLACK = Degradation("black", "all", "all", lambda photo, *_: photo * 0)


def other_place(photo, *_):
    """The same face at another place."""
    return np.ascontiguousarray(np.concatenate([photo * 0, photo], axis=1))


@pytest.fixture
def tried(recognizer):
    def one(path, ways, seed=0, degraded=True):
        (answer,) = try_photos(recognizer, [ChosenPhoto("Ada", Path(path), degraded)], ways, seed)
        return answer

    return one


def test_the_untouched_photo_is_its_own_twin_and_a_turned_one_nearly_so(tried, sample):
    photo = tried(sample("biden.jpg"), GRID["roll"][::3])
    assert photo.clean is not None
    similar = [float(face.vector @ photo.clean) for face in photo.faces]
    assert similar[0] == pytest.approx(1.0, abs=1e-5)
    assert min(similar) > 0.7
    assert all(face.usable for face in photo.faces)


def test_a_photo_degraded_alone_gives_what_it_gives_in_the_whole_grid(tried, sample):
    """Chance depends on the photo and the degradation, not on what else is tried."""
    path = sample("biden.jpg")
    ways = choose_degradations(["noise", "blur"])
    (alone,) = tried(path, ways[1:2]).faces
    assert float(alone.vector @ tried(path, ways).faces[1].vector) == pytest.approx(1.0, abs=1e-5)
    (again,) = tried(path, ways[1:2], seed=1).faces
    assert float(alone.vector @ again.vector) < 0.9999


def test_a_face_that_is_found_elsewhere_is_not_the_person(tried, sample):
    ways = (UPRIGHT, BLACK, Degradation("moved", "away", "away", other_place))
    faces = tried(sample("biden.jpg"), ways).faces
    assert [face is not None for face in faces] == [True, False, False]


def test_a_large_face_is_reduced_first_so_that_levels_mean_the_same(tried, sample, tmp_path):
    photo = Image.fromarray(read_image(sample("biden.jpg")))
    photo.resize((3 * photo.width, 3 * photo.height)).save(tmp_path / "large.png")
    boxes = []
    look = Degradation("look", "", "", lambda photo, face, _: boxes.append(face.box) or photo)
    assert tried(tmp_path / "large.png", (look,)).clean is not None
    assert max(boxes[0].width, boxes[0].height) == pytest.approx(LARGEST_FACE, rel=0.03)


def test_the_pictures_of_a_page_are_small_and_one_for_each_level(recognizer, sample):
    ways = choose_degradations(["jpeg", "roll"])
    shown = list(degraded_strip(recognizer, sample("biden.jpg"), ways))
    assert [way for way, _ in shown] == list(ways)
    assert {picture.shape[0] for _, picture in shown} == {128}


@pytest.mark.parametrize("content", ["no face", "no photo", "missing"])
def test_a_photo_without_a_face_is_a_failure_and_stops_nothing(
    recognizer, sample, tmp_path, content
):
    bad = tmp_path / "bad.png"
    if content == "no face":
        Image.new("RGB", (80, 80), (90, 120, 90)).save(bad)
    elif content == "no photo":
        bad.write_bytes(b"no photo")
    photos = [ChosenPhoto("Ada", bad, True), ChosenPhoto("Bo", sample("biden.jpg"), True)]
    failure, photo = try_photos(recognizer, photos, (UPRIGHT,))
    assert isinstance(failure, PhotoFailure)
    assert isinstance(photo, TriedPhoto)
    if content == "no face":
        assert isinstance(failure.error, NoFace)


def test_a_photo_that_only_shows_its_person_is_not_degraded(tried, sample):
    photo = tried(sample("obama.jpg"), GRID["roll"], degraded=False)
    assert (photo.person, photo.faces) == ("Ada", ())
    assert photo.clean.shape == (128,)


def named(**counts):
    return [(name, Path(name, f"{n}.jpg")) for name, count in counts.items() for n in range(count)]


def test_the_first_photos_of_each_person_are_degraded_and_the_next_one_is_there_beside_them():
    chosen = choose_photos(named(Ada=4, Bo=1), people=5, photos=2, seed=0)
    assert [(one.person, one.path.name, one.degraded) for one in chosen] == [
        ("Ada", "0.jpg", True),
        ("Ada", "1.jpg", True),
        ("Ada", "2.jpg", False),
        ("Bo", "0.jpg", True),
    ]


def test_of_too_many_people_the_seed_draws():
    many = named(**{f"p{n:03}": 1 for n in range(200)})
    draws = [{one.person for one in choose_photos(many, 10, 1, seed)} for seed in (0, 0, 1)]
    assert [len(one) for one in draws] == [10, 10, 10]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize("people", [{}, {"Ada": 3}])
def test_one_person_alone_is_refused_because_there_is_nobody_else(people):
    with pytest.raises(InsufficientData, match="two people"):
        choose_photos(named(**people), 10, 1, 0)

"""The Haar cascade, and the points that another detector adds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from mien.detection import Haar, HaarSettings, WithPoints, load_detector
from mien.errors import EngineMissing
from mien.models import ModelStore
from mien.records import Box, Face, ImageArray, Landmarks

Pictures = Callable[[str], np.ndarray]


@pytest.mark.parametrize("name", ["obama.jpg", "t1.jpg", "astronaut.png", "chelsea.png"])
def test_the_classic_call_gives_the_same_boxes(picture: Pictures, name: str) -> None:
    grey = cv2.cvtColor(picture(name), cv2.COLOR_RGB2GRAY)
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    classic = [tuple(map(int, row)) for row in cascade.detectMultiScale(grey, 1.3, 5)]
    (faces,) = Haar().detect([picture(name)])
    got = [(face.box.x1, face.box.y1, face.box.width, face.box.height) for face in faces]
    assert got == sorted(classic)
    assert all(face.landmarks is None for face in faces)


def test_more_agreeing_windows_score_higher(picture: Pictures) -> None:
    (faces,) = Haar(HaarSettings(neighbours=1, minimum_score=0)).detect([picture("t1.jpg")])
    assert all(1 / 6 <= face.score < 1 for face in faces)
    strict = Haar(HaarSettings(neighbours=12, minimum_score=0)).detect([picture("t1.jpg")])[0]
    assert strict == tuple(face for face in faces if face.score >= 12 / 17)


def test_two_threads_share_one_detector(picture: Pictures) -> None:
    haar = Haar()
    names = ["t1.jpg", "obama.jpg", "astronaut.png"] * 4
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda name: haar.detect([picture(name)])[0], names))
    assert together == [haar.detect([picture(name)])[0] for name in names]


def test_an_opencv_without_cascades_is_named_with_its_cure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(EngineMissing, match=r"opencv-python-headless<5"):
        Haar()


class Fixed:
    """A detector with a fixed answer for every picture."""

    name = "fixed"

    def __init__(self, *faces: Face) -> None:
        self.faces = faces
        self.seen: list[ImageArray] = []

    def detect(self, images) -> list[tuple[Face, ...]]:
        self.seen += images
        return [self.faces for _ in images]


def test_points_come_from_the_second_detector_and_all_else_from_the_first() -> None:
    first = Face(Box(40, 30, 80, 70), 0.6)  # 40 pixels: the look shows 80, from (20, 10) on
    middle = Face(Box(40, 40, 120, 120), 0.9, Landmarks([[60, 60]] * 5))
    beside = Face(Box(0, 0, 30, 30), 0.99, Landmarks([[9, 9]] * 5))
    points_from = Fixed(beside, middle)
    ((face,),) = WithPoints(Fixed(first), points_from).detect([np.zeros((100, 120, 3), np.uint8)])
    assert (face.box, face.score) == (first.box, first.score)
    assert face.landmarks is not None
    np.testing.assert_allclose(face.landmarks.points, [[50, 40]] * 5)
    assert [look.shape for look in points_from.seen] == [(160, 160, 3)]


def test_a_face_that_the_second_detector_does_not_see_keeps_no_points() -> None:
    face = Face(Box(40, 30, 80, 70), 0.6)
    beside = Face(Box(0, 0, 30, 30), 0.99, Landmarks([[9, 9]] * 5))
    found = WithPoints(Fixed(face), Fixed(beside)).detect([np.zeros((100, 120, 3), np.uint8)])
    assert found == [(face,)]


def test_points_that_are_there_stay() -> None:
    face = Face(Box(40, 30, 80, 70), 0.6, Landmarks([[50, 40]] * 5))
    second = Fixed()
    assert WithPoints(Fixed(face), second).detect([np.zeros((9, 9, 3), np.uint8)]) == [(face,)]
    assert second.seen == []


def test_haar_gets_points_that_lie_near_yunets(model_store: ModelStore, picture: Pictures) -> None:
    for name in ("obama.jpg", "biden.jpg", "astronaut.png"):
        ((haar,),) = load_detector("haar", model_store).detect([picture(name)])
        ((yunet,),) = load_detector("yunet", model_store).detect([picture(name)])
        assert haar.landmarks is not None
        assert yunet.landmarks is not None
        off = np.abs(haar.landmarks.points - yunet.landmarks.points).max()
        assert off < 0.1 * yunet.box.width


def test_haar_alone_needs_no_network(tmp_path, picture: Pictures, monkeypatch) -> None:
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    store = ModelStore(tmp_path / "empty")
    haar = load_detector("haar", store, settings=HaarSettings(points=False))
    ((face,),) = haar.detect([picture("astronaut.png")])
    assert face.landmarks is None

"""The plain crop of a face without points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mien.alignment import ARCFACE_112, align, align_box, similarity_transform, visible_share
from mien.alignment.boxes import box_transform
from mien.detection import HaarSettings, load_detector
from mien.models import ModelStore
from mien.pipeline import Recognizer
from mien.records import Box

Pictures = Callable[[str], np.ndarray]


def test_the_boxs_middle_and_longer_side_go_where_the_template_has_the_face() -> None:
    matrix = box_transform(Box(100, 50, 200, 250), ARCFACE_112)
    corners = np.array([[100, 50], [200, 250]]) @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(corners.mean(axis=0), [56.03, 64.4], atol=0.2)
    np.testing.assert_allclose(corners[1] - corners[0], [52, 104], atol=0.3)
    assert matrix[0, 1] == matrix[1, 0] == 0


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg", "astronaut.png"])
def test_the_plain_crop_of_an_upright_face_lies_near_the_aligned_one(
    model_store: ModelStore, picture: Pictures, name: str
) -> None:
    ((face,),) = load_detector("yunet", model_store).detect([picture(name)])
    assert face.landmarks is not None
    plain = box_transform(face.box, ARCFACE_112)
    exact = similarity_transform(face.landmarks.points, ARCFACE_112.points)
    points = np.concatenate([face.landmarks.points, np.ones((5, 1))], axis=1)
    assert np.abs(points @ plain.T - points @ exact.T).max() < 12
    a, b = (
        align_box(picture(name), face.box, ARCFACE_112),
        align(picture(name), face.landmarks, ARCFACE_112),
    )
    assert a.shape == b.shape
    assert a.dtype == np.uint8


def test_a_box_at_the_border_says_how_much_of_the_crop_is_there() -> None:
    assert visible_share(Box(100, 100, 200, 200), ARCFACE_112, (400, 400)) == 1.0
    half = visible_share(Box(-50, 100, 50, 200), ARCFACE_112, (400, 400))
    assert half == pytest.approx(0.5, abs=0.06)


def test_faces_without_points_go_through_the_whole_pipeline(
    recognizer: Recognizer, model_store: ModelStore, picture: Pictures
) -> None:
    plain = Recognizer(
        load_detector("haar", model_store, settings=HaarSettings(points=False)),
        recognizer.embedder,
    )
    photos = [picture("obama.jpg"), picture("obama2.jpg"), picture("biden.jpg")]
    (one,), (same,), (other,) = plain.encode(photos)
    assert one.face.landmarks is None
    assert one.quality.usable
    assert "yaw_degrees" not in one.quality.measures
    assert one.vector @ same.vector > 0.364 > one.vector @ other.vector
    usual = recognizer.encode(photos)[0][0]
    assert one.vector @ usual.vector > 0.6


def test_a_face_that_loses_its_points_keeps_its_box(
    recognizer: Recognizer, picture: Pictures
) -> None:
    class Pointless:
        name = "pointless"

        def detect(self, images):
            found = recognizer.detector.detect(images)
            return [tuple(replace(face, landmarks=None) for face in faces) for faces in found]

    plain = Recognizer(Pointless(), recognizer.embedder)
    ((face, quality),) = plain.detect([picture("astronaut.png")])[0]
    assert face.landmarks is None
    assert quality.usable

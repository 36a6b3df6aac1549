"""YuNet's faces with O-Net's points: what stays, what moves, and when O-Net is not believed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from mien.detection import RefinedPoints, YuNet, YuNetSettings, load_detector
from mien.models import ModelStore, open_network
from mien.models.runtime import Network, Plan
from mien.records import Box, Face, Landmarks

Pictures = Callable[[str], np.ndarray]
BOX = Box(20, 30, 60, 80)
POINTS = np.array([[30, 45], [50, 45], [40, 55], [32, 68], [48, 68]], dtype=np.float32)


@dataclass
class OneFace:
    """A detector that sees the same face everywhere."""

    landmarks: Landmarks | None = field(default_factory=lambda: Landmarks(POINTS))
    name: str = "one"

    def detect(self, images: object) -> list[tuple[Face, ...]]:
        return [(Face(BOX, 0.9, self.landmarks),) for _ in images]  # type: ignore[attr-defined]


@dataclass
class Told:
    """A network that answers as it was told: a score, and points in parts of the crop."""

    score: float
    points: np.ndarray
    plan: Plan = field(default_factory=Plan)
    input_name: str = "x"
    input_shape: tuple[int | None, ...] = (None, 48, 48, 3)

    def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        rows = len(batch)
        score = np.tile(np.array([[1 - self.score, self.score]], "f4"), (rows, 1))
        points = np.tile(self.points.T.reshape(1, 10).astype("f4"), (rows, 1))
        return {"score": score, "shift": np.zeros((rows, 4), "f4"), "points": points}


def told(points_xy: np.ndarray, score: float = 0.99) -> Network:
    corner, side = np.array([15, 30]), 50  # the square around BOX
    return Told(score, (points_xy - corner) / side)


def seen(detector: RefinedPoints) -> np.ndarray:
    ((face,),) = detector.detect([np.zeros((100, 90, 3), np.uint8)])
    assert (face.box, face.score) == (BOX, 0.9)
    assert face.landmarks is not None
    return face.landmarks.points


def test_points_that_moved_a_little_are_taken() -> None:
    moved = POINTS + np.float32(2)
    np.testing.assert_allclose(seen(RefinedPoints(OneFace(), told(moved))), moved, atol=1e-3)


@pytest.mark.parametrize(
    ("points", "score"), [(POINTS + 2, 0.3), (POINTS + 30, 0.99)], ids=["no face", "too far"]
)
def test_points_that_cannot_be_believed_are_not_taken(points: np.ndarray, score: float) -> None:
    np.testing.assert_array_equal(seen(RefinedPoints(OneFace(), told(points, score))), POINTS)


def test_a_rolled_face_keeps_its_points() -> None:
    rolled = (POINTS - [40, 55]) @ np.array([[0, 1], [-1, 0]]) + [40, 55]
    detector = RefinedPoints(OneFace(Landmarks(rolled)), told(POINTS + 2))
    np.testing.assert_allclose(seen(detector), rolled, atol=1e-4)


def test_a_face_without_points_gets_them() -> None:
    detector = RefinedPoints(OneFace(None), told(POINTS))
    np.testing.assert_allclose(seen(detector), POINTS, atol=1e-3)


def test_boxes_scores_and_order_are_the_detector_s_own(
    model_store: ModelStore, picture: Pictures
) -> None:
    photos = [picture("t1.jpg"), picture("coffee.png"), picture("astronaut.png")]
    plain = load_detector("yunet", model_store, settings=YuNetSettings(refine_points=False))
    better = load_detector("yunet", model_store)
    assert isinstance(plain, YuNet)
    assert isinstance(better, RefinedPoints)
    for before, after in zip(plain.detect(photos), better.detect(photos), strict=True):
        assert [(face.box, face.score) for face in before] == [
            (face.box, face.score) for face in after
        ]
        for one, other in zip(before, after, strict=True):
            assert one.landmarks is not None
            assert other.landmarks is not None
            moved = np.linalg.norm(one.landmarks.points - other.landmarks.points, axis=1)
            assert 0 < moved.mean() < 0.1 * one.box.width


def test_many_photos_give_what_each_gives_alone(model_store: ModelStore, picture: Pictures) -> None:
    plain = load_detector("yunet", model_store, settings=YuNetSettings(refine_points=False))
    better = RefinedPoints(plain, open_network(model_store, "mtcnn", file="onet.onnx"))
    photos = [picture("t1.jpg"), picture("astronaut.png")]
    for together, photo in zip(better.detect(photos), photos, strict=True):
        for one, other in zip(together, better.detect([photo])[0], strict=True):
            assert one.landmarks is not None
            assert other.landmarks is not None
            np.testing.assert_allclose(one.landmarks.points, other.landmarks.points, atol=1e-2)

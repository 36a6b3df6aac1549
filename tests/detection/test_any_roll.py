"""Faces at any roll: found, with points where the face has them, by every detector that can."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mien.detection import AnyRoll, Detector, YuNetSettings, load_detector
from mien.detection.faces import roll_of
from mien.models import ModelStore
from mien.records import Face, FloatArray, ImageArray

Pictures = Callable[[str], np.ndarray]
FOR_ANY_ROLL = ("yunet", "retinaface", "mtcnn")
EYE_DISTANCES = 0.15  # by which points may be off on the mean: a fifth ruins the crop


@pytest.fixture(scope="module", params=FOR_ANY_ROLL)
def detector(
    request: pytest.FixtureRequest, model_store: ModelStore, pull: Callable[[str], None]
) -> Detector:
    pull("retinaface-mnet025")
    return load_detector(request.param, model_store)


@pytest.fixture(scope="module")
def yunet(model_store: ModelStore) -> Detector:
    return load_detector("yunet", model_store)


def rolled(photo: ImageArray, degrees: float, border: int = 0) -> tuple[ImageArray, FloatArray]:
    """A photo turned clockwise on a canvas that holds all of it, and where its pixels went."""
    height, width = photo.shape[:2]
    angle = np.radians(degrees)
    across, down = abs(np.cos(angle)), abs(np.sin(angle))
    size = round(width * across + height * down), round(width * down + height * across)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    turn[:, 2] += (np.array(size) - (width, height)) / 2
    turned = cv2.warpAffine(photo, turn, size, borderValue=(border,) * 3)
    return np.asarray(turned, np.uint8), turn


def points_of(face: Face) -> FloatArray:
    assert face.landmarks is not None
    return face.landmarks.points


def off_by(face: Face, truth: FloatArray) -> float:
    """How far points are off on the mean, in eye distances."""
    apart = np.linalg.norm(points_of(face) - truth, axis=1).mean()
    return float(apart / np.linalg.norm(truth[0] - truth[1]))


@pytest.mark.parametrize("border", [0, 200])
@pytest.mark.parametrize("name", ["astronaut.png", "obama.jpg", "biden.jpg"])
def test_points_turn_with_the_photo(
    detector: Detector, picture: Pictures, name: str, border: int
) -> None:
    photo = picture(name)[:512]
    (upright,) = detector.detect([photo])[0]
    for degrees in (-150, -75, -30, 20, 50, 65, 110, 135, 165, 180):
        turned, turn = rolled(photo, degrees, border)
        faces = detector.detect([turned])[0]
        truth = points_of(upright) @ turn[:, :2].T + turn[:, 2]
        errors = [off_by(face, truth.astype(np.float32)) for face in faces]
        assert min(errors, default=9.0) < EYE_DISTANCES, f"{degrees}°: {errors}"


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photo_on_its_side_gives_the_same_faces(
    detector: Detector, picture: Pictures, turns: int
) -> None:
    photo = picture("t1.jpg")
    upright = detector.detect([photo])[0]
    turned = np.ascontiguousarray(np.rot90(photo, turns))
    found = detector.detect([turned])[0]
    assert len(found) >= len(upright) - 1
    height, width = photo.shape[:2]
    for face in found:
        x, y = points_of(face).T
        back = [(x, y), (width - y, x), (width - x, height - y), (y, height - x)][turns]
        places = np.stack(back, axis=1)
        assert min(off_by(one, places) for one in upright) < EYE_DISTANCES


def test_each_face_of_a_photo_has_its_own_roll(yunet: Detector, picture: Pictures) -> None:
    face = picture("astronaut.png")[:300, 80:380]
    rolls = (0, 55, 180, -120)
    sheet = np.concatenate([rolled(face, degrees, 90)[0][:300, :300] for degrees in rolls], axis=1)
    found = yunet.detect([np.ascontiguousarray(sheet)])[0]
    seen = [round(roll_of(points_of(one))) for one in found]
    assert len(seen) == len(rolls)
    apart = [(one - roll + 180) % 360 - 180 for one, roll in zip(seen, rolls, strict=True)]
    assert max(map(abs, apart)) < 10


def test_an_upright_photo_is_not_searched_at_eight_rolls(
    model_store: ModelStore, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = load_detector("yunet", model_store)
    assert isinstance(detector, AnyRoll)
    searched: list[int] = []
    search = detector._search
    monkeypatch.setattr(
        detector,
        "_search",
        lambda faces, photos: searched.append(len(faces)) or search(faces, photos),
    )
    detector.detect([picture("obama.jpg"), picture("astronaut.png"), picture("biden.jpg")])
    assert sum(searched) == 0


def test_boxes_and_order_of_upright_faces_are_the_detector_s_own(
    model_store: ModelStore, yunet: Detector, picture: Pictures
) -> None:
    photos = [picture("t1.jpg"), picture("coffee.png"), picture("astronaut.png")]
    plain = load_detector("yunet", model_store, settings=YuNetSettings(any_roll=False))
    for before, after in zip(plain.detect(photos), yunet.detect(photos), strict=True):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            if abs(roll_of(points_of(other))) < 25:
                assert one.box == other.box
            moved = np.linalg.norm(points_of(one) - points_of(other), axis=1)
            assert 0 < moved.mean() < 0.1 * one.box.width


def test_without_further_looks_an_upside_down_face_has_upright_points(
    model_store: ModelStore, picture: Pictures
) -> None:
    plain = load_detector("yunet", model_store, settings=YuNetSettings(any_roll=False))
    (turned,) = plain.detect([np.rot90(picture("obama.jpg"), 2)])[0]
    assert abs(roll_of(points_of(turned))) < 30


def test_many_photos_give_what_each_gives_alone(yunet: Detector, picture: Pictures) -> None:
    photos = [picture("t1.jpg"), np.rot90(picture("astronaut.png")), picture("coffee.png")]
    for together, photo in zip(yunet.detect(photos), photos, strict=True):
        for one, other in zip(together, yunet.detect([photo])[0], strict=True):
            np.testing.assert_allclose(points_of(one), points_of(other), atol=1e-2)


@pytest.mark.parametrize("degrees", [-170, -90, -30, 0, 12, 45, 90, 179])
def test_the_roll_of_points_is_that_of_the_face_whichever_way_it_looks(degrees: float) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for nose_x in (30, 50, 70):
        upright = np.array([[30, 40], [70, 40], [nose_x, 60], [34, 85], [66, 85]])
        assert roll_of((upright @ turn).astype(np.float32)) == pytest.approx(degrees, abs=1e-3)

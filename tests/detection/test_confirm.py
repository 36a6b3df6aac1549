"""The second look at weak faces: what it sees, what it drops, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mien.detection import YuNetSettings, load_detector
from mien.detection.confirm import SIDE, is_confirmed
from mien.detection.decode import RawFaces, no_faces
from mien.detection.patches import square_patch
from mien.images import read_image
from mien.models import ModelStore
from mien.records import Box, Face, FloatArray, Landmarks

FACE = Face(Box(70, 60, 130, 140), 0.8)


def answer(*scores: float) -> Callable[[FloatArray], list[RawFaces]]:
    box = np.array([[SIDE / 2 - 10, SIDE / 2 - 10, SIDE / 2 + 10, SIDE / 2 + 10]], np.float32)
    points = np.zeros((1, 5, 2), np.float32)
    faces = [RawFaces(box, points, np.array([score], np.float32)) for score in scores]
    return lambda canvas: [face if face.scores[0] else no_faces() for face in faces]


def refuse(canvas: FloatArray) -> list[RawFaces]:
    raise AssertionError("no look was needed")


GREY = np.full((200, 200, 3), 120, np.uint8)


@pytest.mark.parametrize(
    ("scores", "kept"), [((0.5, 0.5), 1), ((0.9, 0.0), 1), ((0.5, 0.2), 0), ((0.0, 0.0), 0)]
)
def test_the_mean_of_the_look_and_its_mirror_image_decides(
    scores: tuple[float, float], kept: int
) -> None:
    assert is_confirmed(GREY, FACE, 0.4, answer(*scores)) == bool(kept)


def test_a_face_without_surroundings_or_without_light_is_left_to_quality() -> None:
    narrow = GREY[60:140, 70:130]
    assert is_confirmed(narrow, replace(FACE, box=Box(0, 0, 60, 80)), 0.4, refuse)
    for light in (2, 255):
        assert is_confirmed(np.full_like(GREY, light), FACE, 0.4, refuse)


@pytest.mark.parametrize("turned", [0, 35, 90, 180, -60])
def test_the_look_is_turned_until_the_eyes_are_level(turned: float) -> None:
    photo = GREY.copy()
    angle = np.radians(turned)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = np.array([[-20, -20], [20, -20], [0, 0], [-15, 30], [15, 30]]) @ turn + 100
    for x, y in points[:2]:
        cv2.circle(photo, (round(x), round(y)), 5, (255, 255, 255), -1)
    seen: list[FloatArray] = []

    def look(canvas: FloatArray) -> list[RawFaces]:
        seen.append(canvas)
        return answer(0.9, 0.9)(canvas)

    is_confirmed(photo, replace(FACE, landmarks=Landmarks(points)), 0.4, look)
    rows, columns = np.nonzero(seen[0][0, 0] > 190)
    assert np.ptp(rows) < 0.5 * np.ptp(columns)
    assert rows.mean() < SIDE / 2  # and above the middle
    np.testing.assert_array_equal(seen[0][1], seen[0][0, :, :, ::-1])


@pytest.mark.parametrize("side", [10, 64, 200, 900])
def test_a_patch_shows_the_box_where_it_says(side: int) -> None:
    """A bright square on grey, at whole and at broken places, is where the numbers put it."""
    photo = np.full((1200, 1300, 3), 50, np.uint8)
    x, y = 700 - side // 2, 500 - side // 3
    photo[y : y + side, x : x + side] = 250
    box = np.array([x - 0.3 * side, y, x + side, y + 1.2 * side], np.float32)
    for roll in (0, 90, 180, 270):
        patch = square_patch(photo, box, 160, 0.5, roll)
        rows, columns = np.nonzero(patch.image[..., 0].astype(float) > 150)
        seen = [[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]]
        corners = np.sort(patch.to_picture(np.array(seen, np.float32)), axis=0)
        np.testing.assert_allclose(corners, [[x, y], [x + side, y + side]], atol=patch.scale)
        assert max(box[2:] - box[:2]) / patch.scale == pytest.approx(80, rel=1e-5)


@pytest.mark.parametrize("side", [30, 700])
def test_a_patch_of_a_rolled_box_shows_it_upright(side: int) -> None:
    photo = np.zeros((1200, 1300, 3), np.uint8)
    middle = np.array([640, 580])
    angle = np.radians(30)
    up = np.array([np.sin(angle), -np.cos(angle)])  # of a face rolled clockwise by 30 degrees
    place = middle + 0.3 * side * up
    cv2.circle(photo, (round(place[0]), round(place[1])), side // 20 + 1, (255, 255, 255), -1)
    box = np.concatenate([middle - side / 2, middle + side / 2]).astype(np.float32)
    rows, columns = np.nonzero(square_patch(photo, box, 100, 0.5, 30.0).image[..., 0] > 128)
    assert columns.mean() == pytest.approx(50, abs=2)
    assert rows.mean() == pytest.approx(50 - 0.3 * 50, abs=2)


def test_a_patch_outside_the_picture_is_black() -> None:
    away = square_patch(GREY, np.array([-900, -900, -800, -800], np.float32), 64, 0.5)
    assert not away.image.any()
    patch = square_patch(GREY, np.array([0, 0, 200, 200], np.float32), 64, 0.5).image
    assert not patch[:14].any()
    assert (patch[18:46, 18:46] == 120).all()


@pytest.mark.parametrize("shrunk", [0.4, 0.5, 0.6, 0.725, 1.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_dogs_have_no_face(
    model_store: ModelStore, bench_data: Path, shrunk: float, mirrored: bool
) -> None:
    photo = read_image(bench_data / "groups" / "dogs.jpg")
    photo = cv2.resize(photo, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
    photo = np.ascontiguousarray(photo[:, ::-1]) if mirrored else photo
    detector = load_detector("yunet", model_store)
    assert detector.detect([photo]) == [()]


def test_without_confirmation_a_dog_would_be_a_face(
    model_store: ModelStore, bench_data: Path
) -> None:
    photo = read_image(bench_data / "groups" / "dogs.jpg")
    credulous = load_detector("yunet", model_store, settings=YuNetSettings(confirmation=0.0))
    assert credulous.detect([photo]) != [()]

"""What hides or drowns a face, drawn on real photos: refused with its name, or left alone."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mien.pipeline import EncodedPhoto
from mien.quality.detail import measure_detail
from mien.records import Quality

PEOPLE = ["obama.jpg", "obama2.jpg", "biden.jpg"]
FACE_PX = 140  # height of the faces
Encode = Callable[[object], EncodedPhoto]
Draw = Callable[[np.ndarray, np.ndarray], None]
FLAT = [(15, 15, 15), (90, 40, 30)]


@pytest.fixture
def judged(encode: Encode, picture: Callable[[str], np.ndarray]) -> Callable[..., Quality]:
    """The quality of a photo's one face after something was drawn over it."""

    def judge(name: str, draw: Draw) -> Quality:
        photo = picture(name)
        scale = FACE_PX / encode(photo).faces[0].face.box.height
        photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        face = encode(photo).faces[0].face
        assert face.landmarks is not None
        draw(photo, face.landmarks.points)
        return encode(photo).faces[0].quality

    return judge


def lenses(colour: tuple[int, int, int]) -> Draw:
    def draw(photo: np.ndarray, points: np.ndarray) -> None:
        apart = float(np.linalg.norm(points[1] - points[0]))
        for eye in points[:2]:
            place = (int(eye[0]), int(eye[1] + 0.05 * apart))
            cv2.ellipse(photo, place, (int(0.48 * apart), int(0.38 * apart)), 0, 0, 360, colour, -1)

    return draw


def mask(photo: np.ndarray, points: np.ndarray) -> None:
    apart = float(np.linalg.norm(points[1] - points[0]))
    mouth = points[3:].mean(axis=0)
    corners = mouth + apart * np.array([[-0.9, -0.5], [0.9, -0.5], [0.7, 0.8], [-0.7, 0.8]])
    cv2.fillPoly(photo, [corners.astype(np.int32)], (200, 210, 220))


def grain(photo: np.ndarray, points: np.ndarray) -> None:
    noise = np.random.default_rng(0).normal(0, 90, photo.shape)
    photo[:] = (photo + noise).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", FLAT)
@pytest.mark.parametrize("name", PEOPLE)
def test_dark_or_painted_lenses_hide_the_eyes(
    judged: Callable[..., Quality], name: str, colour: tuple[int, int, int]
) -> None:
    quality = judged(name, lenses(colour))
    assert not quality.usable
    assert "occluded_eyes" in quality.reasons


@pytest.mark.parametrize("name", PEOPLE)
def test_a_mask_alone_leaves_enough(judged: Callable[..., Quality], name: str) -> None:
    quality = judged(name, mask)
    assert quality.measures["mouth_detail"] < 0.12
    assert quality.measures["eye_detail"] > 0.12
    assert "occluded_eyes" not in quality.reasons


@pytest.mark.parametrize("name", PEOPLE)
def test_a_face_in_noise_is_refused_with_that_word(
    judged: Callable[..., Quality], name: str
) -> None:
    assert "noise" in judged(name, grain).reasons


@pytest.mark.parametrize("light", [0.2, 1.0])
@pytest.mark.parametrize("blur", [0.0, 2.0])
@pytest.mark.parametrize("name", PEOPLE)
def test_neither_dark_nor_soft_light_hides_eyes(
    judged: Callable[..., Quality], name: str, blur: float, light: float
) -> None:
    def dim(photo: np.ndarray, points: np.ndarray) -> None:
        soft = cv2.GaussianBlur(photo, (0, 0), blur) if blur else photo
        photo[:] = (soft * light).astype(np.uint8)

    assert "occluded_eyes" not in judged(name, dim).reasons


@pytest.mark.parametrize("sigma", [5.0, 20.0, 50.0])
def test_noise_is_measured_in_grey_levels(sigma: float) -> None:
    ramp = np.repeat(np.linspace(60, 190, 112)[None, :, None], 112, axis=0)
    grey = ramp + np.random.default_rng(1).normal(0, sigma, (112, 112, 1))
    crop = np.repeat(grey, 3, axis=2).clip(0, 255).astype(np.uint8)
    assert measure_detail(crop)["noise"] == pytest.approx(sigma, rel=0.12)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 135.0])
@pytest.mark.parametrize("name", PEOPLE)
def test_a_face_that_moved_is_blurred_and_one_that_is_soft_is_not(
    judged: Callable[..., Quality], name: str, degrees: float
) -> None:
    def moved(photo: np.ndarray, points: np.ndarray) -> None:
        line = np.zeros((25, 25), np.float32)
        line[12] = 1 / 25
        turn = cv2.getRotationMatrix2D((12, 12), degrees, 1.0)
        photo[:] = cv2.filter2D(photo, -1, cv2.warpAffine(line, turn, (25, 25)))

    def soft(photo: np.ndarray, points: np.ndarray) -> None:
        photo[:] = cv2.GaussianBlur(photo, (0, 0), 1.5)

    assert "blurred" in judged(name, moved).reasons
    assert judged(name, soft).usable

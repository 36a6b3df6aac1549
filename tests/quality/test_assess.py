"""Each reason by itself, on crops made for it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mien.alignment import ARCFACE_112
from mien.quality import QualityLimits, Reason, assess, explain
from mien.quality.assess import measure_light, middle_grey, points_outside
from mien.quality.pose import HEAD_POINTS
from mien.records import Box, Face, Landmarks, Quality

LIMITS = QualityLimits()
SIZE_WH = (400, 400)
GOOD = np.random.default_rng(0).normal(120, 40, (112, 112, 3)).clip(0, 255).astype(np.uint8)


def face(side: float = 100, points: np.ndarray | None = None) -> Face:
    places = ARCFACE_112.points + 100 if points is None else points
    return Face(Box(100, 100, 100 + side, 120 + side), 0.9, Landmarks(places))


def judged(
    one: Face | None = None,
    crop: np.ndarray = GOOD,
    visible: float = 1.0,
    limits: QualityLimits = LIMITS,
) -> Quality:
    return assess(one or face(), crop, SIZE_WH, limits, visible)


def test_a_good_face_is_usable_and_has_every_measure() -> None:
    quality = judged()
    assert quality.usable
    assert quality.reasons == ()
    assert set(quality.measures) == {
        "side", "sharpness", "brightness", "contrast", "yaw_degrees", "pitch_degrees",
        "roll_degrees", "points_outside", "visible_share", "upright_score", "eye_detail",
        "mouth_detail", "noise", "smear",
    }  # fmt: skip
    assert quality.measures["side"] == 100


def test_a_small_face_is_small() -> None:
    assert judged(face(side=12)).reasons == ("small",)
    assert judged(face(side=LIMITS.minimum_side)).usable


def test_a_crop_without_fine_detail_is_blurred() -> None:
    waves = 120 + 60 * np.sin(np.arange(112) / 15)
    crop = np.broadcast_to(waves[None, :, None], (112, 112, 3)).astype(np.uint8)
    assert judged(crop=crop).reasons == ("blurred",)


def test_a_dark_crop_is_dark() -> None:
    dark = (GOOD * 0.08).astype(np.uint8)
    assert "dark" in judged(crop=dark).reasons
    assert "blurred" not in judged(crop=dark).reasons  # darkness alone takes no sharpness away


def test_a_bright_crop_is_bright() -> None:
    assert "bright" in judged(crop=np.minimum(GOOD * 2.5, 255).astype(np.uint8)).reasons


def test_a_crop_of_one_colour_is_flat_and_blurred_and_its_measures_are_finite() -> None:
    quality = judged(crop=np.full((112, 112, 3), 120, np.uint8))
    assert quality.reasons == ("flat", "blurred")
    assert all(np.isfinite(value) for value in quality.measures.values())


def test_a_face_with_a_point_outside_the_picture_is_cut_off() -> None:
    points = ARCFACE_112.points.copy()
    points[0, 0] = -1
    assert judged(face(points=points)).reasons == ("cut_off",)


def test_a_face_of_which_too_little_lies_in_the_picture_is_cut_off() -> None:
    assert judged(visible=LIMITS.minimum_visible_share - 0.01).reasons == ("cut_off",)
    assert judged(visible=LIMITS.minimum_visible_share).usable


@pytest.mark.parametrize("yaw", [-75, 75])
def test_a_profile_is_refused_only_where_that_is_asked_for(yaw: float) -> None:
    angle = np.radians(yaw)
    x, y, z = HEAD_POINTS.T
    points = np.stack([np.cos(angle) * x + np.sin(angle) * z, y], axis=1) + 150
    assert judged(face(points=points)).usable
    strict = replace(LIMITS, maximum_yaw_degrees=65.0)
    assert judged(face(points=points), limits=strict).reasons == ("profile",)


@pytest.mark.parametrize("roll", [0, 90, -90, 180, 50])
def test_a_rolled_face_is_usable_if_it_looks_like_one_once_it_is_upright(roll: float) -> None:
    angle = np.radians(roll)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (ARCFACE_112.points - 56) @ turn.T + 200
    assert judged(face(points=points)).usable
    unseen = judged(replace(face(points=points), upright_score=0.3))
    assert unseen.reasons == (("rolled",) if abs(roll) > 40 else ())


def test_a_face_without_points_is_judged_by_its_box_and_crop_alone() -> None:
    quality = judged(Face(Box(0, 0, 50, 50), 0.9))
    assert quality.usable
    assert not {"yaw_degrees", "pitch_degrees", "roll_degrees", "points_outside"} & set(
        quality.measures
    )
    assert judged(Face(Box(0, 0, 12, 50), 0.9)).reasons == ("small",)


def test_every_reason_is_explained_with_what_was_measured_and_expected() -> None:
    measures = {
        "side": 12.0, "sharpness": 1.5, "brightness": 7.0, "contrast": 2.0, "yaw_degrees": -70.0,
        "roll_degrees": 180.0, "points_outside": 2.0, "visible_share": 0.25,
    }  # fmt: skip
    quality = Quality(False, tuple(reason.value for reason in Reason), measures)
    text = explain(quality, LIMITS)
    for expected in (
        "small (12 px",
        "sharpness 1.5",
        "turned 70°",
        "2 of 5",
        "25 %",
        "rolled 180°",
    ):
        assert expected in text
    assert text.count(";") == len(Reason) - 1
    assert "\n" not in text


def test_sharpness_falls_with_blur_and_not_with_light() -> None:
    grey = middle_grey(GOOD)
    blurred = [measure_light(cv2.GaussianBlur(grey, (0, 0), s)).sharpness for s in (0.5, 1, 2, 4)]
    assert blurred == sorted(blurred, reverse=True)
    dimmed = measure_light((grey * 0.5).astype(np.uint8)).sharpness
    assert dimmed == pytest.approx(measure_light(grey).sharpness, rel=0.05)


def test_brightness_and_contrast_are_mean_and_standard_deviation() -> None:
    grey = middle_grey(GOOD)
    light = measure_light(grey)
    assert light.brightness == pytest.approx(grey.mean())
    assert light.contrast == pytest.approx(grey.std())


@pytest.mark.parametrize("level", [0, 1, 255])
def test_one_grey_has_no_sharpness(level: int) -> None:
    assert measure_light(np.full((80, 80), level, np.uint8)).sharpness == 0


def test_the_picture_s_edge_counts_as_inside() -> None:
    edge = Landmarks([[0, 0], [400, 0], [0, 400], [400, 400], [200, 200]])
    assert points_outside(edge, SIZE_WH) == 0
    beyond = Landmarks([[-0.1, 0], [400.1, 0], [0, 400.1], [400, -0.1], [200, 200]])
    assert points_outside(beyond, SIZE_WH) == 4

"""Is this face usable, and if not, why: reasons with their measures, never one opaque number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mien.checks import told_apart
from mien.quality.detail import measure_detail
from mien.quality.pose import pose_from_landmarks
from mien.records import Face, ImageArray, Landmarks, Quality


class Reason(StrEnum):
    """Why a face is not usable."""

    SMALL = "small"
    BLURRED = "blurred"
    DARK = "dark"
    BRIGHT = "bright"
    FLAT = "flat"
    PROFILE = "profile"
    UPSIDE_DOWN = "upside_down"
    CUT_OFF = "cut_off"
    ROLLED = "rolled"
    NOISE = "noise"
    OCCLUDED_EYES = "occluded_eyes"
    OCCLUDED_MOUTH = "occluded_mouth"
    UNRECOGNISABLE = "unrecognisable"


ROLLED_DEGREES = 40.0
LEAST = -1.66  # one in 1,000 photos of LFW is below
TURNED_DEGREES = 35.0  # of yaw: one eye may be out of sight then
HALF_HIDDEN = 0.2  # eye detail
LARGE_SIDE = 112.0  # pixels: at least as large as the crop


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """What a usable face must keep; ``docs/quality.md`` says where the defaults come from.

    Attributes:
        minimum_side: shorter side of the detected box, pixels.
        minimum_sharpness: see ``Light``.
        minimum_sharpness_large: the same for faces of ``LARGE_SIDE`` pixels and more, which no
            enlarging has softened.
        minimum_brightness, maximum_brightness: mean grey of the crop's middle, 0-255.
        minimum_contrast: standard deviation of the grey of the crop's middle, 0-128.
        maximum_yaw_degrees: beyond it half the face is hidden; that alone is no sign of an error.
        maximum_roll_degrees: beyond it the face, or the whole photo, is upside down.
        minimum_upright_score: how much a face rolled by more than ``ROLLED_DEGREES`` must look like
            one once it is turned upright by its points, 0-1.
        minimum_smear: see ``mien.quality.detail``; faces that moved are below.
        minimum_eye_detail: see ``mien.quality.detail``, for faces turned by at most
            ``TURNED_DEGREES``; what hides one eye or both makes different people alike. A mouth
            below it is hidden: that alone is no reason, but is one for eyes that are half hidden.
        minimum_recognisability: see ``mien.quality.recognisability``; log-odds.
        maximum_points_outside: how many of the five points may lie outside the picture.
        minimum_visible_share: how much of the aligned crop must lie inside the picture, 0-1.
    """

    minimum_side: float = 20.0
    minimum_sharpness: float = 5.0
    minimum_sharpness_large: float = 6.5
    minimum_brightness: float = 15.0
    maximum_brightness: float = 225.0
    minimum_contrast: float = 5.0
    maximum_yaw_degrees: float = 180.0
    maximum_roll_degrees: float = 180.0
    maximum_points_outside: int = 0
    minimum_visible_share: float = 0.4
    minimum_upright_score: float = 0.6
    minimum_smear: float = 1.3
    minimum_eye_detail: float = 0.04
    minimum_recognisability: float = LEAST

    @classmethod
    def none(cls) -> QualityLimits:
        """Limits that every face keeps: for evaluation, where each photo must count."""
        return cls(
            minimum_side=0.0,
            minimum_sharpness=0.0,
            minimum_sharpness_large=0.0,
            minimum_brightness=0.0,
            maximum_brightness=255.0,
            minimum_contrast=0.0,
            minimum_visible_share=0.0,
            maximum_yaw_degrees=180.0,
            maximum_roll_degrees=180.0,
            maximum_points_outside=5,
            minimum_upright_score=0.0,
            minimum_smear=0.0,
            minimum_eye_detail=0.0,
            minimum_recognisability=-math.inf,
        )


def assess(
    face: Face,
    crop: ImageArray,
    picture_size_wh: tuple[int, int],
    limits: QualityLimits,
    visible_share: float = 1.0,
) -> Quality:
    """Measure a detected face and hold it against the limits.

    Args:
        face: in the picture's pixels.
        crop: the aligned crop, ``(S, S, 3) uint8``, RGB.
        picture_size_wh: of the upright picture.
        limits: what a usable face must keep.
        visible_share: how much of the crop lies inside the picture, 0-1.

    Returns:
        ``usable`` with no reason, or the reasons; ``measures`` holds every number either way.
        Without landmarks the pose and the points outside are not measured, so they are no reason
        either: the box alone can be usable.
    """
    light = measure_light(middle_grey(crop))
    measures = {
        "side": min(face.box.width, face.box.height),
        "sharpness": light.sharpness,
        "brightness": light.brightness,
        "contrast": light.contrast,
        "visible_share": visible_share,
        **measure_detail(crop),
    }
    if face.landmarks is not None:
        pose = pose_from_landmarks(face.landmarks)
        measures |= {
            "yaw_degrees": pose.yaw_degrees,
            "pitch_degrees": pose.pitch_degrees,
            "roll_degrees": pose.roll_degrees,
            "upright_score": 1.0 if face.upright_score is None else face.upright_score,
            "points_outside": float(points_outside(face.landmarks, picture_size_wh)),
        }
    in_sight = (
        abs(measures.get("yaw_degrees", 90.0)) <= TURNED_DEGREES
        and measures["contrast"] >= limits.minimum_contrast
    )
    broken = {
        Reason.SMALL: measures["side"] < limits.minimum_side,
        Reason.CUT_OFF: measures.get("points_outside", 0.0) > limits.maximum_points_outside
        or visible_share < limits.minimum_visible_share,
        Reason.DARK: measures["brightness"] < limits.minimum_brightness,
        Reason.BRIGHT: measures["brightness"] > limits.maximum_brightness,
        Reason.FLAT: measures["contrast"] < limits.minimum_contrast,
        Reason.BLURRED: measures["sharpness"] < _sharpness_limit(measures["side"], limits)
        or measures["smear"] < limits.minimum_smear,
        Reason.OCCLUDED_EYES: in_sight and measures["eye_detail"] < limits.minimum_eye_detail,
        Reason.OCCLUDED_MOUTH: in_sight
        and measures["mouth_detail"] < limits.minimum_eye_detail
        and measures["eye_detail"] < HALF_HIDDEN,
        Reason.PROFILE: abs(measures.get("yaw_degrees", 0.0)) > limits.maximum_yaw_degrees,
        Reason.ROLLED: abs(measures.get("roll_degrees", 0.0)) > ROLLED_DEGREES
        and measures.get("upright_score", 1.0) < limits.minimum_upright_score,
        Reason.UPSIDE_DOWN: abs(measures.get("roll_degrees", 0.0)) > limits.maximum_roll_degrees,
    }
    reasons = tuple(reason.value for reason, is_broken in broken.items() if is_broken)
    return Quality(usable=not reasons, reasons=reasons, measures=measures)


def explain(quality: Quality, limits: QualityLimits) -> str:
    """The reasons as one line with what was measured and what was expected."""
    measured = quality.measures

    def told(words: str, name: str, limit: float, digits: int = 0) -> str:
        return words.format(*told_apart(abs(measured.get(name, 0.0)), limit, digits))

    least, most = ", expected at least {}", ", expected at most {}"
    sharpness = _sharpness_limit(measured.get("side", 0.0), limits)
    sentences = {
        Reason.SMALL: told("{} px across" + least, "side", limits.minimum_side),
        Reason.CUT_OFF: f"{measured.get('points_outside', 0):.0f} of 5 points outside the picture, "
        f"{100 * measured.get('visible_share', 1):.0f} % of the face inside it",
        Reason.DARK: told("mean grey {}" + least, "brightness", limits.minimum_brightness),
        Reason.BRIGHT: told("mean grey {}" + most, "brightness", limits.maximum_brightness),
        Reason.FLAT: told("contrast {}" + least, "contrast", limits.minimum_contrast, 1),
        Reason.BLURRED: told("sharpness {}" + least, "sharpness", sharpness, 1)
        if measured.get("sharpness", 0.0) < sharpness
        else told("moved: {}" + least, "smear", limits.minimum_smear, 1),
        Reason.PROFILE: told("turned {}°" + most + "°", "yaw_degrees", limits.maximum_yaw_degrees),
        Reason.ROLLED: "no face is seen where its points say",
        Reason.NOISE: f"of {measured.get('noise', 0):.0f} grey levels: nothing to compare is left",
        Reason.OCCLUDED_EYES: told("detail {}" + least, "eye_detail", limits.minimum_eye_detail, 2),
        Reason.OCCLUDED_MOUTH: "nothing to compare is left",
        Reason.UNRECOGNISABLE: "noise, blur or something before it leave nothing to compare",
        Reason.UPSIDE_DOWN: told(
            "rolled {}°" + most + "°", "roll_degrees", limits.maximum_roll_degrees
        ),
    }
    return "; ".join(
        f"{reason.replace('_', ' ')} ({sentences[Reason(reason)]})" for reason in quality.reasons
    )


def middle_grey(crop: ImageArray) -> ImageArray:
    """The middle of an aligned crop, without hair and background, as ``(h, w) uint8`` grey."""
    import cv2

    size = crop.shape[0]
    edge = size // 7
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey[edge : size - edge // 2, edge : size - edge], dtype=np.uint8)


def _sharpness_limit(side: float, limits: QualityLimits) -> float:
    return limits.minimum_sharpness_large if side >= LARGE_SIDE else limits.minimum_sharpness


@dataclass(frozen=True, slots=True)
class Light:
    """What a grey crop's pixels say.

    Attributes:
        brightness: mean grey, 0-255.
        contrast: standard deviation of the grey, 0-128.
        sharpness: how much fine detail there is: 0 for a flat crop, about 17 for a good photo.
    """

    brightness: float
    contrast: float
    sharpness: float


def measure_light(grey: ImageArray) -> Light:
    """Brightness, contrast and sharpness of a grey crop, ``(h, w) uint8``.

    Sharpness is the standard deviation of the Laplacian (Pertuz et al., "Analysis of focus
    measure operators", Pattern Recognition 2013, LAP4), times 100 and divided by the geometric
    mean of brightness and contrast, so that a dark or soft light alone does not look like blur.
    """
    import cv2

    brightness, contrast = (float(value[0, 0]) for value in cv2.meanStdDev(grey))
    detail = float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_32F))[1][0, 0])
    light = brightness * contrast
    return Light(brightness, contrast, 100.0 * detail / math.sqrt(light) if light > 0 else 0.0)


def points_outside(landmarks: Landmarks, picture_size_wh: tuple[int, int]) -> int:
    """How many of the five points lie outside the picture."""
    width, height = picture_size_wh
    return sum(not (0.0 <= x <= width and 0.0 <= y <= height) for x, y in landmarks.points.tolist())

"""Photos made worse, one way at a time: rolled, noisy, blurred, dark, compressed, small, hidden.

``GRID`` is the table that `mien evaluate robustness` goes through. Pixel coordinates are those of
``mien.records``: the origin is the upper left corner of the upper left pixel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidOption
from mien.evaluation import Condition
from mien.records import Face, FloatArray, ImageArray

Degrade = Callable[[ImageArray, Face, np.random.Generator], ImageArray]
"""From an ``(H, W, 3) uint8`` RGB picture, its face and a source of chance to another picture."""

SENSOR_NOISE = 15.0  # of a photo taken in the dark
NORMAL, LARGE = 0.62, 0.85  # dark glasses, in eye distances


@dataclass(frozen=True, slots=True)
class Degradation(Condition):
    """One way at one level.

    Attributes:
        degrade: does it.
        roll_degrees: how far it turns the photo clockwise; every other one leaves all in place.
    """

    degrade: Degrade
    roll_degrees: float = 0.0

    def places(self, points: FloatArray, size_wh: tuple[int, int]) -> FloatArray:
        """Where points ``(N, 2)`` of a picture of that size lie afterwards."""
        matrix, _ = roll_matrix(size_wh, self.roll_degrees)
        moved = np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]
        return moved.astype(np.float32)


# Rolls --------------------------------------------------------------------------------------


def roll_matrix(
    size_wh: tuple[int, int], degrees: float
) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The clockwise turn ``(2, 3)`` of a picture, and the size that holds all of it."""
    turn = math.radians(degrees)
    cosine, sine = round(math.cos(turn), 12), round(math.sin(turn), 12)  # quarters are exact
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    size = np.ceil(np.abs(rotation) @ np.asarray(size_wh) - 1e-6)
    shift = size / 2 - rotation @ (np.asarray(size_wh) / 2)
    return np.column_stack([rotation, shift]), (int(size[0]), int(size[1]))


def roll(degrees: float) -> Degrade:
    """A head or a camera that is tilted; what was outside the photo is black."""

    def turned(photo: ImageArray, _: Face, __: np.random.Generator) -> ImageArray:
        if degrees % 90 == 0:
            return np.ascontiguousarray(np.rot90(photo, -int(degrees // 90)))
        matrix, size = roll_matrix(photo.shape[1::-1], degrees)
        matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from pixels' middles
        return _picture(cv2.warpAffine(photo, matrix, size, flags=cv2.INTER_CUBIC))

    return turned


# Light, lens and file -----------------------------------------------------------------------


def noise(sigma: float, light: float = 1.0) -> Degrade:
    """Of a sensor, in ``light`` times the light."""

    def noisy(photo: ImageArray, _: Face, rng: np.random.Generator) -> ImageArray:
        grain = rng.standard_normal(photo.shape, dtype=np.float32)
        return _picture(photo * np.float32(light) + np.float32(sigma) * grain)

    return noisy


def dark_noise(light: float) -> Degrade:
    """A photo taken in so much of the light, as it comes from the sensor."""
    return noise(SENSOR_NOISE, light)


def tone(gains: float | Sequence[float]) -> Degrade:
    """More or less light, of all colours or of red, green and blue."""
    return lambda photo, *_: _picture(photo * np.asarray(gains, dtype=np.float32))


def contrast(share: float) -> Degrade:
    """Mist: all pixels nearer to their mean."""
    return lambda photo, *_: _picture(photo.mean() + share * (photo - photo.mean()))


def grey(photo: ImageArray, _: Face, __: np.random.Generator) -> ImageArray:
    """Without colours."""
    return _picture(cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def blur(sigma: float) -> Degrade:
    """Out of focus."""
    return lambda photo, *_: _picture(cv2.GaussianBlur(photo, (0, 0), sigma))


def motion(pixels: int, degrees: float | None = None) -> Degrade:
    """A hand that moved so many pixels, across or down; by chance in any direction."""

    def moved(photo: ImageArray, _: Face, rng: np.random.Generator) -> ImageArray:
        turn = math.radians(rng.uniform(0, 180) if degrees is None else degrees)
        step = np.array([math.cos(turn), math.sin(turn)])
        along = np.arange(pixels) - (pixels - 1) / 2
        path = np.outer(along, step / np.abs(step).max()) + (pixels - 1) / 2
        across, down = np.round(path).astype(int).T
        kernel = np.zeros((pixels, pixels), np.float32)
        kernel[down, across] = 1 / pixels
        return _picture(cv2.filter2D(photo, -1, kernel))

    return moved


def jpeg(quality: int) -> Degrade:
    """Saved with too few bytes."""

    def saved(photo: ImageArray, _: Face, __: np.random.Generator) -> ImageArray:
        how = [cv2.IMWRITE_JPEG_QUALITY, quality]
        file = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), how)[1]
        read = np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR))
        return _picture(cv2.cvtColor(read, cv2.COLOR_BGR2RGB))

    return saved


def small(pixels: int) -> Degrade:
    """A face whose shorter side was so many pixels, enlarged again; smaller ones stay."""

    def enlarged(photo: ImageArray, face: Face, _: np.random.Generator) -> ImageArray:
        scale = pixels / min(face.box.width, face.box.height)
        return photo if scale >= 1 else resized(resized(photo, scale), photo.shape[1::-1])

    return enlarged


def resized(photo: ImageArray, size: float | tuple[int, ...]) -> ImageArray:
    """A picture so many times as large, or of that width and height."""
    if isinstance(size, float):
        size = tuple(max(1, round(side * size)) for side in photo.shape[1::-1])
    less = size[0] < photo.shape[1]
    return _picture(
        cv2.resize(photo, size, interpolation=cv2.INTER_AREA if less else cv2.INTER_CUBIC)
    )


# What hides a face --------------------------------------------------------------------------


def glasses(size: float) -> Degrade:
    """Dark glasses, each so many eye distances wide, or a little more."""

    def wear(photo: ImageArray, face: Face, _: np.random.Generator) -> ImageArray:
        worn, points = photo.copy(), _points(face)
        apart = float(np.linalg.norm(points[1] - points[0]))
        axes = (int(size * apart * 0.62), int(size * apart / 2))
        roll_degrees = math.degrees(math.atan2(*(points[1] - points[0])[::-1]))
        for x, y in points[:2].astype(int).tolist():
            cv2.ellipse(worn, (x, y), axes, roll_degrees, 0, 360, (15, 15, 15), -1)
        return worn

    return wear


def mask(photo: ImageArray, face: Face, _: np.random.Generator) -> ImageArray:
    """A pale mask from the nose to the chin."""
    across, down, nose, mouth = _frame(_points(face))
    edge = [nose - 0.9 * across, nose + 0.9 * across, mouth + 0.8 * across + 0.3 * down]
    edge += [mouth + 0.75 * down, mouth - 0.8 * across + 0.3 * down]
    return _covered(photo, edge, (200, 210, 220))


def half(photo: ImageArray, face: Face, rng: np.random.Generator) -> ImageArray:
    """A wall before the left or the right half of the face, by chance."""
    points = _points(face)
    across, down, _, mouth = _frame(points)
    side, eyes = rng.choice([-1, 1]) * 1.6 * across, points[:2].mean(axis=0)
    top, bottom = eyes - 1.2 * down, mouth + 0.9 * down
    return _covered(photo, [top, top + side, bottom + side, bottom], (110, 110, 110))


def together(*ways: Degrade) -> Degrade:
    """One after another."""

    def degraded(photo: ImageArray, face: Face, rng: np.random.Generator) -> ImageArray:
        for way in ways:
            photo = way(photo, face, rng)
        return photo

    return degraded


def _points(face: Face) -> FloatArray:
    if face.landmarks is None:
        raise InvalidOption("degradation: expected a face with five points, got one without")
    return face.landmarks.points


def _frame(points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """From eye to eye, as far down, the nose, the middle of the mouth."""
    across = points[1] - points[0]
    return across, np.array([-across[1], across[0]]), points[2], points[3:].mean(axis=0)


def _covered(
    photo: ImageArray, edge: Sequence[FloatArray], colour: tuple[int, int, int]
) -> ImageArray:
    return _picture(cv2.fillPoly(photo.copy(), [np.array(edge).astype(np.int32)], colour))


def _picture(pixels: object) -> ImageArray:
    """Bytes; what is too dark or too bright is cut off."""
    array = np.asarray(pixels)
    if array.dtype == np.uint8:
        return array
    clipped: ImageArray = np.clip(array, 0, 255).astype(np.uint8)
    return clipped


# The table ----------------------------------------------------------------------------------


def _levels(
    name: str, words: str, make: Callable[[Any], Degrade], levels: Sequence[float]
) -> tuple[Degradation, ...]:
    return tuple(
        Degradation(name, level, words.format(level), make(level), level if make is roll else 0.0)
        for level in levels
    )


def _kinds(name: str, **kinds: Degrade) -> tuple[Degradation, ...]:
    return tuple(
        Degradation(name, kind.replace("_", " "), kind.replace("_", " "), way)
        for kind, way in kinds.items()
    )


GRID: dict[str, tuple[Degradation, ...]] = {
    "roll": _levels("roll", "{}°", roll, range(0, 360, 15)),
    "noise": _levels("noise", "σ {}", noise, (10, 20, 40, 60, 80)),
    "blur": _levels("blur", "σ {}", blur, (1, 2, 4, 6)),
    "motion": _levels("motion", "{} px", motion, (5, 11, 21)),
    "dark": _levels("dark", "× {}", tone, (0.5, 0.25, 0.12)),
    "dark-noise": _levels("dark-noise", "× {}", dark_noise, (0.5, 0.25, 0.12)),
    "bright": _levels("bright", "× {}", tone, (1.5, 2, 3)),
    "contrast": _levels("contrast", "× {}", contrast, (0.5, 0.25, 0.12)),
    "jpeg": _levels("jpeg", "quality {}", jpeg, (50, 20, 10, 5)),
    "small": _levels("small", "{} px", small, (60, 40, 30, 20)),
    "tint": _kinds(
        "tint",
        warm=tone((1.2, 1.0, 0.6)),
        cold=tone((0.6, 1.0, 1.2)),
        green=tone((0.6, 1.1, 0.6)),
        red=tone((1.1, 0.3, 0.3)),
    ),
    "grey": _kinds("grey", no_colour=grey),
    "occluder": _kinds(
        "occluder",
        dark_glasses=glasses(NORMAL),
        large_dark_glasses=glasses(LARGE),
        mask=mask,
        dark_glasses_and_mask=together(glasses(NORMAL), mask),
        half_of_the_face=half,
    ),
}


def choose_degradations(names: Sequence[str] = ()) -> tuple[Degradation, ...]:
    """The rows of the table with these names, in its order; all of them without a name.

    Raises:
        InvalidOption: a name that is not in the table.
    """
    unknown = [name for name in names if name not in GRID]
    if unknown:
        raise InvalidOption(
            f"degradation: expected one of {', '.join(GRID)}, got {unknown[0][:80]!r}"
        )
    return tuple(one for name in GRID if not names or name in names for one in GRID[name])

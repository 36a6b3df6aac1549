"""Annotated pictures: a frame around each face and a plate with the name."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from mien.checks import check_rgb
from mien.errors import InvalidOption
from mien.images import fonts, shapes
from mien.images.decode import read_image
from mien.images.door import ImageSource, hold
from mien.images.lettering import Lettering, Line, Run
from mien.images.placement import place_plates
from mien.process import no_fork
from mien.records import Box, ImageArray, Landmarks, Outcome

# An Outcome is its own string, so either form is understood.
Tone = Outcome | Literal["known", "unknown", "ambiguous", "low_quality"]

_TONES: Final[Mapping[str, shapes.Colour]] = {
    "known": (52, 211, 153),
    "unknown": (251, 113, 133),
    "ambiguous": (251, 191, 36),
    "low_quality": (203, 213, 225),
}
_PLATE: Final = (15, 23, 42)
_TEXT: Final = (255, 255, 255)
_DETAIL: Final = (203, 213, 225)
_SMALLEST_LETTERS, _LARGEST_LETTERS = 11, 96


@dataclass(frozen=True, slots=True)
class Label:
    """What is drawn of one face.

    Attributes:
        box: pixels of the picture; may reach beyond it.
        text: the name, one line; cut with an ellipsis where it is too long.
        detail: a short second text, such as ``"0.71"``.
        tone: the outcome that gives the colour.
        landmarks: drawn as dots where given.
    """

    box: Box
    text: str
    detail: str = ""
    tone: Tone = "known"
    landmarks: Landmarks | None = None


@dataclass(frozen=True, slots=True)
class _Plate:
    """A label's writing with its measures in pixels; ``size`` is that of the letters."""

    text: Line
    detail: Line
    size: int

    @property
    def lines(self) -> list[tuple[Line, shapes.Colour]]:
        both = ((self.text, _TEXT), (self.detail, _DETAIL))
        return [(line, colour) for line, colour in both if line.runs]

    @property
    def dot(self) -> float:
        return 0.5 * self.size

    @property
    def padding(self) -> float:
        return 0.55 * self.size

    @property
    def height(self) -> float:
        return round(1.75 * self.size)

    @property
    def width(self) -> float:
        written = sum(self.gap + line.width for line, _ in self.lines)
        return math.ceil(2 * self.padding + self.dot + written)

    @property
    def gap(self) -> float:
        return 0.45 * self.size


@no_fork()
def annotate(
    image: ImageSource,
    labels: Sequence[Label],
    *,
    font: str | os.PathLike[str] | Lettering | None = None,
) -> ImageArray:
    """Draw faces and names into a copy of a picture.

    Letters and lines grow with the picture and the face. Plates stay inside
    the picture and off one another where there is room.

    Args:
        image: ``(H, W, 3) uint8``, RGB, of any size; or the photo, as ``read_image`` takes it.
        labels: one per face, in pixels of the upright picture.
        font: a font file that is taken for the letters it has, before those of this machine; or
            a ``Lettering``, whose ``stand_ins`` tell which names no font here has the letters of,
            and what is drawn in their place.

    Returns:
        A new ``(H, W, 3) uint8``, RGB.

    Raises:
        InputError: a photo that cannot be used.
        InvalidOption: a box that is not finite or has no area, an unknown tone, or no font.
        SourceNotFound: there is no such font file.
    """
    lettering = font if isinstance(font, Lettering) else Lettering(font)
    canvas = _canvas(image)
    for label in labels:
        _check_label(label)
    plates = [_plate(canvas, label, lettering) for label in labels]
    written = [index for index, plate in enumerate(plates) if plate.lines]
    boxes = place_plates(
        [labels[index].box for index in written],
        [(plates[index].width, plates[index].height) for index in written],
        Box(2, 2, canvas.shape[1] - 2, canvas.shape[0] - 2),
        gap=2 + 1.2 * _line_width(canvas, max((label.box.width for label in labels), default=1)),
    )
    for label in labels:
        _draw_frame(canvas, label)
    for index, box in zip(written, boxes, strict=True):
        _draw_plate(canvas, box, plates[index], _TONES[labels[index].tone])
    return canvas


def _canvas(image: ImageSource) -> ImageArray:
    """A picture of one's own to draw in; what is pixels already may have any size."""
    if isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.shape[2:] == (3,):
        return check_rgb(image).copy()
    held = hold(image)
    return read_image(held) if isinstance(held, bytes) else held


def _check_label(label: Label) -> None:
    if not np.isfinite(label.box.xyxy).all() or label.box.width <= 0 or label.box.height <= 0:
        raise InvalidOption(f"label: expected a box with an area, got {label.box}")
    if label.tone not in _TONES:
        raise InvalidOption(f"label: expected a tone of {', '.join(_TONES)}, got {label.tone!r}")


def _line_width(canvas: ImageArray, face_width: float) -> float:
    short_side = min(canvas.shape[:2])
    return float(
        np.clip(0.018 * face_width, max(1.25, 0.0022 * short_side), 0.008 * short_side + 1)
    )


def _letter_size(canvas: ImageArray, face_width: float) -> int:
    """Pixels: a seventh of the face, but never unreadable in the picture and never shouting."""
    short_side = min(canvas.shape[:2])
    low = max(_SMALLEST_LETTERS, 0.018 * short_side)
    high = max(low, min(_LARGEST_LETTERS, 0.034 * short_side))
    return round(float(np.clip(face_width / 7, low, high)))


def _plate(canvas: ImageArray, label: Label, lettering: Lettering) -> _Plate:
    size = _letter_size(canvas, label.box.width)
    room = min(0.6 * canvas.shape[1], max(1.8 * label.box.width, 14 * size))
    detail = lettering.line(label.detail, size, 0.3 * canvas.shape[1])
    return _Plate(lettering.line(label.text, size, room), detail, size)


def _draw_frame(canvas: ImageArray, label: Label) -> None:
    width = _line_width(canvas, label.box.width)
    radius = 0.08 * min(label.box.width, label.box.height)
    colour = _TONES[label.tone]
    # A dark rim on both sides keeps a light line visible on a light background.
    shapes.stroke(canvas, label.box, radius, _PLATE, width + max(2.0, 0.8 * width), 0.45)
    shapes.stroke(canvas, label.box, radius, colour, width)
    if label.landmarks is not None:
        dot = max(1.2, 0.016 * label.box.width)
        for x, y in label.landmarks.points.tolist():
            point = Box(x - dot, y - dot, x + dot, y + dot)
            shapes.fill(canvas, shapes.grown(point, max(0.8, 0.4 * dot)), 1e9, _PLATE, 0.55)
            shapes.fill(canvas, point, 1e9, colour)


def _draw_plate(canvas: ImageArray, box: Box, plate: _Plate, colour: shapes.Colour) -> None:
    radius = 0.32 * box.height
    shapes.fill(canvas, box, radius, _PLATE, 0.86)
    shapes.stroke(canvas, shapes.grown(box, -0.5), radius, _TEXT, 1.0, 0.22)
    middle = (box.y1 + box.y2) / 2
    left = box.x1 + plate.padding
    dot = Box(left, middle - plate.dot / 2, left + plate.dot, middle + plate.dot / 2)
    shapes.fill(canvas, dot, 1e9, colour)
    left += plate.dot
    for line, shade in plate.lines:
        left += plate.gap
        for run in line.runs:
            _write(canvas, left, middle, run, plate, shade)
            left += run.width(plate.size)


def _write(
    canvas: ImageArray, left: float, middle: float, run: Run, plate: _Plate, colour: shapes.Colour
) -> None:
    """Write one run; ``middle`` is the height of the middle of its capitals."""
    from PIL import Image, ImageDraw

    top, start = max(0, math.floor(middle - plate.height)), max(0, math.floor(left) - 2)
    patch = canvas[top : math.ceil(middle + plate.height), start:]
    patch = patch[:, : math.ceil(run.width(plate.size)) + 2 * plate.size]
    if patch.size == 0:
        return
    mask = Image.new("L", (patch.shape[1], patch.shape[0]))
    # All runs stand on one line, whatever capitals their own fonts have, if any.
    capitals = Run("H", fonts.BUNDLED).loaded(plate.size).getbbox("H", anchor="ls")
    baseline = round(middle - (capitals[1] + capitals[3]) / 2) - top
    place, font = (left - start, baseline), run.loaded(plate.size)
    ImageDraw.Draw(mask).text(place, run.text, fill=255, font=font, anchor="ls")
    shapes.lay(patch, np.asarray(mask, np.float32) / np.float32(255), colour)

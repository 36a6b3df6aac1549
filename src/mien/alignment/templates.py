"""Where the five points of a face belong in a crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.errors import InvalidOption
from mien.records import FloatArray


@dataclass(frozen=True, slots=True)
class Template:
    """A crop's size and the places of the five points in it, pixels, x then y."""

    name: str
    size: int
    points_xy: tuple[tuple[float, float], ...]

    @property
    def points(self) -> FloatArray:
        """``(5, 2) float32`` in the order of ``Landmarks``."""
        return np.asarray(self.points_xy, dtype=np.float32)

    def resized(self, size: int) -> Template:
        """The same view of the face in a crop of another size."""
        factor = size / self.size
        points = tuple((x * factor, y * factor) for x, y in self.points_xy)
        return Template(self.name, size, points)

    def loosened(self, name: str, share: float) -> Template:
        """The same crop with more around the face: its points at ``share`` of their distance
        from the crop's centre.
        """
        centre = self.size / 2
        points = tuple(
            (centre + share * (x - centre), centre + share * (y - centre))
            for x, y in self.points_xy
        )
        return Template(name, self.size, points)


ARCFACE_112 = Template(
    # Deng et al., "ArcFace", CVPR 2019, section 3: the crop of 112 x 112 and its five points,
    # as published with their code; SFace was trained on the same crop.
    "arcface-112",
    112,
    (
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ),
)

DLIB_150 = Template(
    # dlib cuts its chip by the corners of the eyes and the base of the nose; these are the mean
    # places of YuNet's five points in such chips, printed by benchmarks/dlib_template.py.
    "dlib-150",
    150,
    (
        (46.46, 45.16),
        (102.54, 45.16),
        (74.50, 77.17),
        (50.51, 102.07),
        (98.49, 102.07),
    ),
)

# VGG-Face and VGGFace2 were trained on boxes of a detector with a margin around them, without
# points, so there is no published place for the five. This is our choice: ArcFace's view with
# more around it, the eyes 27 % of the side apart instead of 31 %; docs/vggface.md says why.
VGGFACE_224 = ARCFACE_112.resized(224).loosened("vggface-224", 0.85)

TEMPLATES = {template.name: template for template in (ARCFACE_112, DLIB_150, VGGFACE_224)}


def find_template(name: str, size: int) -> Template:
    """The template of that name for a crop of ``size`` × ``size`` pixels.

    Raises:
        InvalidOption: there is none of that name.
    """
    template = TEMPLATES.get(name)
    if template is None:
        raise InvalidOption(f"template: expected one of {', '.join(TEMPLATES)}, got {name!r}")
    return template if template.size == size else template.resized(size)

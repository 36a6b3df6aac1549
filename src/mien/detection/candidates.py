"""Candidates for faces, and what a further look at one sees: geometry, no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien.detection.decode import RawFaces
from mien.detection.faces import roll_of
from mien.detection.patches import Patch
from mien.records import FloatArray

SURE = 0.9  # score of O-Net
BEYOND_DOUBT = 0.92  # score of YuNet from which on a face is not looked at upside down
UPRIGHT_DEGREES = 40.0  # a face rolled by more is never settled without YuNet's look
SAME_ROLL_DEGREES = 15.0
NEAR = 0.15  # of the box's longer side: points that differ less on the mean agree
BELIEVABLE, FARTHEST = 0.5, 0.25  # O-Net's least score, and NEAR where nothing else is known
TURNED = 0.6  # the nose's way from the middle, in half eye distances: about 35 degrees
HARD = 0.85  # below this score YuNet is not sure of a face
SEEN = 0.3  # the least score of a look that counts as a face


@dataclass(frozen=True, slots=True)
class Seen:
    """A face in one look: how sure the network is, and where the points are in the picture."""

    score: float
    points: FloatArray
    size_wh: tuple[float, float] = (0.0, 0.0)
    middle: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A face before its roll is settled."""

    picture: int
    box: FloatArray
    points: FloatArray | None
    score: float
    upright_score: float = 0.0
    second_points: FloatArray | None = None

    @property
    def roll(self) -> float:
        return 0.0 if self.points is None else roll_of(self.points)

    @property
    def side(self) -> float:
        return max(float((self.box[2:] - self.box[:2]).max()), 1.0)


def turn_between(first: float, second: float) -> float:
    """How far one roll lies clockwise of another, degrees, -180 to 180."""
    return (first - second + 180.0) % 360.0 - 180.0


def agrees(one: Candidate, pointed: Seen) -> bool:
    """Whether O-Net sees a nearly upright face where the candidate's points say that it is."""
    if one.points is None:
        return pointed.score >= SURE and abs(roll_of(pointed.points)) < SAME_ROLL_DEGREES
    roll = one.roll
    apart = float(np.linalg.norm(pointed.points - one.points, axis=1).mean()) / one.side
    return (
        pointed.score >= SURE
        and apart <= NEAR
        and abs(roll) <= UPRIGHT_DEGREES
        and abs(turn_between(roll_of(pointed.points), roll)) <= SAME_ROLL_DEGREES
    )


def settled_by(
    one: Candidate, pointed: Seen, upright_score: float, minimum_score: float
) -> Candidate:
    """The candidate with O-Net's points."""
    score = one.score if one.score >= minimum_score else upright_score
    return replace(one, points=pointed.points, score=score, upright_score=upright_score)


def is_turned(points: FloatArray | None) -> bool:
    """Whether a face looks to the side: its nose is far from the middle between its eyes."""
    if points is None:
        return False
    eyes = points[1] - points[0]
    aside = float((points[2] - points[:2].mean(axis=0)) @ eyes)
    return abs(aside) > TURNED * float(eyes @ eyes) / 2


def with_second_look(one: Candidate, look: Seen | None) -> Candidate:
    """The candidate with RetinaFace's points, in place of its own or beside them."""
    if look is None or look.score < BELIEVABLE:
        return one
    if abs(turn_between(roll_of(look.points), one.roll)) > 2 * SAME_ROLL_DEGREES:
        return one
    if one.score < HARD:
        return replace(one, points=look.points)
    return replace(one, second_points=look.points)


def middle_of(faces: RawFaces | None, patch: Patch) -> Seen | None:
    """The face in the middle of a patch in the pixels of the picture, if it is one."""
    if faces is None or faces.scores[0] < SEEN:
        return None
    box = faces.boxes[0]
    middle = patch.to_picture((box[:2] + box[2:]) / 2)
    width, height = ((box[2:] - box[:2]) * patch.scale).tolist()
    points = patch.to_picture(faces.points[0])
    return Seen(
        float(faces.scores[0]), points, (width, height), (float(middle[0]), float(middle[1]))
    )


def at_distinct_rolls(looks: Iterable[Seen | None]) -> list[Seen]:
    """The faces that were seen, the surest first; of those at nearly one roll the surest."""
    kept: list[Seen] = []
    for look in sorted(filter(None, looks), key=lambda one: -one.score):
        roll = roll_of(look.points)
        if all(abs(turn_between(roll, roll_of(one.points))) > SAME_ROLL_DEGREES for one in kept):
            kept.append(look)
    return kept[:4]


def placed_at(one: Candidate, look: Seen) -> tuple[Candidate, float]:
    """A candidate where a look saw its face, and the roll there: the box is a square."""
    half, middle = max(look.size_wh) / 2, np.array(look.middle)
    box = np.concatenate([middle - half, middle + half]).astype(np.float32)
    return replace(one, box=box), roll_of(look.points)


def rolled_box(look: Seen, roll_degrees: float) -> FloatArray:
    """The box around the ellipse that a rolled face fills of its upright box."""
    angle = np.radians(roll_degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    half = np.sqrt(turn**2 @ (np.array(look.size_wh) / 2) ** 2)
    middle: NDArray[np.float64] = np.array(look.middle)
    return np.concatenate([middle - half, middle + half]).astype(np.float32)

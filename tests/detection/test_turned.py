"""Second looks at weak faces, with a detector whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from mien.detection.decode import RawFaces
from mien.detection.turned import SIDE, settle_turns
from mien.records import ImageArray

BOX = np.array([60, 40, 140, 160], np.float32)
POINTS = np.array([[80, 80], [120, 82], [101, 102], [84, 130], [118, 131]], np.float32)
NOTHING = RawFaces(np.empty((0, 4), "f4"), np.empty((0, 5, 2), "f4"), np.empty(0, "f4"))


def weak(score: float = 0.8) -> RawFaces:
    return RawFaces(BOX[None], POINTS[None] + 3, np.array([score], np.float32))


def marked_photo() -> ImageArray:
    """Grey, with each of the five points as a spot of a colour of its own."""
    photo = np.full((200, 220, 3), 90, np.uint8)
    for index, (x, y) in enumerate(POINTS.astype(int)):
        photo[y - 3 : y + 3, x - 3 : x + 3] = (0, 255, 40 * index)
    return photo


def spots(patch: ImageArray) -> np.ndarray:
    """Where the spots of ``marked_photo`` lie in a patch."""
    places = []
    for index in range(5):
        near = np.abs(patch.astype(int) - (0, 255, 40 * index)).sum(axis=2) < 30
        rows, columns = np.nonzero(near)
        places.append((columns.mean() + 0.5, rows.mean() + 0.5))
    return np.array(places, np.float32)


@pytest.mark.parametrize("best", [0, 1, 2, 3])
def test_the_best_turn_is_turned_back_into_the_photo(best: int) -> None:
    def look(patches: list[ImageArray]) -> list[RawFaces]:
        assert [patch.shape for patch in patches] == [(SIDE, SIDE, 3)] * 4
        answers = []
        for turns, patch in enumerate(patches):
            points = spots(patch)
            box = np.concatenate([points.min(axis=0), points.max(axis=0)])
            score = np.array([0.95 if turns == best else 0.8], np.float32)
            answers.append(RawFaces(box[None], points[None], score))
        return answers

    settled = settle_turns(marked_photo(), weak(), 0.9, look)
    assert len(settled) == 1
    if best == 0:  # upright after all: what was first found stays
        np.testing.assert_array_equal(settled.points, weak().points)
        return
    np.testing.assert_allclose(settled.points[0], POINTS, atol=1.0)
    wanted = np.concatenate([POINTS.min(axis=0), POINTS.max(axis=0)])
    np.testing.assert_allclose(settled.boxes[0], wanted, atol=1.0)
    assert settled.scores[0] == np.float32(0.95)


def test_a_strong_face_is_not_looked_at_again() -> None:
    def look(patches: list[ImageArray]) -> list[RawFaces]:
        raise AssertionError("looked again")

    assert settle_turns(marked_photo(), weak(0.91), 0.9, look).scores[0] == np.float32(0.91)
    assert len(settle_turns(marked_photo(), NOTHING, 0.9, look)) == 0


@pytest.mark.parametrize(
    ("middle", "score"), [((20, 20), 0.95), ((80, 80), 0.81)], ids=["beside", "hardly better"]
)
def test_what_lies_beside_or_is_hardly_better_changes_nothing(
    middle: tuple[int, int], score: float
) -> None:
    centre = np.array([*middle, *middle], np.float32)
    box = centre + np.array([-15, -15, 15, 15], np.float32)
    other = RawFaces(box[None], np.zeros((1, 5, 2), "f4"), np.array([score], np.float32))
    settled = settle_turns(marked_photo(), weak(), 0.9, lambda _: [NOTHING, other, other, other])
    np.testing.assert_array_equal(settled.points, weak().points)


def test_only_the_weak_face_of_several_changes_and_the_order_stays() -> None:
    strong = RawFaces(BOX[None] + 5, POINTS[None] + 5, np.array([0.95], np.float32))
    both = RawFaces(
        np.concatenate([strong.boxes, weak().boxes]),
        np.concatenate([strong.points, weak().points]),
        np.concatenate([strong.scores, weak().scores]),
    )
    box = np.array([[40, 40, 120, 120]], np.float32)
    better = RawFaces(box, np.full((1, 5, 2), 80, "f4"), np.array([0.93], np.float32))
    settled = settle_turns(marked_photo(), both, 0.9, lambda _: [NOTHING, NOTHING, better, NOTHING])
    np.testing.assert_array_equal(settled.points[0], strong.points[0])
    np.testing.assert_allclose(settled.points[1], np.broadcast_to([100, 100], (5, 2)), atol=1e-3)

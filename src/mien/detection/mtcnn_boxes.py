"""The arithmetic between MTCNN's networks: cells to boxes, shifts, squares, suppression.

Corners are ours: pixels from the picture's corner, the right and lower edge outside. The
published code counts pixels from one and includes the last one; where that shows in a result
(P-Net's shift, cut-off to whole pixels) it is followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.records import FloatArray

STRIDE, CELL = 2, 12


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Candidates of one picture.

    Attributes:
        corners: ``(K, 4) float32``, pixels, x1 y1 x2 y2.
        scores: ``(K,) float32`` in [0, 1].
        shifts: ``(K, 4) float32``: how far each side is to move, in widths and heights.
    """

    corners: FloatArray
    scores: FloatArray
    shifts: FloatArray

    def chosen(self, overlap: float, *, of_smaller: bool = False) -> NDArray[np.intp]:
        """Greedy suppression: rows to keep, the best score first, ties by position.

        Args:
            overlap: what overlaps a better box by more is dropped.
            of_smaller: overlap as a part of the smaller box, not of the union.
        """
        areas = (self.corners[:, 2:] - self.corners[:, :2]).prod(axis=1)
        waiting = np.lexsort((*self.corners.T[::-1], -self.scores))
        kept: list[int] = []
        while len(waiting):
            best, waiting = waiting[0], waiting[1:]
            kept.append(int(best))
            one, others = self.corners[best], self.corners[waiting]
            wh = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
            shared = wh.clip(min=0).prod(axis=1)
            if of_smaller:
                whole = np.minimum(areas[best], areas[waiting])
            else:
                whole = areas[best] + areas[waiting] - shared
            waiting = waiting[shared <= overlap * whole]
        return np.asarray(kept, dtype=np.intp)


def proposals(scores: FloatArray, shifts: FloatArray, scale: float, minimum_score: float) -> Boxes:
    """The cells of one level of the pyramid that may be faces.

    Args:
        scores: ``(columns, rows)``.
        shifts: ``(columns, rows, 4)``.
        scale: of the level.
        minimum_score: cells below it are dropped.
    """
    chosen = np.nonzero(scores >= minimum_score)
    cells = STRIDE * np.stack(chosen, axis=1)
    corners = np.concatenate(
        [np.trunc((cells + 1) / scale) - 1, np.trunc((cells + CELL) / scale)], axis=1
    )
    return Boxes(corners.astype(np.float32), scores[chosen], shifts[chosen])


def joined(parts: list[Boxes]) -> Boxes:
    """Candidates of all levels of one picture."""
    nothing = Boxes(np.empty((0, 4), "f4"), np.empty(0, "f4"), np.empty((0, 4), "f4"))
    parts = [nothing, *parts]
    return Boxes(
        np.concatenate([part.corners for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.shifts for part in parts]),
    )


def suppressed(boxes: Boxes, overlap: float) -> Boxes:
    """What greedy suppression keeps, by intersection over union."""
    kept = boxes.chosen(overlap)
    return Boxes(boxes.corners[kept], boxes.scores[kept], boxes.shifts[kept])


def refined(boxes: Boxes, *, inclusive: bool = True) -> Boxes:
    """Each side moved by its shift; P-Net was trained with sizes one pixel smaller."""
    sizes = boxes.corners[:, 2:] - boxes.corners[:, :2] - (0.0 if inclusive else 1.0)
    moved = boxes.corners + boxes.shifts * np.tile(sizes, 2)
    return Boxes(moved.astype(np.float32), boxes.scores, boxes.shifts)


def square(boxes: Boxes) -> Boxes:
    """The smallest squares with the same middles that hold the boxes."""
    sizes = boxes.corners[:, 2:] - boxes.corners[:, :2]
    side = sizes.max(axis=1, keepdims=True) if len(sizes) else sizes[:, :1]
    first = boxes.corners[:, :2] + sizes / 2 - side / 2
    return Boxes(np.concatenate([first, first + side], axis=1), boxes.scores, boxes.shifts)


def whole_pixels(boxes: Boxes) -> Boxes:
    """Corners cut off to whole pixels, as the published code cuts them."""
    cut = np.trunc(boxes.corners + np.array([1, 1, 0, 0], "f4")) - np.array([1, 1, 0, 0], "f4")
    return Boxes(cut.astype(np.float32), boxes.scores, boxes.shifts)

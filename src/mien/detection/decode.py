"""From a dense detector's maps to boxes: anchor-free cells, scores, non-maximum suppression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mien.records import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class RawFaces:
    """Faces of one picture as arrays, before they become records.

    Attributes:
        boxes: ``(K, 4) float32``, pixels, x1 y1 x2 y2.
        points: ``(K, 5, 2) float32``, pixels, in the order of ``Landmarks``.
        scores: ``(K,) float32`` in [0, 1].
    """

    boxes: FloatArray
    points: FloatArray
    scores: FloatArray

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> RawFaces:
        return RawFaces(self.boxes[chosen], self.points[chosen], self.scores[chosen])

    def moved(self, scale: float, offset_xy: tuple[float, float] = (0.0, 0.0)) -> RawFaces:
        """The same faces in another frame: first shifted by ``-offset_xy``, then scaled."""
        shift = np.asarray(offset_xy, dtype=np.float32)
        return RawFaces(
            (self.boxes - np.tile(shift, 2)) * np.float32(scale),
            (self.points - shift) * np.float32(scale),
            self.scores,
        )


def concatenate(parts: list[RawFaces]) -> RawFaces:
    """Faces of several passes over one picture, one after another."""
    return RawFaces(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


def no_faces() -> RawFaces:
    """The faces of a picture without any."""
    return RawFaces(
        np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32)
    )


def middle_face(faces: RawFaces, side: int) -> RawFaces | None:
    """The best face whose middle lies in the middle quarter of a square patch, if there is one."""
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    near = np.flatnonzero((np.abs(centres - side / 2) < side / 4).all(axis=1))
    if not len(near):
        return None
    return faces.take(near[[np.argmax(faces.scores[near])]])


def decode_yunet(
    outputs: Mapping[str, FloatArray],
    size_wh: tuple[int, int],
    strides: tuple[int, ...],
    minimum_score: float,
) -> list[RawFaces]:
    """YuNet's maps to faces, one record for each picture of the batch, not yet suppressed.

    A cell (column c, row r) of stride s predicts a box centre ``((c + dx) s, (r + dy) s)``, a size
    ``(exp(dw) s, exp(dh) s)`` and points ``((c + x) s, (r + y) s)``; the score is the geometric
    mean of class and objectness (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector",
    Machine Intelligence Research 2023, section 3; OpenCV's FaceDetectorYN decodes the same way).

    Args:
        outputs: ``cls_s, obj_s (N, A, 1)``, ``bbox_s (N, A, 4)``, ``kps_s (N, A, 10)`` for each
            stride s.
        size_wh: of the network's input, pixels, multiples of the largest stride.
        strides: of the levels.
        minimum_score: cells below it are dropped before anything else is computed.
    """
    batch = outputs[f"cls_{strides[0]}"].shape[0]
    parts: list[list[RawFaces]] = [[] for _ in range(batch)]
    for stride in strides:
        class_score = outputs[f"cls_{stride}"][..., 0].clip(0.0, 1.0)
        objectness = outputs[f"obj_{stride}"][..., 0].clip(0.0, 1.0)
        scores = np.sqrt(class_score * objectness)
        pictures, cells = np.nonzero(scores >= minimum_score)
        origin = _cell_origins(size_wh[0] // stride, size_wh[1] // stride)[cells]
        box = outputs[f"bbox_{stride}"][pictures, cells]
        centre = (origin + box[:, :2]) * stride
        half = np.exp(box[:, 2:]) * (stride / 2)
        offsets = outputs[f"kps_{stride}"][pictures, cells].reshape(-1, 5, 2)
        found = RawFaces(
            np.concatenate([centre - half, centre + half], axis=1),
            (origin[:, None] + offsets) * stride,
            scores[pictures, cells],
        )
        for picture in range(batch):
            parts[picture].append(found.take(pictures == picture))
    return [concatenate(levels) for levels in parts]


def suppress(faces: RawFaces, iou: float, vote: float = 1.0) -> RawFaces:
    """Greedy non-maximum suppression: the best score first, whatever overlaps it more is dropped.

    The points of a face are the mean of those that its own candidates predict, weighted by their
    scores (box voting of Gidaris and Komodakis, ICCV 2015, section 5, for points): neighbouring
    cells see the same face with different errors. Ties are broken by the box's corners, so the
    result does not depend on the order in which the faces came.

    Args:
        faces: candidates.
        iou: what overlaps a better face by more is dropped.
        vote: what overlaps it at least so much has a vote on its points; 1 for none but its own.
    """
    waiting = np.lexsort((*faces.boxes.T[::-1], -faces.scores))
    kept: list[int] = []
    points = []
    while len(waiting):
        best = waiting[0]
        kept.append(int(best))
        overlap = intersection_over_union(faces.boxes[best], faces.boxes[waiting])
        voters = waiting[(overlap >= vote) | (waiting == best)]
        points.append(np.average(faces.points[voters], axis=0, weights=faces.scores[voters]))
        waiting = waiting[(overlap <= iou) & (waiting != best)]
    chosen = faces.take(np.asarray(kept, dtype=np.intp))
    return RawFaces(
        chosen.boxes, np.asarray(points, dtype=np.float32).reshape(-1, 5, 2), chosen.scores
    )


def intersection_over_union(box: FloatArray, others: FloatArray) -> FloatArray:
    """IoU of one box ``(4,)`` with each of ``(K, 4)``, as ``(K,)``."""
    shared_wh = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = shared_wh.clip(min=0).prod(axis=1)
    area = (box[2:] - box[:2]).prod()
    union = area + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    return np.asarray(shared / np.maximum(union, np.finfo(np.float32).tiny), dtype=np.float32)


@lru_cache(maxsize=64)
def _cell_origins(columns: int, rows: int) -> FloatArray:
    """Column and row of each cell, row by row: ``(rows * columns, 2) float32``, read-only."""
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    cells = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
    cells.setflags(write=False)
    return cells

"""Maps to boxes, against loops written from the definition."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from mien.detection.decode import (
    RawFaces,
    concatenate,
    decode_yunet,
    intersection_over_union,
    suppress,
)

STRIDES = (8, 16, 32)


def maps(rng: np.random.Generator, batch: int, width: int, height: int) -> dict[str, np.ndarray]:
    outputs = {}
    for stride in STRIDES:
        cells = (width // stride) * (height // stride)
        for kind, columns in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            low, high = (-0.2, 1.2) if columns == 1 else (-2.0, 2.0)
            values = rng.uniform(low, high, (batch, cells, columns))
            outputs[f"{kind}_{stride}"] = values.astype(np.float32)
    return outputs


@settings(max_examples=15, deadline=None)
@given(
    batch=st.integers(1, 3),
    columns=st.integers(1, 3),
    rows=st.integers(1, 3),
    minimum=st.floats(0.3, 0.95),
    seed=st.integers(0, 2**31),
)
def test_decoding_is_a_loop_over_cells(
    batch: int, columns: int, rows: int, minimum: float, seed: int
) -> None:
    size_wh = (32 * columns, 32 * rows)
    outputs = maps(np.random.default_rng(seed), batch, *size_wh)
    for picture, faces in enumerate(decode_yunet(outputs, size_wh, STRIDES, minimum)):
        wanted = oracles.yunet_faces(outputs, picture, size_wh, STRIDES, minimum)
        assert len(faces) == len(wanted)
        for index, (box, points, score) in enumerate(wanted):
            np.testing.assert_allclose(faces.boxes[index], box, rtol=1e-4, atol=1e-3)
            np.testing.assert_allclose(faces.points[index], points, rtol=1e-4, atol=1e-3)
            assert math.isclose(faces.scores[index], score, rel_tol=1e-5)


def random_faces(rng: np.random.Generator, count: int) -> RawFaces:
    # few places and few scores, so that overlaps and ties happen
    corner = rng.integers(0, 12, (count, 2))
    size = rng.integers(1, 9, (count, 2))
    boxes = np.concatenate([corner, corner + size], axis=1).astype(np.float32)
    points = rng.uniform(0, 20, (count, 5, 2)).astype(np.float32)
    return RawFaces(boxes, points, (rng.integers(1, 6, count) / 8).astype(np.float32))


@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 25), iou=st.floats(0, 1), seed=st.integers(0, 2**31))
def test_suppression_is_greedy_by_definition(count: int, iou: float, seed: int) -> None:
    faces = random_faces(np.random.default_rng(seed), count)
    kept = suppress(faces, iou)
    wanted = oracles.suppressed(faces.boxes.tolist(), faces.scores.tolist(), iou)
    assert [box.tolist() for box in kept.boxes] == [list(faces.boxes[index]) for index in wanted]


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 25), seed=st.integers(0, 2**31))
def test_suppression_does_not_depend_on_the_order_of_the_faces(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    faces = random_faces(rng, count)
    shuffled = faces.take(rng.permutation(count))
    one, other = suppress(faces, 0.3), suppress(shuffled, 0.3)
    np.testing.assert_array_equal(one.boxes, other.boxes)
    np.testing.assert_array_equal(one.scores, other.scores)


def test_what_is_kept_never_overlaps_by_more_than_allowed() -> None:
    faces = suppress(random_faces(np.random.default_rng(5), 200), 0.3)
    for index in range(len(faces)):
        overlap = intersection_over_union(faces.boxes[index], faces.boxes)
        overlap[index] = 0
        assert overlap.max() <= 0.3


def test_boxes_without_area_overlap_nothing() -> None:
    box = np.array([3, 3, 3, 3], np.float32)
    assert intersection_over_union(box, box[None]).tolist() == [0.0]


def test_no_faces_stay_no_faces() -> None:
    nothing = random_faces(np.random.default_rng(0), 0)
    assert len(suppress(concatenate([nothing, nothing]), 0.3)) == 0


def test_a_move_is_undone_by_the_opposite_move() -> None:
    faces = random_faces(np.random.default_rng(1), 6)
    there = faces.moved(0.5, (3.0, -4.0))
    back = there.moved(2.0, (-1.5, 2.0))
    np.testing.assert_allclose(back.boxes, faces.boxes, atol=1e-5)
    np.testing.assert_allclose(back.points, faces.points, atol=1e-5)

"""RetinaFace's anchors and decoding, one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mien.detection.retinaface import anchors, decode_retinaface
from mien.errors import ModelInvalid


def slow_anchors(width, height):
    found = []
    for stride, sides in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512))):
        for row in range(math.ceil(height / stride)):
            for column in range(math.ceil(width / stride)):
                for side in sides:
                    found.append(((column + 0.5) * stride, (row + 0.5) * stride, side))
    return found


def test_anchors_are_those_of_the_definition() -> None:
    centres, sides = anchors((96, 64))
    truth = np.array(slow_anchors(96, 64))
    np.testing.assert_array_equal(centres, truth[:, :2])
    np.testing.assert_array_equal(sides, truth[:, 2])


def test_answers_are_decoded_as_defined() -> None:
    rng = np.random.default_rng(0)
    count = len(slow_anchors(64, 64))
    outputs = {
        "loc": rng.normal(size=(2, count, 4)).astype(np.float32),
        "conf": rng.uniform(size=(2, count, 2)).astype(np.float32),
        "landmarks": rng.normal(size=(2, count, 10)).astype(np.float32),
    }
    decoded = decode_retinaface(outputs, (64, 64), 0.8)
    for row, faces in enumerate(decoded):
        boxes, points, scores = [], [], []
        for index, (x, y, side) in enumerate(slow_anchors(64, 64)):
            if outputs["conf"][row, index, 1] < 0.8:
                continue
            dx, dy, dw, dh = outputs["loc"][row, index]
            middle = x + 0.1 * side * dx, y + 0.1 * side * dy
            w, h = side * math.exp(0.2 * dw), side * math.exp(0.2 * dh)
            left, top = middle[0] - w / 2, middle[1] - h / 2
            boxes.append([left, top, left + w, top + h])
            marks = outputs["landmarks"][row, index]
            points.append(
                [
                    (x + 0.1 * side * marks[2 * i], y + 0.1 * side * marks[2 * i + 1])
                    for i in range(5)
                ]
            )
            scores.append(outputs["conf"][row, index, 1])
        np.testing.assert_allclose(faces.boxes, boxes, rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(faces.points, points, rtol=1e-4, atol=1e-3)
        np.testing.assert_array_equal(faces.scores, scores)


def test_a_network_with_other_anchors_does_not_fit() -> None:
    outputs = {"conf": np.zeros((1, 7, 2), np.float32)}
    with pytest.raises(ModelInvalid, match="expected 168 anchors"):
        decode_retinaface(outputs, (64, 64), 0.5)

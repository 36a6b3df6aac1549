"""MTCNN against a slow truth: one candidate after another, as the published code has it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mien.detection import Mtcnn, MtcnnSettings
from mien.models import ModelStore
from mien.models.runtime import Plan, load_network
from oracles import box_overlap

Pictures = Callable[[str], np.ndarray]


@pytest.fixture(scope="module")
def networks(model_store: ModelStore, pull: Callable[[str], None]) -> list:
    pull("mtcnn")
    files = model_store.card("mtcnn").files
    return [load_network(model_store.bytes("mtcnn", file.name), Plan()) for file in files]


def ask(network, picture):
    """One picture through a network that wants columns before rows, RGB, about -1 to 1."""
    blob = (picture.transpose(1, 0, 2)[None].astype(np.float32) - 127.5) / 128
    return network.run(np.ascontiguousarray(blob, dtype=np.float32))


def cut(picture, box, side):
    """Pixels x1 to x2, counted from one and both included, black outside, one by one."""
    x1, y1, x2, y2 = (int(value) for value in box)
    out = np.zeros((y2 - y1 + 1, x2 - x1 + 1, 3), np.uint8)
    for y in range(max(y1, 1), min(y2, picture.shape[0]) + 1):
        for x in range(max(x1, 1), min(x2, picture.shape[1]) + 1):
            out[y - y1, x - x1] = picture[y - 1, x - 1]
    return cv2.resize(out, (side, side), interpolation=cv2.INTER_AREA)


def survivors(rows, overlap, of_smaller=False):
    """Greedy suppression of rows ``(x1, y1, x2, y2, score, ...)`` with both ends included."""
    waiting = sorted(rows, key=lambda row: (-row[4], *row[:4]))
    kept = []
    while waiting:
        best = waiting.pop(0)
        kept.append(best)
        area = (best[2] - best[0] + 1) * (best[3] - best[1] + 1)
        left = []
        for row in waiting:
            other = (row[2] - row[0] + 1) * (row[3] - row[1] + 1)
            wide = min(best[2], row[2]) - max(best[0], row[0]) + 1
            high = min(best[3], row[3]) - max(best[1], row[1]) + 1
            shared = max(wide, 0) * max(high, 0)
            whole = min(area, other) if of_smaller else area + other - shared
            if shared <= overlap * whole:
                left.append(row)
        waiting = left
    return kept


def squared(x1, y1, x2, y2):
    longer = max(x2 - x1, y2 - y1)
    x, y = x1 + (x2 - x1) / 2 - longer / 2, y1 + (y2 - y1) / 2 - longer / 2
    return [np.trunc(x), np.trunc(y), np.trunc(x + longer), np.trunc(y + longer)]


def slow_mtcnn(networks, picture):
    """Faces as ``(box with both ends from one, score, points)``."""
    proposal, refinement, output = networks
    scale, rows = 12 / 20, []
    while min(picture.shape[:2]) * scale >= 12:
        size = [int(np.ceil(side * scale)) for side in picture.shape[1::-1]]
        answer = ask(proposal, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        scores, shifts = answer["softmax"][0, :, :, 1], answer["conv2d_4"][0]
        level = []
        for x, y in np.argwhere(scores >= 0.6):
            corners = [np.trunc((2 * x + 1) / scale), np.trunc((2 * y + 1) / scale)]
            corners += [np.trunc((2 * x + 12) / scale), np.trunc((2 * y + 12) / scale)]
            level.append([*corners, scores[x, y], *shifts[x, y]])
        rows += survivors(level, 0.5)
        scale *= 0.709
    boxes = []
    for x1, y1, x2, y2, _, a, b, c, d in survivors(rows, 0.7):
        w, h = x2 - x1, y2 - y1
        boxes.append(squared(x1 + a * w, y1 + b * h, x2 + c * w, y2 + d * h))
    rows = []
    for box in boxes:
        answer = ask(refinement, cut(picture, box, 24))
        if answer["softmax_1"][0, 1] > 0.7:
            rows.append([*box, answer["softmax_1"][0, 1], *answer["dense_2"][0]])
    boxes = []
    for x1, y1, x2, y2, _, a, b, c, d in survivors(rows, 0.7):
        w, h = x2 - x1 + 1, y2 - y1 + 1
        boxes.append(squared(x1 + a * w, y1 + b * h, x2 + c * w, y2 + d * h))
    rows = []
    for box in boxes:
        answer = ask(output, cut(picture, box, 48))
        score, (a, b, c, d) = answer["softmax_2"][0, 1], answer["dense_5"][0]
        if score > 0.7:
            x1, y1, x2, y2 = box
            w, h = x2 - x1 + 1, y2 - y1 + 1
            xs, ys = answer["dense_6"][0, :5] * w + x1 - 1, answer["dense_6"][0, 5:] * h + y1 - 1
            points = list(zip(xs, ys, strict=True))
            rows.append([x1 + a * w, y1 + b * h, x2 + c * w, y2 + d * h, score, points])
    return survivors(rows, 0.7, of_smaller=True)


@pytest.mark.parametrize(("name", "size"), [("t1.jpg", (480, 332)), ("astronaut.png", (200, 200))])
def test_the_cascade_gives_what_the_slow_truth_gives(
    networks: list, picture: Pictures, name: str, size: tuple[int, int]
) -> None:
    photo = cv2.resize(picture(name), size, interpolation=cv2.INTER_AREA)
    want = sorted(slow_mtcnn(networks, photo), key=lambda row: row[0])
    (got,) = Mtcnn(*networks).detect([photo])
    assert len(got) == len(want) > 0
    for face, (x1, y1, x2, y2, score, points) in zip(got, want, strict=True):
        truth = np.clip([x1 - 1, y1 - 1, x2, y2], 0, [*size, *size])
        np.testing.assert_allclose(face.box.xyxy, truth, atol=0.05)
        assert face.score == pytest.approx(score, abs=1e-3)
        assert face.landmarks is not None
        np.testing.assert_allclose(face.landmarks.points, points, atol=0.05)


def test_smaller_faces_are_found_when_they_are_asked_for(networks: list, picture: Pictures) -> None:
    photo = picture("astronaut.png")[30:230, 120:320]
    small = cv2.resize(photo, (36, 36), interpolation=cv2.INTER_AREA)  # a face of 16 pixels
    assert Mtcnn(*networks, MtcnnSettings(minimum_face=40)).detect([small]) == [()]
    (faces,) = Mtcnn(*networks, MtcnnSettings(minimum_face=12)).detect([small])
    assert len(faces) == 1


def test_a_photo_beyond_the_working_side_is_shrunk_and_its_faces_come_back_large(
    networks: list, picture: Pictures
) -> None:
    photo = picture("t1.jpg")
    (want,) = Mtcnn(*networks).detect([photo])
    large = photo.repeat(3, axis=0).repeat(3, axis=1)
    (got,) = Mtcnn(*networks).detect([large])
    assert len(got) == len(want)
    for one, other in zip(want, got, strict=True):
        assert box_overlap([3 * value for value in one.box.xyxy], other.box.xyxy) > 0.8

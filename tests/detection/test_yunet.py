"""YuNet on crowds, groups, turned photos and with its settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from mien.detection import YuNet, YuNetSettings, load_detector
from mien.errors import InvalidOption
from mien.images import read_image
from mien.models import ModelStore
from oracles import box_overlap

Pictures = Callable[[str], np.ndarray]


@pytest.fixture(scope="module")
def detector(model_store: ModelStore) -> YuNet:
    return load_detector("yunet", model_store)


@pytest.fixture(scope="module")
def crowd(bench_data: Path) -> np.ndarray:
    """192 photos of LFW, 12 rows of 16, each 250 pixels square: ``(3000, 4000, 3)``."""
    paths = sorted((bench_data / "lfw/images").glob("*/*_0001.jpg"))[:192]
    tiles = [read_image(path) for path in paths]
    return np.vstack([np.hstack(tiles[row : row + 16]) for row in range(0, 192, 16)])


@pytest.mark.parametrize("width", [4000, 2000])
def test_a_crowd_of_192_is_found(detector: YuNet, crowd: np.ndarray, width: int) -> None:
    photo = cv2.resize(crowd, (width, width * 3 // 4), interpolation=cv2.INTER_AREA)
    tile = width / 16
    found = {
        (int((face.box.x1 + face.box.x2) / 2 / tile), int((face.box.y1 + face.box.y2) / 2 / tile))
        for face in detector.detect([photo])[0]
    }
    assert len(found) >= 188


def test_the_labelled_groups_are_found_whole_with_at_most_one_false_alarm(
    detector: YuNet, bench_data: Path
) -> None:
    labelled, missed, false_alarms = 0, [], []
    for listing in ("training.xml", "testing.xml"):
        for image in ElementTree.parse(bench_data / "groups" / listing).iter("image"):
            name = image.get("file", "")
            (faces,) = detector.detect([read_image(bench_data / "groups" / name)])
            boxes = []
            for box in image.iter("box"):
                left, top = float(box.get("left", 0)), float(box.get("top", 0))
                size = float(box.get("width", 0)), float(box.get("height", 0))
                boxes.append((left, top, left + size[0], top + size[1]))
            labelled += len(boxes)
            overlaps = [[box_overlap(box, face.box.xyxy) for face in faces] for box in boxes]
            missed += [name for row in overlaps if max(row, default=0) < 0.3]
            false_alarms += [
                (name, face.score)
                for index, face in enumerate(faces)
                if max(row[index] for row in overlaps) < 0.3
            ]
    assert labelled == 43
    assert missed == []
    assert len(false_alarms) <= 1


def test_a_dog_s_face_may_be_taken_for_a_face(detector: YuNet, bench_data: Path) -> None:
    """Known and documented: one of the dogs scores 0.86, as much as a weak human face."""
    (faces,) = detector.detect([read_image(bench_data / "groups/dogs.jpg")])
    assert len(faces) <= 1
    assert all(face.score < 0.9 for face in faces)


def test_small_faces_need_the_second_pass(model_store: ModelStore, crowd: np.ndarray) -> None:
    once = load_detector("yunet", model_store, settings=YuNetSettings(small_faces=False))
    twice = load_detector("yunet", model_store)
    photo = cv2.resize(crowd, (2000, 1500), interpolation=cv2.INTER_AREA)
    assert len(once.detect([photo])[0]) < len(twice.detect([photo])[0])


def test_a_face_larger_than_the_frame_needs_the_rescue(
    model_store: ModelStore, picture: Pictures
) -> None:
    face = picture("obama.jpg")[150:400, 400:580]
    photo = cv2.resize(face, (900, 1250))
    plain = load_detector(
        "yunet", model_store, settings=YuNetSettings(rescue=False, any_roll=False)
    )
    assert len(load_detector("yunet", model_store).detect([photo])[0]) == 1
    assert plain.detect([photo]) == [()]


def test_a_higher_minimum_score_gives_fewer_faces(
    model_store: ModelStore, picture: Pictures
) -> None:
    strict = load_detector("yunet", model_store, settings=YuNetSettings(minimum_score=0.93))
    loose = load_detector("yunet", model_store, settings=YuNetSettings(minimum_score=0.5))
    few, many = (one.detect([picture("t1.jpg")])[0] for one in (strict, loose))
    assert len(few) < len(many)
    assert all(face.score >= 0.93 for face in few)


@pytest.mark.parametrize(
    "values",
    [
        {"minimum_score": 0},
        {"minimum_score": 1.5},
        {"minimum_score": float("nan")},
        {"iou": -0.1},
        {"working_side": 0},
        {"working_side": 640.0},
        {"weak_score": 2},
    ],
    ids=str,
)
def test_settings_outside_their_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidOption, match=next(iter(values))):
        YuNetSettings(**values)  # type: ignore[arg-type]

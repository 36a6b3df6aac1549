"""Records are frozen, say what they say exactly, and become the JSON that the outside relies on."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest

from mien import records
from mien.errors import DamagedImage, NoFace
from mien.records import (
    Box,
    Candidate,
    EmbeddingSpace,
    Encoding,
    Enrolment,
    EnrolmentStatus,
    Face,
    Identification,
    Landmarks,
    Outcome,
    Photo,
    PhotoDetection,
    PhotoFailure,
    PhotoIdentification,
    Quality,
    Threshold,
    Verification,
)

POINTS = [[20, 30], [40, 30], [30, 40], [22, 50], [38, 50.125]]
BOX = Box(10.0, 15.126, 50.0, 60.0)
FACE = Face(BOX, 0.93456, Landmarks(POINTS))
GOOD = Quality(usable=True)
SMALL = Quality(usable=False, reasons=("small", "blurred"), measures={"side": 9.0})
LIMIT = Threshold(0.36, fmr=1e-3)
PHOTO = Photo("a.jpg", width=640, height=480)
VECTOR = np.ones(4, np.float32) / 2

KNOWN = Identification(
    index=0,
    face=FACE,
    quality=GOOD,
    outcome=Outcome.KNOWN,
    operating_point=LIMIT,
    name="Ada",
    similarity=0.612345,
    probability=0.998,
    candidates=(Candidate("Ada", 0.612345), Candidate("Bo", 0.12)),
)
POOR = Identification(1, Face(BOX, 0.5), SMALL, Outcome.LOW_QUALITY, LIMIT)
PAIR = Verification(
    same=True,
    distance=0.31,
    metric="cosine",
    max_distance=0.64,
    similarity=0.69,
    probability=0.999,
    fmr=0.001,
    faces=(FACE, Face(BOX, 0.5)),
    qualities=(GOOD, SMALL),
    min_similarity=0.36,
)
EXAMPLES = [
    BOX,
    FACE.landmarks,
    FACE,
    SMALL,
    EmbeddingSpace("sface", "fb" * 32, "arcface-112-rgb-v1", 128),
    Encoding(FACE, GOOD, VECTOR, 9.5),
    PHOTO,
    LIMIT,
    Candidate("Ada", 0.5),
    KNOWN,
    PhotoIdentification(PHOTO, (KNOWN, POOR)),
    PhotoDetection(PHOTO, ((FACE, GOOD),)),
    PhotoFailure("a.jpg", NoFace("expected a face, found none")),
    PAIR,
    Enrolment("a.jpg", "Ada", EnrolmentStatus.ADDED),
]
CALLED = [type(example).__name__ for example in EXAMPLES]


def through_json(record):
    """What a reader of the command line's output gets back."""
    return json.loads(json.dumps(record.to_json(), allow_nan=False))


def test_every_record_is_among_the_examples():
    held = {
        name
        for name, kind in vars(records).items()
        if dataclasses.is_dataclass(kind) and kind.__module__ == records.__name__
    }
    assert held | {"Box", "Landmarks", "Candidate", "Enrolment"} == set(CALLED)


@pytest.mark.parametrize("record", EXAMPLES, ids=CALLED)
def test_a_record_cannot_be_changed(record):
    field = next(iter(record.__slots__))
    with pytest.raises((AttributeError, dataclasses.FrozenInstanceError)):
        setattr(record, field, None)
    with pytest.raises((AttributeError, TypeError)):
        record.another_field = 1


@pytest.mark.parametrize("record", EXAMPLES, ids=CALLED)
def test_a_record_survives_a_copy_and_the_way_between_processes(record):
    for twin in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert type(twin) is type(record)
        assert repr(twin) == repr(record)


def test_landmarks_keep_their_own_five_points():
    array = np.array(POINTS, dtype=np.float32)
    landmarks = Landmarks(array)
    array[:] = 0
    assert landmarks.points.tolist() == POINTS
    with pytest.raises(ValueError, match="read-only"):
        landmarks.points[0, 0] = 1


@pytest.mark.parametrize("shape", [(4, 2), (5, 3), (10,), (0,), (1, 5, 2)])
def test_landmarks_are_five_points(shape):
    with pytest.raises(ValueError, match="five points"):
        Landmarks(np.zeros(shape))


def test_landmarks_are_equal_where_their_points_are():
    assert Landmarks(POINTS) == Landmarks(np.array(POINTS))
    assert hash(Landmarks(POINTS)) == hash(Landmarks(np.array(POINTS)))
    assert Landmarks(POINTS) != Landmarks(np.array(POINTS) + 1)


def test_a_box_knows_its_sides():
    box = Box(1.0, 2.0, 4.0, 7.0)
    assert (box.width, box.height, box.area) == (3.0, 5.0, 15.0)


def test_the_margin_is_the_lead_over_the_runner_up():
    assert KNOWN.margin == pytest.approx(0.492345)
    assert dataclasses.replace(KNOWN, candidates=KNOWN.candidates[:1]).margin is None


def test_a_space_says_what_it_is_in_one_line():
    space = EmbeddingSpace("sface", "fb143eea" + "0" * 56, "arcface-112-rgb-v1", 128)
    assert str(space) == "sface (128-d, fb143eea, arcface-112-rgb-v1)"


# JSON ---------------------------------------------------------------------------------------

FACE_JSON = {
    "box": [10.0, 15.13, 50.0, 60.0],
    "landmarks": [[20.0, 30.0], [40.0, 30.0], [30.0, 40.0], [22.0, 50.0], [38.0, 50.12]],
    "detection_score": 0.9346,
}
POOR_FACE_JSON = {"box": [10.0, 15.13, 50.0, 60.0], "landmarks": None, "detection_score": 0.5}
GOOD_JSON = {"usable": True, "reasons": []}
SMALL_JSON = {"usable": False, "reasons": ["small", "blurred"]}


def test_identification_as_promised():
    assert through_json(PhotoIdentification(PHOTO, (KNOWN, POOR))) == {
        "source": "a.jpg",
        "width": 640,
        "height": 480,
        "faces": [
            {
                "index": 0,
                **FACE_JSON,
                "outcome": "known",
                "name": "Ada",
                "similarity": 0.6123,
                "distance": 0.3877,
                "metric": "cosine",
                "min_similarity": 0.36,
                "threshold": 0.36,
                "max_distance": 0.64,
                "rate": {"kind": "fmr", "value": 0.001},
                "probability": 0.998,
                "candidates": [
                    {"name": "Ada", "similarity": 0.6123},
                    {"name": "Bo", "similarity": 0.12},
                ],
                "taken_by": None,
                "quality": GOOD_JSON,
            },
            {
                "index": 1,
                **POOR_FACE_JSON,
                "outcome": "low_quality",
                "name": None,
                "similarity": None,
                "distance": None,
                "metric": "cosine",
                "min_similarity": 0.36,
                "threshold": 0.36,
                "max_distance": 0.64,
                "rate": {"kind": "fmr", "value": 0.001},
                "probability": None,
                "candidates": [],
                "taken_by": None,
                "quality": SMALL_JSON,
            },
        ],
    }


def test_the_outcomes_are_the_four_that_were_promised():
    assert [str(outcome) for outcome in Outcome] == ["known", "unknown", "ambiguous", "low_quality"]


def test_a_photo_without_faces_has_an_empty_list():
    expected = {"source": "a.jpg", "width": 640, "height": 480, "faces": []}
    assert through_json(PhotoIdentification(PHOTO, ())) == expected
    assert through_json(PhotoDetection(PHOTO, ())) == expected


def test_detection_as_promised():
    assert through_json(PhotoDetection(PHOTO, ((FACE, GOOD), (Face(BOX, 0.5), SMALL)))) == {
        "source": "a.jpg",
        "width": 640,
        "height": 480,
        "faces": [
            {"index": 0, **FACE_JSON, "quality": GOOD_JSON},
            {"index": 1, **POOR_FACE_JSON, "quality": SMALL_JSON},
        ],
    }


def test_a_failure_as_promised():
    assert through_json(PhotoFailure("a.jpg", DamagedImage("expected a whole JPEG"))) == {
        "source": "a.jpg",
        "error": {"kind": "DamagedImage", "message": "expected a whole JPEG"},
    }


def test_verification_as_promised():
    assert through_json(PAIR) == {
        "same": True,
        "distance": 0.31,
        "metric": "cosine",
        "max_distance": 0.64,
        "threshold": 0.64,
        "similarity": 0.69,
        "min_similarity": 0.36,
        "probability": 0.999,
        "fmr": 0.001,
        "faces": [
            {"index": 0, **FACE_JSON, "quality": GOOD_JSON},
            {"index": 0, **POOR_FACE_JSON, "quality": SMALL_JSON},
        ],
    }


def test_enrolment_tells_what_became_of_a_photo():
    added = Enrolment("a.jpg", "Ada", EnrolmentStatus.ADDED)
    assert through_json(added) == {"source": "a.jpg", "name": "Ada", "status": "added"}
    refused = Enrolment("b.jpg", "Bo", EnrolmentStatus.REFUSED, NoFace("expected a face"))
    assert through_json(refused) == {
        "source": "b.jpg",
        "name": "Bo",
        "status": "refused",
        "error": {"kind": "NoFace", "message": "expected a face"},
    }


def test_numpy_s_numbers_become_plain_ones():
    box = Box(*np.array([1.5, 2.5, 3.5, 4.5], np.float32))
    face = Face(box, np.float32(0.9), Landmarks(np.array(POINTS, np.float32)))
    candidate = Candidate("Ada", float(np.float32(0.7)))
    row = Identification(
        0, face, GOOD, Outcome.KNOWN, LIMIT, "Ada", candidate.similarity, None, (candidate,)
    )
    answer = through_json(PhotoIdentification(PHOTO, (row,)))["faces"][0]
    assert answer["box"] == [1.5, 2.5, 3.5, 4.5]
    assert answer["detection_score"] == 0.9
    assert answer["similarity"] == 0.7

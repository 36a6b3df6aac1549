"""A calibration that was written is read as it was, and nothing else is read as one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mien.api import policy_for
from mien.errors import InvalidCalibration, InvalidOption, SpaceMismatch
from mien.matching import (
    Calibration,
    CalibrationData,
    IsotonicCalibration,
    OwnCalibration,
    Share,
    parse_calibration,
)
from mien.records import EmbeddingSpace

SPACE = EmbeddingSpace("sface", "ab" * 32, "arcface-112-rgb-v1", 128)
DATA = CalibrationData(300, 60, 700, 44_000)
CREATED = "2026-01-02T03:04:05+00:00"
ORIGIN = f"{DATA}, {CREATED}"
LOGISTIC = OwnCalibration(
    *(SPACE, "yunet", 0.41, 0.40, 0.43, 1e-3, Share(0.0009, 0.0, 0.002), Share(0.97, 0.95, 0.99)),
    *(DATA, Calibration(46.0, -16.0, 0.5, ORIGIN), 0.01, 0.003, CREATED, "0.1.0"),
)
ISOTONIC = replace(
    LOGISTIC, probability=IsotonicCalibration((0.1, 0.3, 0.6), (0.01, 0.4, 0.99), 0.2, ORIGIN)
)


def written(calibration=LOGISTIC, **changes):
    """The file's text, fields replaced: ``threshold__low=3`` is threshold.low."""
    record = calibration.to_json()
    for path, value in changes.items():
        *parts, last = path.split("__")
        place = record
        for part in parts:
            place = place[part]
        place[last] = value
    return json.dumps(record)


@pytest.mark.parametrize("calibration", [LOGISTIC, ISOTONIC])
def test_what_is_written_is_read_as_it_was(calibration):
    assert parse_calibration(written(calibration)) == calibration


HOSTILE = {
    "no text": "",
    "not json": "{",
    "nested beyond reason": "[" * 100_000,
    "a list": "[]",
    "another format": written(format="mien-gallery"),
    "another version": written(version=2),
    "true for the version": written(version=True),
    "nan": written().replace("46.0", "NaN"),
    "infinity": written().replace("46.0", "1e999"),
    "a huge integer": written().replace("46.0", "1" + "0" * 400),
    "an integer beyond the limit": written().replace("46.0", "1" * 5000),
    "a key twice": written().replace('{"format"', '{"mien": "0", "format"', 1),
    "a field more": written(extra=1),
    "a field less": written().replace('"ece"', '"else"'),
    "text for a number": written(threshold__similarity="0.4"),
    "true for a number": written(threshold__similarity=True),
    "null": written(tmr=None),
    "a threshold beyond 1": written(threshold__similarity=4),
    "a falling interval": written(threshold__low=0.5),
    "a rate of 0": written(threshold__target_fmr=0),
    "a negative rate": written(fmr__value=-0.1),
    "a share above 1": written(tmr__high=1.5),
    "a negative count": written(data__photos=-300),
    "half a photo": written(data__photos=0.5),
    "a falling curve": written(ISOTONIC, probability__probabilities=[0.1, 0.9, 0.5]),
    "a curve of text": written(ISOTONIC, probability__similarities=["a", "b", "c"]),
    "a curve without end": written(ISOTONIC, probability__similarities=[0.1] * 20_001),
    "a negative slope": written(probability__slope=-3),
    "a prior of 1": written(probability__prior=1),
    "another method": written(probability__method="pickle"),
    "no hash": written(space__sha256="abc"),
    "no time": written(created="yesterday"),
    "an endless name": written(detector="x" * 1001),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_refused_by_name(text):
    with pytest.raises(InvalidCalibration, match="calibration"):
        parse_calibration(text)


@pytest.mark.parametrize(
    "other",
    [
        replace(SPACE, model="dlib-resnet"),
        replace(SPACE, sha256="cd" * 32),
        replace(SPACE, preprocessing="arcface-112-rgb-v1+mirror"),
        replace(SPACE, dimensions=64),
    ],
)
def test_other_vectors_are_refused_with_the_cure(other):
    with pytest.raises(SpaceMismatch, match="run `mien calibrate` again"):
        policy_for(other, calibration=LOGISTIC)
    with pytest.raises(SpaceMismatch):
        policy_for(other, min_similarity=0.5, calibration=LOGISTIC)


def test_a_calibration_replaces_the_default_threshold_and_yields_to_what_is_asked():
    own = policy_for(SPACE, calibration=LOGISTIC)
    assert (own.threshold.similarity, own.threshold.fmr) == (0.41, 1e-3)
    assert "300 photos of 60 people" in own.threshold.origin
    assert policy_for(SPACE, metric="euclidean_l2", calibration=LOGISTIC).threshold == own.threshold
    at_rate = policy_for(SPACE, fmr=1e-4, calibration=LOGISTIC)
    assert at_rate.threshold == policy_for(SPACE).threshold
    typed = policy_for(SPACE, max_distance=0.7, calibration=LOGISTIC)
    assert typed.threshold.similarity == pytest.approx(0.3)
    for policy in (own, at_rate, typed):
        assert policy.probability(0.4) == LOGISTIC.probability.probability(0.4)
        assert policy.probability(0.4) != policy_for(SPACE).probability(0.4)


def test_a_model_that_nobody_measured_can_be_calibrated():
    space = EmbeddingSpace("mine", "ab" * 32, "mine-v1", 128)
    own = replace(ISOTONIC, space=space)
    assert policy_for(space, calibration=own).probability(0.3) == pytest.approx(0.4)


def test_raw_distances_are_not_decided_by_a_calibrated_cosine():
    with pytest.raises(InvalidOption, match="euclidean_l2"):
        policy_for(SPACE, metric="euclidean", calibration=LOGISTIC)

"""A calibration made of some people holds for others, and says so where it does not."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest

from mien.cli.measuring import central_face
from mien.errors import InsufficientData, InvalidOption
from mien.evaluation import CalibrationOptions, calibrate, calibration_findings, reliability
from mien.evaluation.halves import halves
from mien.evaluation.labelled import labelled
from mien.evaluation.pair_counts import count_pairs
from mien.matching import parse_calibration
from mien.pipeline import EncodedPhoto
from mien.records import EmbeddingSpace

SPACE = EmbeddingSpace("m", "ab" * 32, "p", 16)


@lru_cache
def crowd(persons=120, each=4, seed=0, noise=0.6):
    rng = np.random.default_rng(seed)
    vectors = np.repeat(rng.normal(size=(persons, 16)), each, axis=0)
    vectors = vectors + noise * rng.normal(size=vectors.shape)
    return vectors, [f"p{person}" for person in range(persons) for _ in range(each)]


def test_everything_that_is_kept_comes_back_from_the_file():
    report = calibrate(*crowd(), CalibrationOptions(1e-2))
    own = report.own(SPACE, "yunet")
    assert parse_calibration(json.dumps(own.to_json())) == own
    assert (own.data.photos, own.data.people) == (480, 120)
    assert (own.data.genuine_pairs, own.data.impostor_pairs) == (120 * 6, 480 * 476 // 2)
    assert own.similarity_low < own.similarity < own.similarity_high
    assert own.ece == report.to_json()["held_out"]["ece"]


def test_isotonic_and_logistic_agree_where_there_are_many_pairs():
    logistic, isotonic = (
        calibrate(*crowd(), CalibrationOptions(1e-2, method)).probability
        for method in ("logistic", "isotonic")
    )
    for place in (-0.2, 0.9):
        assert isotonic.probability(place) == pytest.approx(logistic.probability(place), abs=0.02)


@pytest.mark.parametrize("method", ["logistic", "isotonic"])
def test_held_out_numbers_are_those_of_fitting_one_half_and_counting_the_other(method):
    vectors, labels = crowd(40, 3)
    wanted = CalibrationOptions(2e-2, method, prior=0.3)
    report = calibrate(vectors, labels, wanted)
    first, second = halves(vectors, labels)
    said, same, false, total = [], [], 0, 0
    for known, other in ((first, second), (second, first)):
        # The whole report on one half: its own halves do not matter here.
        names = [f"p{code}" for code in known.codes]
        made = calibrate(known.vectors, names, wanted)
        scores = other.vectors @ other.vectors.T
        upper = np.triu_indices(len(scores), 1)
        equal = (other.codes[:, None] == other.codes)[upper]
        false += int((scores[upper][~equal] >= made.measured.similarity).sum())
        total += int((~equal).sum())
        said += [made.probability.probability(one) for one in scores[upper]]
        same += equal.tolist()
    held = report.held_out
    assert held.fmr.value == pytest.approx(false / total, abs=2.1 / total)
    expected = reliability(said, np.array(same), prior=0.3)
    assert held.reliability.count == len(said)
    assert held.reliability.prior == pytest.approx(0.3)
    assert held.reliability.brier == pytest.approx(expected.brier, abs=1e-4)
    assert held.reliability.ece == pytest.approx(expected.ece, abs=1e-2)


def test_many_pairs_are_tested_on_as_many_of_them_at_random(monkeypatch):
    everything = calibrate(*crowd(), CalibrationOptions(1e-2)).held_out
    monkeypatch.setattr("mien.evaluation.calibrating.MOST_TESTED", 20_000)
    some = calibrate(*crowd(), CalibrationOptions(1e-2)).held_out
    assert some.reliability.count == 2 * 20_000 + 720  # all genuine pairs of both halves
    assert some.fmr == everything.fmr
    assert some.reliability.brier == pytest.approx(everything.reliability.brier, rel=0.1)


def test_people_who_are_all_alike_are_told_to_be_too_few():
    rng = np.random.default_rng(1)
    families = np.repeat(rng.normal(size=(3, 16)), 2, axis=0) + 0.3 * rng.normal(size=(6, 16))
    vectors = np.repeat(families, 30, axis=0) + 0.6 * rng.normal(size=(180, 16))
    report = calibrate(vectors, [f"p{k // 30}" for k in range(180)], CalibrationOptions(1e-2))
    findings = calibration_findings(report, [f"{k}.jpg" for k in range(180)], {})
    assert any("6 people are too few" in note for note in findings.notes)
    assert not any("too few" in note for note in _findings().notes)


def _findings():
    vectors, labels = crowd()
    report = calibrate(vectors, labels, CalibrationOptions(1e-2))
    return calibration_findings(report, [f"{k}.jpg" for k in range(480)], {"a": 1})


def test_the_findings_show_what_was_measured():
    findings = _findings()
    keys = [number.key for number in findings.numbers]
    assert keys[:7] == [
        *("threshold", "fmr", "held_out_fmr", "tmr", "held_out_tmr", "ece", "brier"),
    ]
    assert [chart.key for chart in findings.charts] == [
        *("reliability", "scores", "rates", "probability"),
    ]
    for chart in findings.charts:
        for line in chart.lines:
            assert len(line.x) == len(line.y) > 1
            assert np.isfinite([*line.x, *line.y]).all()
            assert not chart.y_log or min(line.y) > 0
            assert (np.diff(line.x) > 0).all()
    scores = findings.charts[1]
    assert [sum(line.y) for line in scores.lines] == pytest.approx([1, 1])
    assert {one.kind for one in findings.examples} == {"false_match", "miss"}
    assert findings.result == {"a": 1}


@pytest.mark.parametrize(
    "options",
    [
        {"target_fmr": 0},
        {"target_fmr": 1},
        {"target_fmr": "x"},
        {"method": "x"},
        {"prior": 1},
        {"seed": -1},
    ],
)
def test_an_option_out_of_range_is_refused(options):
    with pytest.raises(InvalidOption):
        CalibrationOptions(**options)


def test_a_rate_beyond_the_data_is_refused():
    with pytest.raises(InsufficientData, match=r"114,240 .*about \d+ photos more would do"):
        calibrate(*crowd(), CalibrationOptions(1e-4))


def test_labels_that_mean_nothing_are_refused():
    vectors, labels = crowd(40, 3)
    shuffled = np.random.default_rng(0).permutation(labels).tolist()
    with pytest.raises(InsufficientData, match="check the labels"):
        calibrate(vectors, shuffled, CalibrationOptions(2e-2))


@pytest.mark.torture
def test_half_of_the_people_of_lfw_calibrate_the_other_half(bench_data, recognizer):
    """Part of LFW: 1,000 photos; ``benchmarks/calibration.py`` does the same with all of it."""
    folders = sorted((bench_data / "lfw" / "images").iterdir())[::5]
    photos = [photo for folder in folders for photo in sorted(folder.iterdir())[:6]][:1000]
    vectors, names = [], []
    for photo, encoded in zip(photos, recognizer.encode_photos(photos), strict=True):
        assert isinstance(encoded, EncodedPhoto)
        if encoded.faces:
            vectors.append(central_face(encoded).vector)
            names.append(photo.parent.name)
    first, second = halves(np.stack(vectors), names)
    for known, other in ((first, second), (second, first)):
        report = calibrate(known.vectors, [f"{code}" for code in known.codes])
        counts = count_pairs(labelled(other.vectors, [f"{code}" for code in other.codes]))
        places, same, times = counts.rows()
        passed = times[~same & (places >= report.measured.similarity)].sum()
        assert 0.5e-3 <= passed / counts.impostor.sum() <= 2e-3
        said = [report.probability.probability(place) for place in places]
        repeated = times.astype(int)
        worth = reliability(np.repeat(said, repeated), np.repeat(same, repeated), prior=0.5)
        assert worth.ece <= 0.03

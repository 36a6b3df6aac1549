from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn import metrics as sklearn_metrics

from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.evaluation import wilson
from mien.training.metrics import classification_report, fit_temperature, most_confused

NAMES = ("Ada", "Bo", "Cy", "Dee")


def answers(count=300, classes=4, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    return scale * (rng.normal(size=(count, classes)) + 1.5 * np.eye(classes)[labels]), labels


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_are_those_of_scikit_learn(seed):
    logits, labels = answers(seed=seed)
    named = logits.argmax(axis=1)
    report = classification_report(logits, labels, NAMES)
    assert report.accuracy.value == sklearn_metrics.accuracy_score(labels, named)
    assert report.balanced_accuracy == pytest.approx(
        sklearn_metrics.balanced_accuracy_score(labels, named)
    )
    assert report.cross_entropy == pytest.approx(
        sklearn_metrics.log_loss(labels, softmax(logits), labels=range(4))
    )
    np.testing.assert_array_equal(report.confusion, sklearn_metrics.confusion_matrix(labels, named))
    recalls = sklearn_metrics.recall_score(labels, named, average=None)
    assert [one.rate.value for one in report.people] == pytest.approx(recalls.tolist())


def test_intervals_are_wilsons_and_a_person_without_photos_has_no_rate():
    logits, labels = answers()
    labels = np.where(labels == 2, 1, labels)
    report = classification_report(logits, labels, NAMES)
    right = int((logits.argmax(axis=1) == labels).sum())
    assert (report.accuracy.low, report.accuracy.high) == wilson(right, len(labels))
    assert report.people[2].rate is None
    assert report.people[2].count == 0
    recalls = [one.rate.value for one in report.people if one.name != "Cy"]
    assert report.balanced_accuracy == pytest.approx(np.mean(recalls))
    assert report.to_json()["people"][2]["rate"] is None


def test_a_temperature_changes_probabilities_and_no_answer():
    logits, labels = answers()
    plain, soft = (classification_report(logits, labels, NAMES, t) for t in (1.0, 10.0))
    np.testing.assert_array_equal(plain.confusion, soft.confusion)
    assert soft.cross_entropy != plain.cross_entropy
    np.testing.assert_allclose(
        soft.cross_entropy, -np.log(softmax(logits / 10)[np.arange(300), labels]).mean()
    )


def test_the_fitted_temperature_is_scipys_minimum_and_mends_the_calibration():
    logits, labels = answers(2000, scale=4.0)
    found = fit_temperature(logits, labels)
    best = minimize_scalar(
        lambda t: -np.log(softmax(logits / t)[np.arange(2000), labels]).mean(),
        bounds=(0.05, 20),
        method="bounded",
    )
    assert found == pytest.approx(best.x, rel=1e-3)
    sure, honest = (classification_report(logits, labels, NAMES, t) for t in (1.0, found))
    assert honest.calibration_error < 0.04 < 0.1 < sure.calibration_error


def test_where_every_answer_is_right_the_temperature_stays_and_the_error_is_what_is_missing():
    labels = np.arange(4).repeat(3)
    logits = 2.0 * np.eye(4)[labels]
    assert fit_temperature(logits, labels) == 1.0
    report = classification_report(logits, labels, NAMES)
    assert report.accuracy.value == 1
    assert report.calibration_error == pytest.approx(1 - softmax(logits).max())
    assert report.confused() == ()


def test_mistakes_of_both_directions_are_one_pair_and_the_worst_comes_first():
    confusion = np.array([[9, 2, 0, 1], [3, 9, 0, 0], [0, 0, 9, 0], [2, 0, 0, 9]])
    found = [(p.first, p.second, p.first_as_second, p.second_as_first, p.count)
             for p in most_confused(confusion)]  # fmt: skip
    assert found == [(1, 0, 3, 2, 5), (3, 0, 2, 1, 3)]


def test_the_report_is_plain_json():
    import json

    report = classification_report(*answers(), NAMES)
    again = json.loads(json.dumps(report.to_json()))
    assert again["count"] == 300
    assert sum(map(sum, again["confusion"])) == 300


@pytest.mark.parametrize(
    ("logits", "labels", "kind"),
    [
        (np.zeros((0, 4)), np.zeros(0, int), InsufficientData),
        (np.zeros((3, 5)), np.zeros(3, int), InvalidArray),
        (np.zeros((3, 4)), np.zeros(2, int), InvalidArray),
        (np.zeros((3, 4)), np.zeros(3), InvalidArray),
        (np.zeros((3, 4)), np.array([0, 1, 4]), InvalidArray),
        (np.zeros((3, 4)), np.array([0, 1, -1]), InvalidArray),
        (np.full((3, 4), np.nan), np.zeros(3, int), InvalidArray),
        ("no numbers", np.zeros(3, int), InvalidArray),
    ],
)
def test_what_does_not_fit_is_refused(logits, labels, kind):
    with pytest.raises(kind):
        classification_report(logits, labels, NAMES)


def test_a_temperature_of_nothing_is_refused():
    with pytest.raises(InvalidOption):
        classification_report(*answers(), NAMES, temperature=0.0)

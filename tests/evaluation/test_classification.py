"""A classifier's report, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation import (
    ScoredPhoto,
    classification_findings,
    evaluate_classification,
    wilson,
)
from mien.matching import DecisionRule, Policy
from mien.records import Threshold

LABELS = ("Ada", "Bo", "Cy")
POLICY = Policy(Threshold(0.5), rule=DecisionRule(margin=0.05))


def photo(name: str, person: str, *scores: float) -> ScoredPhoto:
    label = person if person in LABELS else None
    return ScoredPhoto(name, person, label, np.array(scores, np.float32) if scores else None)


PHOTOS = [
    photo("a1", "Ada", 0.9, 0.1, 0.0),  # right, named
    photo("a2", "Ada", 0.4, 0.1, 0.0),  # right first, too low to be named
    photo("a3", "Ada", 0.62, 0.6, 0.0),  # right first, too close to call
    photo("a4", "Ada", 0.2, 0.7, 0.0),  # named Bo
    photo("b1", "Bo", 0.1, 0.8, 0.0),
    photo("b2", "Bo"),  # no face
    photo("s1", "Stranger", 0.3, 0.1, 0.2),
    photo("s2", "Stranger", 0.1, 0.2, 0.6),  # named Cy
    photo("s3", "Other"),
    photo("s4", "Third", 0.1, 0.2, 0.1),
]


@pytest.fixture
def report():
    return evaluate_classification(PHOTOS, LABELS, POLICY)


def test_the_first_class_answers_the_closed_set_and_no_face_is_an_error(report):
    assert report.accuracy.value == 4 / 6
    assert (report.accuracy.low, report.accuracy.high) == wilson(4, 6)
    assert report.balanced_accuracy == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert report.failure_to_acquire == 1
    assert [(one.name, one.photos, one.accuracy.value) for one in report.people] == [
        ("Ada", 4, 0.75),
        ("Bo", 2, 0.5),
    ]


def test_at_the_threshold_a_photo_is_named_right_wrong_or_not(report):
    made = report.at_threshold
    assert (made.named_right.value, made.wrong_name.value) == (2 / 6, 1 / 6)
    assert made.false_rejects.value == 3 / 6
    assert made.named_right.value + made.wrong_name.value + made.false_rejects.value == 1
    assert report.people[0].named.value == 1 / 4


def test_strangers_with_a_face_are_trials_and_their_people_make_the_interval(report):
    rate = report.at_threshold.false_accepts
    assert rate.value == 1 / 3
    assert (report.stranger_photos, report.strangers, report.stranger_failures) == (4, 3, 1)
    assert rate.low < 1 / 3 < rate.high


def test_mistakes_are_listed_and_what_was_not_measured_is_said(report):
    assert report.confusions == (("Ada", "Bo", 1),)
    assert any("1 of the 3 people" in note for note in report.notes)
    bare = evaluate_classification(PHOTOS[:6], LABELS, None)
    assert bare.at_threshold is None
    assert any("no threshold" in note for note in bare.notes)
    assert evaluate_classification(PHOTOS[:6], LABELS, POLICY).at_threshold.false_accepts is None


def test_the_page_has_a_table_of_who_is_taken_for_whom(report):
    findings = classification_findings(report)
    (table,) = [one for one in findings.tables if one.key == "confusion_table"]
    assert table.columns == ("person", "Ada", "Bo", "no face")
    assert table.rows == (("Ada", 3, 1, 0), ("Bo", 0, 1, 1))
    assert [one.kind for one in findings.examples] == ["false_accept", "confusion"]
    assert findings.trials.right == (
        *(True, True, True, False, True, False),
        *(True, False, True, True),
    )
    assert findings.result["at_threshold"]["false_accepts"]["value"] == 1 / 3


def test_a_classifier_of_many_people_lists_its_mistakes_alone():
    labels = [f"p{n:02}" for n in range(30)]
    row = np.eye(30, dtype=np.float32)
    photos = [ScoredPhoto(str(n), one, one, row[n]) for n, one in enumerate(labels)]
    photos.append(ScoredPhoto("x", "p03", "p03", row[7]))
    findings = classification_findings(evaluate_classification(photos, labels, POLICY))
    (table,) = [one for one in findings.tables if one.key == "confusions"]
    assert table.rows == (("p03", "p07", 1),)


def test_photos_of_nobody_it_knows_are_refused_with_the_names():
    with pytest.raises(InsufficientData, match="Ada, Bo, Cy"):
        evaluate_classification(PHOTOS[6:], LABELS, POLICY)


def test_similarities_that_do_not_fit_are_refused():
    with pytest.raises(InvalidArray):
        evaluate_classification([photo("a", "Ada", 0.9, 0.1)], LABELS, POLICY)

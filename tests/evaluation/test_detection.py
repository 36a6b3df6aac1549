from __future__ import annotations

import math

import numpy as np
import pytest

import oracles
from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.evaluation import (
    LabelledBox,
    LabelledPhoto,
    detection_findings,
    evaluate_detection,
    found_faces,
    wilson,
)
from mien.evaluation.box_matching import match_faces
from mien.evaluation.precision_curve import average_precision, detection_curve


def brute(photos, found, iou):
    """PASCAL's rules in lists: counts, average precision, recall at so many false alarms."""
    seen, total = [], 0
    for photo, (boxes, scores) in zip(photos, found, strict=True):
        counting = [box.xyxy for box in photo.boxes if not box.ignored]
        ignored = [box.xyxy for box in photo.boxes if box.ignored]
        total += len(counting)
        taken = []
        for score, box in sorted(zip(scores, boxes, strict=True), key=lambda one: -one[0]):
            shares = [oracles.box_overlap(box, other) for other in counting]
            best = shares.index(max(shares)) if shares else None
            if best is not None and shares[best] >= iou:
                seen.append((score, best not in taken))
                taken.append(best)
            elif not any(oracles.box_overlap(box, other) >= iou for other in ignored):
                seen.append((score, False))
    points = []
    for least in sorted({score for score, _ in seen}, reverse=True):
        right = [good for score, good in seen if score >= least]
        points.append((sum(right) / total, sum(right) / len(right), right.count(False)))
    levels = sorted({recall for recall, *_ in points})
    area = sum(
        (recall - before) * max(p for r, p, _ in points if r >= recall)
        for before, recall in zip([0, *levels], levels, strict=False)
    )
    at = {n: max([r for r, _, false in points if false <= n], default=0) for n in (0, 1, 10)}
    return area, at, sum(good for _, good in seen), len(seen), total


def random_boxes(rng, count):
    """On a coarse grid, so that many overlap equally."""
    corners = rng.integers(0, 5, size=(count, 2)) * 4.0
    return np.hstack([corners, corners + rng.integers(1, 4, size=(count, 2)) * 4.0])


def a_case(rng):
    photos, found = [], []
    for index in range(int(rng.integers(1, 5))):
        faces = random_boxes(rng, int(rng.integers(0, 6)))
        boxes = [LabelledBox(tuple(face), bool(rng.random() < 0.2)) for face in faces]
        photos.append(LabelledPhoto(f"{index}.jpg", tuple(boxes)))
        count = int(rng.integers(0, 12))
        found.append(
            (random_boxes(rng, count), rng.integers(0, rng.choice([1, 4, 50]), count) / 50)
        )
    photos.append(LabelledPhoto("last.jpg", (LabelledBox((0, 0, 8, 8)),)))
    found.append((np.empty((0, 4)), np.empty(0)))
    return photos, found


def judged(photos, found, iou=0.5, **more):
    faces = [found_faces(*one) for one in found]
    return evaluate_detection(
        photos, faces, faces, iou=iou, minimum_score=0.0, lowest_score=0.0, replicates=40, **more
    )


def test_every_number_is_what_the_rules_give_on_a_thousand_random_sets():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        photos, found = a_case(rng)
        iou = float(rng.choice([0.25, 0.4, 0.5, 1.0]))
        report = judged(photos, found, iou)
        area, at, right, seen, total = brute(photos, found, iou)
        assert (report.found, report.found + report.false_alarms, report.faces) == (
            *(right, seen, total),
        )
        assert report.average_precision.value == pytest.approx(area, abs=1e-12)
        assert report.recall.value == pytest.approx(right / total)
        for one in report.recall_at:
            assert one.recall.value == pytest.approx(at[one.false_alarms])


def photo(*boxes, ignored=()):
    every = [LabelledBox(box) for box in boxes] + [LabelledBox(box, True) for box in ignored]
    return LabelledPhoto("a.jpg", tuple(every))


LEFT, RIGHT = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0)


def test_a_perfect_detector_has_an_average_precision_of_one_and_few_faces_do_not_prove_it():
    report = judged([photo(LEFT, RIGHT)], [([LEFT, RIGHT], [0.9, 0.8])])
    assert report.average_precision.value == report.recall.value == 1.0
    assert report.mean_iou == 1.0
    assert report.average_precision.low == pytest.approx(report.recall.low)
    assert report.average_precision.low < 0.5
    assert not report.average_precision.supported


def test_half_the_faces_behind_a_false_alarm_is_a_quarter():
    report = judged([photo(LEFT, RIGHT)], [([(50, 50, 60, 60), LEFT], [0.9, 0.8])])
    assert report.average_precision.value == pytest.approx(0.5 * 0.5)
    assert [(one.false_alarms, one.recall.value) for one in report.recall_at] == [(0, 0), (1, 0.5)]


def test_finding_a_face_twice_is_a_false_alarm_and_the_surer_one_is_right():
    report = judged([photo(LEFT)], [([LEFT, (0, 0, 10, 9)], [0.6, 0.7])])
    assert (report.found, report.false_alarms) == (1, 1)
    assert report.mean_iou == pytest.approx(0.9)


def test_what_is_to_be_ignored_neither_counts_nor_hurts():
    report = judged([photo(LEFT, ignored=[RIGHT])], [([LEFT, RIGHT, RIGHT], [0.6, 0.9, 0.7])])
    assert (report.faces, report.ignored, report.found, report.false_alarms) == (1, 1, 1, 0)
    assert judged([photo(LEFT, ignored=[RIGHT])], [([LEFT], [0.6])]).recall.value == 1.0
    crossed = judged([photo(LEFT, ignored=[LEFT])], [([LEFT], [0.6])])
    assert (crossed.found, crossed.false_alarms) == (1, 0)


def test_nothing_found_has_no_precision_and_a_photo_that_is_not_read_is_missed():
    faces = [None, found_faces([], [])]
    photos = [photo(LEFT), LabelledPhoto("b.jpg", ())]
    report = evaluate_detection(photos, faces, faces, minimum_score=0.5, lowest_score=0.1)
    assert (report.precision, report.mean_iou, report.recall.value) == (None, None, 0.0)
    assert report.average_precision.value == 0.0
    assert report.not_read == 1
    assert detection_findings(report, photos, faces, faces).charts == ()


def test_a_point_that_is_not_on_the_curve_is_told():
    low, default = found_faces([LEFT, RIGHT], [0.9, 0.8]), found_faces([LEFT], [0.9])
    args = {"minimum_score": 0.7, "lowest_score": 0.1, "replicates": 40}
    report = evaluate_detection([photo(LEFT)], [low], [default], **args)
    assert not report.same_as_curve
    assert report.false_alarms == 0
    assert any("otherwise" in note for note in report.notes)
    assert evaluate_detection([photo(LEFT)], [low], [low], **args).same_as_curve


def test_the_findings_show_the_largest_missed_face_and_the_surest_false_alarm_first():
    large, small, nobody = (0, 0, 90, 90), (100, 0, 110, 10), (200, 0, 220, 20)
    photos = [photo(small, large, LEFT)]
    found = [([nobody, (300, 0, 320, 20)], [0.4, 0.9])]
    faces = [found_faces(*one) for one in found]
    findings = detection_findings(judged(photos, found), photos, faces, faces)
    assert [(one.kind, one.text) for one in findings.examples[:4:3]] == [
        ("missed_face", "not found: 90 × 90 pixels at (0, 0)"),
        ("false_alarm", "taken for a face with 0.90: 20 × 20 pixels at (300, 0)"),
    ]
    assert findings.trials.right == (False, False, False)


def test_the_charts_rise_and_the_area_under_the_first_is_the_average_precision():
    rng = np.random.default_rng(7)
    photos, found = a_case(rng)
    faces = [found_faces(*one) for one in found]
    report = judged(photos, found, 0.25)
    for chart in detection_findings(report, photos, faces, faces).charts:
        for line in chart.lines:
            assert list(line.x) == sorted(set(line.x))
    line = detection_findings(report, photos, faces, faces).charts[0].lines[0]
    area = np.sum(np.diff(line.x, prepend=0) * line.y)
    assert area == pytest.approx(report.average_precision.value)


def a_sample(rng, count):
    """Photos of one face, found with a score that is higher than a false alarm's."""
    photos = [photo(LEFT)] * count
    found = []
    for _ in range(count):
        hit, alarm = rng.random() < 0.85, rng.random() < 0.5
        boxes = [LEFT] * hit + [RIGHT] * alarm
        found.append(found_faces(boxes, [rng.normal(2)] * hit + [rng.normal(0)] * alarm))
    return photos, found


def test_the_interval_of_average_precision_holds_the_truth_about_95_times_in_100():
    rng = np.random.default_rng(2)

    def area(count, replicates, seed=0):
        photos, found = a_sample(rng, count)
        matches = match_faces(photos, found, 0.5)
        totals = np.ones(count, dtype=np.int64)
        return average_precision(matches, detection_curve(matches), totals, replicates, seed)

    truth = area(20_000, 40).value
    held = 0
    for seed in range(250):
        rate = area(100, 100, seed)
        held += rate.low <= truth <= rate.high
    assert 0.92 <= held / 250 <= 0.98


def test_where_all_is_found_average_precision_is_no_surer_than_the_recall():
    photos, found = [photo(LEFT)] * 9, [found_faces([LEFT], [0.9])] * 8
    found.append(found_faces([LEFT, RIGHT], [0.5, 0.7]))  # one false alarm before the last face
    report = evaluate_detection(photos, found, found, minimum_score=0.1, lowest_score=0.1)
    assert report.recall.value == 1.0
    assert report.recall.low == report.average_precision.low == pytest.approx(wilson(9, 9)[0])
    assert 0.98 < report.average_precision.value < report.average_precision.high


def test_what_cannot_be_judged_is_refused():
    nothing = found_faces([], [])
    options = {"minimum_score": 0.5, "lowest_score": 0.1}
    with pytest.raises(InsufficientData):
        evaluate_detection([photo(ignored=[LEFT])], [nothing], [nothing], **options)
    with pytest.raises(InvalidArray):
        evaluate_detection([photo(LEFT)], [], [nothing], **options)
    for iou in (0.0, 1.1, math.nan):
        with pytest.raises(InvalidOption):
            evaluate_detection([photo(LEFT)], [nothing], [nothing], iou=iou, **options)
    for boxes, scores in [
        ([LEFT], [math.nan]),
        ([(0, 0, math.inf, 1)], [0.5]),
        ([(5, 5, 5, 9)], [0.5]),
        ([LEFT], []),
    ]:
        with pytest.raises(InvalidArray):
            found_faces(boxes, scores)

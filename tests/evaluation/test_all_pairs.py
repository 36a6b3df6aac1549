from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest

import oracles
from mien.errors import InsufficientData, InvalidArray, InvalidEmbedding, InvalidOption
from mien.evaluation import evaluate_all_pairs, impostor_thresholds, roc, wilson
from mien.evaluation.all_pairs_curve import HALF_BINS, all_pairs_curve, bin_of
from mien.evaluation.labelled import labelled

FARS = (0.5, 0.1, 0.02, 1e-3)


def exact_set(seed):
    """Signs over 4: products are multiples of 1/8, exact, with ties; some copies and failures."""
    rng = np.random.default_rng(seed)
    photos, people = int(rng.integers(6, 14)), int(rng.integers(2, 6))
    owners = np.concatenate([np.arange(people), [0], rng.integers(people, size=photos)])
    base = np.where(rng.uniform(size=(people, 16)) < 0.5, 1, -1)
    vectors = list(base[owners] * np.where(rng.uniform(size=(len(owners), 16)) < 0.15, -1, 1) / 4)
    vectors[-1] = vectors[1]
    if seed % 5 == 0:
        vectors = [base[0] / 4] * len(owners)  # all alike: one threshold, nothing tells apart
    if seed % 3 == 0:
        for row in rng.integers(people + 1, len(owners), size=2):
            vectors[row] = None
    return vectors, [f"p{owner}" for owner in owners]


def brute_force(vectors, labels):
    """(score, same, first, second) of every pair; -inf where a photo has no vector."""
    return [
        (
            -math.inf
            if vectors[i] is None or vectors[j] is None
            else float(np.dot(vectors[i], vectors[j])),
            labels[i] == labels[j],
            i,
            j,
        )
        for i in range(len(labels))
        for j in range(i + 1, len(labels))
    ]


def compare_with_brute_force(vectors, labels):
    report = evaluate_all_pairs(vectors, labels, fars=FARS)
    pairs = brute_force(vectors, labels)
    scores, same = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    assert (report.genuine, report.impostor) == (sum(same), len(same) - sum(same))
    assert report.failure_to_acquire == scores.count(-math.inf)
    assert report.eer.value == pytest.approx(oracles.eer(scores, same), abs=1e-9)
    assert report.eer.low <= report.eer.value <= report.eer.high
    assert abs(report.auc - oracles.auc(scores, same)) <= report.auc_error + 1e-12
    points = [point for point in oracles.roc_points(scores, same) if point[0] > -math.inf]
    for row in report.tar_at_far:
        if report.impostor * row.far < 1 - 1e-9:
            assert row.tar is None
            continue
        threshold, false, true = [p for p in points if p[1] <= row.far * report.impostor + 1e-9][-1]
        assert (row.threshold, row.false_accepts) == (threshold, false)
        assert row.tar.value == pytest.approx(oracles.tar_at_far(scores, same, row.far))
        assert row.tar.value == pytest.approx(true / report.genuine)
        assert row.tar_acquired.value == true / (report.genuine - report.genuine_lost)
        assert row.measured_far.value == false / report.impostor
        assert row.binomial == wilson(true, report.genuine)
        for rate in (row.tar, row.tar_acquired, row.measured_far):
            assert 0 <= rate.low <= rate.value + 1e-12 <= rate.high + 2e-12 <= 1 + 2e-12
    compare_people(report, pairs, labels)
    compare_examples(report, pairs)


def compare_people(report, pairs, labels):
    cut = report.people_threshold
    for found, kind in ((report.goats, True), (report.lambs, False)):
        shares = {}
        for name in set(labels):
            own = [p[0] for p in pairs if p[1] == kind and name in (labels[p[2]], labels[p[3]])]
            wrong = sum((score >= cut) != kind for score in own)
            shares[name] = (wrong, len(own))
        worst = sorted((w / n for w, n in shares.values() if w), reverse=True)
        mine = [
            (one.false_rejects, one.genuine_pairs)
            if kind
            else (one.false_matches, one.impostor_pairs)
            for one in found
        ]
        assert [shares[one.name] for one in found] == mine
        assert [wrong / count for wrong, count in mine] == worst[:10]


def compare_examples(report, pairs):
    cut, scores = report.people_threshold, {(str(p[2]), str(p[3])): p for p in pairs}
    matches = sorted((p[0] for p in pairs if not p[1] and p[0] >= cut), reverse=True)[:20]
    misses = sorted(p[0] for p in pairs if p[1] and -math.inf < p[0] < cut)[:20]
    assert [one.score for one in report.examples] == matches + misses
    assert len({one.photos for one in report.examples}) == len(report.examples)
    for one in report.examples:
        assert scores[one.photos][:2] == (one.score, one.kind == "miss")


@pytest.mark.parametrize("tens", range(10))
def test_everything_is_what_counting_all_pairs_gives(tens, monkeypatch):
    monkeypatch.setattr("mien.evaluation.pair_blocks.BLOCK_ROWS", 5)
    monkeypatch.setattr("mien.evaluation.all_pairs_charts.POINTS", 10)
    # Coarse bins hold several scores each: the bins of interest must be taken apart.
    half = HALF_BINS if tens == 9 else (2, 64)[tens % 2]
    monkeypatch.setattr("mien.evaluation.all_pairs_curve.HALF_BINS", half)
    for room in ("all_pairs_curve.BINS", "all_pairs_charts.BINS", "all_pairs_charts.BARS"):
        monkeypatch.setattr(f"mien.evaluation.{room}", 2 * half)
    for seed in range(100 * tens, 100 * tens + 100):
        compare_with_brute_force(*exact_set(seed))


def people_set(seed=3, people=150, photos=4, dimensions=32, spread=0.5):
    rng = np.random.default_rng(seed)
    base = np.repeat(rng.normal(size=(people, dimensions)), photos, axis=0)
    vectors = (base + spread * rng.normal(size=base.shape) * 2).astype(np.float32)
    return vectors, [f"p{row // photos}" for row in range(len(base))]


def all_scores(data):
    products = data.vectors @ data.vectors.T
    upper = np.triu_indices(len(products), 1)
    return products[upper], (data.codes[:, None] == data.codes[None, :])[upper]


def test_the_curve_is_exact_at_edges_and_where_rates_are_read_off():
    vectors, labels = people_set()
    data = labelled(vectors, labels)
    curve, (scores, same) = all_pairs_curve(data, [1e-2, 1e-4]), all_scores(data)
    exact = roc(scores, same)
    assert curve.roc.eer == pytest.approx(exact.eer, abs=2e-6)  # rounding of the products
    for far in (1e-2, 1e-4):
        found, true = curve.roc.at_far(far), exact.at_far(far)
        assert (found.false_accepts, found.true_accepts) == (true.false_accepts, true.true_accepts)
        assert found.threshold == pytest.approx(true.threshold, abs=1e-6)
    assert 0 < curve.auc_error < 1e-4
    assert abs(curve.roc.auc - exact.auc) <= curve.auc_error
    steps = curve.roc.thresholds[1:]
    assert np.diff(-steps).max() > 0  # falling
    for threshold in steps[:: len(steps) // 50]:
        assert abs(curve.roc.at_threshold(threshold).far - (scores[~same] >= threshold).mean()) < (
            3 / (~same).sum()
        )


def test_a_bin_is_as_wide_as_is_said_and_no_score_changes_sides():
    scores = np.array([-1.0000001, -1.0, -0.99999994, -1e-45, 0.0, 1 - 6e-8, 1.0], np.float32)
    expected = [0, 0, 0, HALF_BINS - 1, HALF_BINS, 2 * HALF_BINS - 1, 2 * HALF_BINS - 1]
    assert bin_of(scores).tolist() == expected


def test_thresholds_lie_between_those_of_impostors_alone():
    vectors, labels = people_set(seed=5)
    report = evaluate_all_pairs(vectors, labels, fars=(1e-2, 1e-3))
    alone = impostor_thresholds(vectors, labels, (1e-2, 1e-3))
    for row, other in zip(report.tar_at_far, alone, strict=True):
        # The lowest score of either kind that keeps the rate, against the lowest impostor score.
        assert row.threshold <= other.similarity
        assert row.false_accepts == other.false_matches


def test_findings_can_be_written_and_its_curves_are_those_of_a_chart():
    vectors, labels = people_set(people=20)
    found = evaluate_all_pairs([*vectors, None], [*labels, "p0"]).findings()
    record = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert record["kind"] == "verification"
    assert record["trials"] is None
    assert record["result"]["accuracy"] is None
    assert record["result"]["photos_lost"] == 1
    for chart in found.charts:
        for line in chart.lines:
            assert np.all(np.diff(line.x) > 0)
            assert len(line.x) == len(line.y) <= 200
            for value, low, high in zip(line.y, line.low, line.high, strict=False):
                assert low <= value + 1e-12 <= high + 2e-12
            if chart.y_log:
                assert min(line.low) > 0
            if chart.x_log:
                assert min(line.x) > 0
    refused = record["result"]["tar_at_far"]["1e-06"]
    assert (refused["tar"], refused["supported"]) == (None, False)
    # 81 photos: 3,240 pairs; of one person 19 times 6 and once, with the photo lost, 10.
    assert "needs 996,884 more impostor pairs: of 3,116" in refused["note"]


@pytest.mark.parametrize(
    ("vectors", "labels", "error"),
    [
        ([], [], InsufficientData),
        (np.eye(3), ["a", "a", "a"], InsufficientData),
        (np.eye(3), ["a", "b", "c"], InsufficientData),
        ([np.ones(2), None, np.ones(2)], ["a", "a", "b"], InsufficientData),
        ([np.ones(2), np.ones(2), None], ["a", "a", "b"], InsufficientData),
        ([None, None, None], ["a", "a", "b"], InsufficientData),
        (np.eye(3), ["a", "b"], InvalidArray),
        ([np.ones(2), np.ones(3), np.ones(2)], ["a", "a", "b"], InvalidArray),
        (np.ones(3), ["a", "a", "b"], InvalidArray),
        (np.zeros((3, 3)), ["a", "a", "b"], InvalidEmbedding),
        (np.full((3, 3), np.nan), ["a", "a", "b"], InvalidEmbedding),
    ],
)
def test_a_set_without_both_kinds_of_pairs_or_with_nan_is_refused(vectors, labels, error):
    with pytest.raises(error):
        evaluate_all_pairs(vectors, labels)


@pytest.mark.parametrize("wrong", [{"fars": (0.0,)}, {"fars": (1.5,)}])
def test_an_option_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidOption):
        evaluate_all_pairs(np.eye(3), ["a", "a", "b"], **wrong)


MANY = """
import resource, numpy
from mien.evaluation import evaluate_all_pairs
vectors = numpy.random.default_rng(0).normal(size=(7701, 32)).astype("float32")
labels = [f"p{n // 2}" for n in range(7701)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = evaluate_all_pairs(vectors, labels)
print(report.impostor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_thirty_million_pairs_take_less_than_half_a_gigabyte():
    pytest.importorskip("resource", reason="memory is read off where there is getrusage")
    done = subprocess.run([sys.executable, "-c", MANY], capture_output=True, check=True, text=True)
    pairs, kilobytes = map(int, done.stdout.split())
    assert pairs == 7701 * 7700 // 2 - 3850
    assert kilobytes < 500_000

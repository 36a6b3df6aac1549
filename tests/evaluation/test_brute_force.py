"""A thousand random score sets, each judged a second time by trying every threshold."""

from __future__ import annotations

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation import Pair, evaluate_verification, roc
from mien.evaluation.cross_validation import best_threshold


def counted(scores, same, threshold):
    """(false accepts, true accepts) of a threshold."""
    passed = [truth for score, truth in zip(scores, same, strict=True) if score >= threshold]
    return passed.count(False), passed.count(True)


def brute_force(scores, same):
    """Points, AUC, EER, TAR at 0.1 and 0.01, best threshold: each from its definition."""
    thresholds = [float("inf"), *sorted(set(scores), reverse=True)]
    points = [(t, *counted(scores, same, t)) for t in thresholds]
    genuine, impostor = same.count(True), same.count(False)
    far, frr = [f / impostor for _, f, _ in points], [1 - t / genuine for _, _, t in points]
    g = [s for s, truth in zip(scores, same, strict=True) if truth]
    i = [s for s, truth in zip(scores, same, strict=True) if not truth]
    auc = sum((a > b) + (a == b) / 2 for a in g for b in i) / genuine / impostor
    k = next(k for k in range(len(points)) if far[k] >= frr[k])
    (x0, x1), (y0, y1) = far[k - 1 : k + 1], frr[k - 1 : k + 1]
    eer = x0 + (x1 - x0) * (y0 - x0) / (y0 - x0 + x1 - y1)
    tars = [max(t / genuine for _, f, t in points if f <= r * impostor + 1e-9) for r in (0.1, 0.01)]
    most = max(t + impostor - f for _, f, t in points)
    at = next(k for k, (_, f, t) in enumerate(points) if t + impostor - f == most)
    edges = [*thresholds[1:], float("-inf")]
    return points, auc, eer, tars, (edges[at], thresholds[at])  # best: above the one, to the other


def score_set(seed, count):
    """Few or many ties, constants, both orders of the classes."""
    rng = np.random.default_rng(seed)
    same = rng.uniform(size=count) < rng.uniform(0.1, 0.9)
    same[:2] = True, False
    scores = rng.normal(size=count) + same * rng.uniform(-1, 3)
    kinds = (scores, np.round(scores), np.round(scores, 1), np.full(count, 0.25))
    return kinds[seed % 4], same


@pytest.mark.parametrize("block", range(10))
def test_every_metric_equals_brute_force_on_a_thousand_score_sets(block):
    for seed in range(block * 100, block * 100 + 100):
        scores, same = score_set(seed, 2 + seed % 39)
        points, auc, eer, tars, (below, top) = brute_force(scores.tolist(), same.tolist())
        curve = roc(scores, same)
        rows = zip(curve.thresholds, curve.false_accepts, curve.true_accepts, strict=True)
        assert list(rows) == points
        assert curve.auc == pytest.approx(auc, abs=1e-12)
        assert curve.eer == pytest.approx(eer, abs=1e-12)
        assert [curve.at_far(r).tar for r in (0.1, 0.01)] == pytest.approx(tars)
        assert below < best_threshold(scores, same) <= top


@pytest.mark.parametrize("block", range(5))
def test_accuracy_over_folds_equals_brute_force_on_a_thousand_score_sets(block):
    for seed in range(block * 200, block * 200 + 200):
        scores, same = score_set(seed, 24)
        same[:12] = [True, False] * 6  # both kinds in three folds of eight at the least in two
        fold = np.arange(24) % 3
        accuracies = []
        for held in range(3):
            others = fold != held
            below, top = brute_force(scores[others].tolist(), same[others].tolist())[-1]
            if top == np.inf:
                threshold = np.nextafter(below, np.inf)
            else:
                threshold = top if below == -np.inf else (below + top) / 2
            answers = scores[~others] >= threshold
            accuracies.append(float((answers == same[~others]).mean()))
        kinds = zip(fold, same, strict=True)
        pairs = [Pair(int(f), bool(s), f"{n}", f"{n}b") for n, (f, s) in enumerate(kinds)]
        report = evaluate_verification(pairs, scores)
        assert [f.accuracy for f in report.folds] == pytest.approx(accuracies)
        assert report.accuracy == pytest.approx(sum(accuracies) / 3)


@pytest.mark.parametrize("metric", [roc, best_threshold])
def test_one_class_or_a_nan_is_an_error(metric):
    for one_kind in (True, False):
        with pytest.raises(InsufficientData, match="genuine and impostor"):
            metric([0.1, 0.2], np.array([one_kind, one_kind]))
    with pytest.raises(InvalidArray, match="NaN"):
        metric([0.1, np.nan, 0.3], np.array([True, False, True]))

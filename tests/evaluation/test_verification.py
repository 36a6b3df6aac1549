from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray, InvalidEmbedding
from mien.evaluation import Pair, evaluate_verification, score_pairs, wilson


def made_up(seed=0, folds=10, per_class=300, gap=3.0):
    rng = np.random.default_rng(seed)
    pairs, scores = [], []
    for fold in range(1, folds + 1):
        for same in (True, False):
            for number in range(per_class):
                pairs.append(Pair(fold, same, f"{fold}/{same}/{number}", f"x/{number}"))
                scores.append(0.1 * (rng.normal() + gap * same))
    return pairs, np.array(scores)


def accuracies_by_hand(pairs, scores):
    """Each fold judged at the best of all thresholds on the others, by trying them all."""
    folds = sorted({pair.fold for pair in pairs})
    same = np.array([pair.same for pair in pairs])
    fold_of = np.array([pair.fold for pair in pairs])
    result = []
    for fold in folds:
        others = (fold_of != fold) & ~np.isnan(scores)
        values = np.unique(scores[others])
        tried = [(a + b) / 2 for a, b in zip(values[1:], values[:-1], strict=True)]
        rights = [int(((scores[others] >= t) == same[others]).sum()) for t in tried]
        best = max(t for t, right in zip(tried, rights, strict=True) if right == max(rights))
        mine = fold_of == fold
        right = ((scores[mine] >= best) == same[mine]) & ~np.isnan(scores[mine])
        result.append(right.mean())
    return result


@pytest.mark.parametrize("seed", range(3))
def test_each_fold_is_judged_by_the_threshold_of_the_others(seed):
    pairs, scores = made_up(seed, folds=4, per_class=50)
    scores[[3, 70, 150]] = np.nan
    expected = accuracies_by_hand(pairs, scores)
    report = evaluate_verification(pairs, scores)
    assert [fold.accuracy for fold in report.folds] == pytest.approx(expected)
    assert report.accuracy == pytest.approx(np.mean(expected))
    assert report.standard_error == pytest.approx(np.std(expected, ddof=1) / math.sqrt(4))


def test_a_fold_does_not_choose_its_own_threshold():
    # Fold 2's scores lie 1 higher: its best threshold would answer all of it, the others' none.
    pairs = [Pair(f, s, f"{f}{s}{n}", "x") for f in (1, 2) for s in (True, False) for n in range(3)]
    scores = [0.5 + pair.fold - 1 if pair.same else 0.1 + pair.fold - 1 for pair in pairs]
    report = evaluate_verification(pairs, scores)
    assert [fold.accuracy for fold in report.folds] == [0.5, 0.5]


def test_a_failure_to_acquire_is_an_error_of_either_class_and_reported_apart():
    pairs, scores = made_up(gap=50.0)
    assert evaluate_verification(pairs, scores).accuracy == 1.0
    scores[[0, 1, 2]] = np.nan  # genuine, fold 1
    scores[[300, 301]] = np.nan  # impostor, fold 1
    report = evaluate_verification(pairs, scores)
    assert report.failure_to_acquire == 5
    assert report.folds[0].errors == 5
    assert report.accuracy == pytest.approx(1 - 5 / 6000)
    assert report.pooled_accuracy.value == pytest.approx(1 - 5 / 6000)
    assert report.tar_at_far[0].tar.value == pytest.approx(1 - 3 / 3000)
    assert report.auc < 1.0


def test_a_rate_is_supported_only_by_thirty_errors():
    report = evaluate_verification(*made_up())
    by_far = {row.far: row for row in report.tar_at_far}
    assert [by_far[far].false_accepts for far in (1e-1, 1e-2, 1e-3, 1e-4)] == [300, 30, 3, 0]
    assert [by_far[far].tar.supported for far in (1e-1, 1e-2, 1e-3, 1e-4)] == [
        True,
        True,
        False,
        False,
    ]
    row = by_far[1e-2]
    hits = round(row.tar.value * 3000)
    assert (row.tar.low, row.tar.high) == wilson(hits, 3000)


def test_the_json_is_that_of_the_command_line():
    report = replace(evaluate_verification(*made_up()), seconds=1.5, embedder="sface")
    row = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert (row["pairs"], row["genuine"], row["impostor"]) == (6000, 3000, 3000)
    assert set(row["tar_at_far"]) == {"0.1", "0.01", "0.001", "0.0001", "1e-05", "1e-06"}
    assert set(row["tar_at_far"]["0.01"]) >= {"tar", "low", "high", "supported"}
    assert set(row["eer"]) == {"value", "low", "high", "supported"}
    assert row["eer"]["low"] <= row["eer"]["value"] <= row["eer"]["high"]
    assert len(row["folds"]) == 10
    assert row["accuracy"] == pytest.approx(np.mean([fold["accuracy"] for fold in row["folds"]]))
    assert (row["failure_to_acquire"], row["seconds"], row["embedder"]) == (0, 1.5, "sface")


def test_scores_that_nothing_separates_still_make_strict_json():
    pairs, scores = made_up(folds=2, per_class=5)
    row = evaluate_verification(pairs, np.zeros_like(scores)).to_json()
    assert (
        json.loads(json.dumps(row, allow_nan=False))["tar_at_far"]["0.01"]["min_similarity"] is None
    )
    assert row["eer"]["value"] == 0.5


def test_one_fold_has_no_cross_validated_accuracy_and_says_so():
    report = evaluate_verification(*made_up(folds=1))
    assert (report.accuracy, report.standard_error, report.pooled_accuracy) == (None, None, None)
    assert report.folds == ()
    assert any("one fold" in note for note in report.notes)
    assert report.tar_at_far[0].tar.value > 0.9


def test_similarities_that_do_not_fit_are_refused():
    pairs, scores = made_up(folds=2, per_class=3)
    with pytest.raises(InvalidArray):
        evaluate_verification(pairs, scores[1:])
    with pytest.raises(InvalidArray):
        evaluate_verification(pairs, np.where(scores == scores[0], np.inf, scores))
    with pytest.raises(InsufficientData):
        evaluate_verification(pairs, np.full(len(pairs), np.nan))
    with pytest.raises(InsufficientData):
        evaluate_verification([replace(pair, same=True) for pair in pairs], scores)
    # All impostor pairs in fold 1: nothing to set fold 1's threshold on.
    with pytest.raises(InsufficientData, match="fold 1"):
        evaluate_verification([replace(p, fold=1 if not p.same else p.fold) for p in pairs], scores)


def test_every_photo_is_encoded_once_and_a_missing_face_is_nan():
    pairs = [Pair(0, True, "a", "b"), Pair(0, False, "b", "c"), Pair(0, False, "a", "d")]
    asked = []

    def encode(paths):
        asked.extend(paths)
        known = {"a": [1.0, 0.0], "b": [3.0, 4.0], "c": None, "d": [0.0, 2.0]}
        return (known[path] for path in paths)

    scores = score_pairs(pairs, encode)
    assert asked == ["a", "b", "c", "d"]
    np.testing.assert_allclose(scores, [0.6, np.nan, 0.0], atol=1e-7)


@pytest.mark.parametrize(
    "vectors", [[[1.0, 0.0]], [[1.0, 0.0], [1.0]], [[1.0, np.nan], [1.0, 0.0]]]
)
def test_vectors_that_do_not_fit_are_refused(vectors):
    with pytest.raises(InvalidEmbedding):
        score_pairs([Pair(0, True, "a", "b")], lambda paths: vectors)


def test_when_no_photo_has_a_face_every_score_is_nan():
    assert np.isnan(score_pairs([Pair(0, True, "a", "b")], lambda paths: [None, None])).all()

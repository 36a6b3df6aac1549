from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mien.evaluation import (
    Labels,
    Pair,
    Rate,
    evaluate_cohorts,
    evaluate_verification,
    subjects_of,
    verification_findings,
)


def sample(seed=0, count=1200, gap=2.0, lost=6):
    rng = np.random.default_rng(seed)
    pairs, scores = [], []
    for number in range(count):
        same, first = bool(number % 2), int(rng.integers(40))
        second = first if same else (first + 1 + int(rng.integers(39))) % 40
        pairs.append(Pair(number % 3, same, f"p{first}/{number}.jpg", f"p{second}/{number}b.jpg"))
        scores.append(0.1 * (rng.normal() + gap * same))
    scores = np.array(scores)
    scores[: 10 * lost : 10] = np.nan
    return pairs, scores


@pytest.fixture(scope="module")
def found():
    pairs, scores = sample()
    people = subjects_of(pairs)
    report = evaluate_verification(pairs, scores, subjects=people)
    labels = Labels(True, ("half",), {f"p{n}": ("low" if n < 20 else "high",) for n in range(40)})
    report = replace(report, cohorts=evaluate_cohorts(pairs, scores, labels, 0.1))
    return pairs, scores, report, verification_findings(report, pairs, scores, people)


def test_every_curve_rises_strictly_is_short_and_fits_its_axes(found):
    charts = {chart.key: chart for chart in found[3].charts}
    assert set(charts) == {"roc", "det", "scores"}
    for chart in charts.values():
        for line in chart.lines:
            assert len(line.x) == len(line.y) <= 401
            assert all(before < after for before, after in pairwise(line.x))
            assert not chart.x_log or min(line.x) > 0
            assert not chart.y_log or min(line.y) > 0


def test_the_curves_are_those_of_counting(found):
    pairs, scores, _, findings = found
    same = np.array([pair.same for pair in pairs])
    charts = {chart.key: {line.name: line for line in chart.lines} for chart in findings.charts}
    acquired = ~np.isnan(scores)
    for name, kept in (("all pairs counted", acquired | True), ("acquired only", acquired)):
        mine, truth = scores[kept], same[kept]
        for key in ("roc", "det"):
            line = charts[key][name]
            for far, rate in list(zip(line.x, line.y, strict=True))[::7]:
                false = round(far * (~truth).sum())
                steps = [t for t in mine[~np.isnan(mine)] if (mine[~truth] >= t).sum() <= false]
                tar = (mine[truth] >= min(steps)).mean()
                assert rate == pytest.approx(tar if key == "roc" else 1 - tar)
    histogram = charts["scores"]
    assert sum(histogram["genuine"].y) == pytest.approx(1.0)
    assert sum(histogram["impostor"].y) == pytest.approx(1.0)


def test_each_trial_has_its_verdict_and_its_people(found):
    pairs, scores, report, findings = found
    threshold = {fold.fold: fold.threshold for fold in report.folds}
    for row, pair in enumerate(pairs):
        lost = np.isnan(scores[row])
        right = not lost and (scores[row] >= threshold[pair.fold]) == pair.same
        assert findings.trials.right[row] == right
        assert findings.trials.scores[row] == (None if lost else scores[row])
    assert sum(findings.trials.right) == sum(fold.pairs - fold.errors for fold in report.folds)
    assert findings.trials.subjects[1] == tuple(
        p.split("/")[0] for p in (pairs[1].path1, pairs[1].path2)
    )


def test_the_examples_are_the_twenty_worst_of_each_kind(found):
    pairs, scores, report, findings = found
    threshold = {fold.fold: fold.threshold for fold in report.folds}
    by_kind = {}
    for example in findings.examples:
        by_kind.setdefault(example.kind, []).append(example)
    rows = list(zip(pairs, scores, strict=True))
    matches = sorted((s for p, s in rows if not p.same and s >= threshold[p.fold]), reverse=True)
    misses = sorted(s for p, s in rows if p.same and s < threshold[p.fold])
    assert [example.score for example in by_kind["false_match"]] == matches[:20]
    assert [example.score for example in by_kind["miss"]] == misses[:20]
    assert len(by_kind["not_acquired"]) == 6
    worst = by_kind["false_match"][0]
    assert worst.photos in {(p.path1, p.path2) for p in pairs if not p.same}


def test_the_tables_hold_both_intervals_the_folds_and_the_cohorts(found):
    _, _, report, findings = found
    tables = {table.key: table for table in findings.tables}
    assert set(tables) == {"tar_at_far", "acquired", "folds", "cohorts_half"}
    for table in tables.values():
        assert all(len(row) == len(table.columns) for row in table.rows)
    first = tables["tar_at_far"].rows[0]
    assert isinstance(first[1], Rate)
    assert isinstance(first[2], Rate)
    assert first[1].value == pytest.approx(first[2].value)
    assert first[1] != first[2]
    assert "not supported: 0 false accepts" in tables["tar_at_far"].rows[-1][-1]
    everything, acquired = tables["acquired"].rows
    assert (everything[1], acquired[1]) == (1200, 1194)
    assert acquired[4].value > everything[4].value
    assert [row[0] for row in tables["cohorts_half"].rows] == ["high", "low"]
    assert json.dumps(findings.to_json(), allow_nan=False)
    assert findings.result == report.to_json()


def test_acquired_only_is_the_report_of_the_acquired_pairs_alone():
    pairs, scores = sample(seed=4, lost=40)
    kept = [row for row in range(len(pairs)) if not np.isnan(scores[row])]
    only = evaluate_verification(pairs, scores).acquired_only
    alone = evaluate_verification([pairs[row] for row in kept], scores[kept])
    assert (only.pairs, only.genuine, only.impostor) == (alone.pairs, alone.genuine, alone.impostor)
    assert (only.eer, only.auc, only.accuracy) == (alone.eer, alone.auc, alone.pooled_accuracy)
    assert only.tar_at_far == alone.tar_at_far


@pytest.mark.parametrize("gap", [0.0, 60.0])
def test_constant_and_perfect_scores_have_findings_too(gap):
    pairs, scores = sample(count=60, gap=gap, lost=0)
    scores = np.zeros(60) if gap == 0 else scores
    pairs = [replace(pair, fold=0) for pair in pairs]
    report = evaluate_verification(pairs, scores, subjects=subjects_of(pairs))
    findings = verification_findings(report, pairs, scores)
    assert json.dumps(findings.to_json(), allow_nan=False)
    assert (findings.trials.right, findings.trials.subjects) == ((), ())
    det = next(chart for chart in findings.charts if chart.key == "det")
    assert det.lines == ()  # no point has errors of both kinds

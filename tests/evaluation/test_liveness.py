from __future__ import annotations

import math

import numpy as np
import pytest

import oracles
from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.evaluation import evaluate_liveness


def brute(labels, scores, threshold):
    """ISO/IEC 30107-3, by counting."""
    live = [s for label, s in zip(labels, scores, strict=True) if label == "live"]
    kinds = {}
    for label, score in zip(labels, scores, strict=True):
        if label != "live":
            kinds.setdefault(label, []).append(score)
    apcer = {kind: sum(s >= threshold for s in of) / len(of) for kind, of in kinds.items()}
    every = [s for of in kinds.values() for s in of]
    bpcer = sum(s < threshold for s in live) / len(live)
    at = {}
    for limit in (0.1, 0.05, 0.01):
        at[limit] = min(
            sum(s < t for s in live) / len(live)
            for t in [math.inf, *live, *every]
            if all(sum(s >= t for s in of) <= limit * len(of) + 1e-9 for of in kinds.values())
        )
    together = sum(s >= threshold for s in every) / len(every)
    return apcer, bpcer, (max(apcer.values()) + bpcer) / 2, (together + bpcer) / 2, at


def a_case(rng):
    count = int(rng.integers(2, 60))
    scores = rng.integers(0, rng.choice([1, 3, 20, 1000]), size=count) / 10
    labels = rng.choice(["live", "print", "replay", "mask"], size=count)
    labels[:2] = "live", "print"
    return labels.tolist(), scores


def test_every_number_is_what_the_standard_says_on_a_thousand_random_sets():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        labels, scores = a_case(rng)
        threshold = float(rng.choice(scores) + rng.choice([-0.05, 0, 0.05]))
        report = evaluate_liveness(labels, scores, threshold, replicates=40)
        apcer, bpcer, acer, hter, at = brute(labels, scores.tolist(), threshold)
        assert {one.kind: one.apcer.value for one in report.kinds} == pytest.approx(apcer)
        assert report.apcer.value == pytest.approx(max(apcer.values()))
        assert (report.bpcer.value, report.acer.value, report.hter.value) == pytest.approx(
            (bpcer, acer, hter)
        )
        same = [label == "live" for label in labels]
        assert report.eer.value == pytest.approx(oracles.eer(scores.tolist(), same), abs=1e-9)
        assert {one.apcer: one.bpcer.value for one in report.bpcer_at} == pytest.approx(at)


def test_the_chosen_threshold_is_where_the_two_error_rates_differ_least():
    rng = np.random.default_rng(1)
    for _ in range(200):
        labels, scores = a_case(rng)
        chosen = evaluate_liveness(labels, scores, replicates=40)

        def gap(threshold, labels=labels, scores=scores):
            _, bpcer, _, hter, _ = brute(labels, scores.tolist(), threshold)
            return abs(2 * (hter - bpcer))

        assert chosen.chosen_here
        assert gap(chosen.threshold) == pytest.approx(min(map(gap, set(scores.tolist()))))


def test_what_separates_perfectly_is_cut_in_the_middle_and_few_do_not_prove_it():
    report = evaluate_liveness(["live"] * 8 + ["print"] * 8, [0.9] * 8 + [0.1] * 8)
    assert report.threshold == pytest.approx(0.5)
    assert (report.apcer.value, report.bpcer.value, report.eer.value) == (0, 0, 0)
    assert [one.bpcer.value for one in report.bpcer_at] == [0, 0, 0]
    assert min(report.apcer.high, report.eer.high, report.bpcer_at[0].bpcer.high) > 0.3
    assert not report.eer.supported


def test_the_worst_kind_counts_and_not_the_mean_of_the_kinds():
    labels = ["live"] * 4 + ["print"] * 4 + ["replay"] * 4
    report = evaluate_liveness(labels, [9, 9, 9, 1, 1, 1, 1, 1, 9, 9, 9, 1], min_score=5)
    assert (report.worst, report.apcer.value, report.bpcer.value) == ("replay", 0.75, 0.25)
    assert (report.acer.value, report.hter.value) == (0.5, (3 / 8 + 1 / 4) / 2)
    assert report.bpcer_at[0].threshold is None  # a live face never scores above all replays
    assert report.bpcer_at[0].bpcer.value == 1.0


def test_presentations_without_an_answer_are_reported_apart():
    labels = ["live"] * 4 + ["print"] * 2 + ["mask"]
    report = evaluate_liveness(labels, [9, 9, 1, math.nan, 1, math.nan, math.nan], min_score=5)
    assert report.bpcer.value == pytest.approx(1 / 3)
    assert (report.live_no_response.value, report.attack_no_response.value) == (
        *(0.25, pytest.approx(2 / 3)),
    )
    mask, printed = report.kinds
    assert (mask.apcer, printed.apcer.value, printed.no_response.value) == (None, 0.0, 0.5)
    assert report.to_json()["apcer_by_kind"]["mask"]["apcer"] is None


@pytest.mark.torture
def test_the_intervals_hold_the_truth_about_95_times_in_100():
    """Normal scores: live around 2, two kinds of attacks around 0; every rate is known."""
    rng = np.random.default_rng(2)
    normal = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)))
    eer, cut = float(normal(-1.0)), 1.2815515655446004  # of the kinds 10 % lie above it
    truth = {"eer": eer, "bpcer": eer, "acer": eer, "hter": eer, "at": float(normal(cut - 2))}
    held = dict.fromkeys(truth, 0)
    labels = ["live"] * 300 + ["print"] * 300
    for seed in range(500):
        scores = np.concatenate([rng.normal(2, 1, 300), rng.normal(0, 1, 300)])
        report = evaluate_liveness(labels, scores, 1.0, 200, seed)
        rates = {name: getattr(report, name) for name in ("eer", "bpcer", "acer", "hter")}
        rates["at"] = report.bpcer_at[0].bpcer
        for name, rate in rates.items():
            held[name] += rate.low <= truth[name] <= rate.high
    assert {name: 0.93 <= count / 500 <= 0.97 for name, count in held.items()} == dict.fromkeys(
        truth, True
    ), held


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (InsufficientData, ([], [])),
        (InsufficientData, (["live", "live"], [1, 2])),
        (InsufficientData, (["print", "mask"], [1, 2])),
        (InsufficientData, (["live", "print"], [1, math.nan])),
        (InvalidArray, (["live", "print"], [1, math.inf])),
        (InvalidArray, (["live", "print"], [1])),
        (InvalidArray, (["live", "print"], ["a", "b"])),
        (InvalidOption, (["live", "print"], [1, 2], math.nan)),
        (InvalidOption, (["live", "print"], [1, 2], math.inf)),
        (InvalidOption, (["live", "print"], [1, 2], 1.0, 3)),
    ],
)
def test_what_cannot_be_judged_is_refused(error, arguments):
    with pytest.raises(error):
        evaluate_liveness(*arguments)

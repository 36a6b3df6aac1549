from __future__ import annotations

import math

import numpy as np
import pytest

from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.evaluation import reliability


def brute(probabilities, same, bins, weights):
    """From the definitions: trials in lists, one bin after the other."""
    trials = sorted(zip(probabilities, same, weights, strict=True))
    total = sum(w for _, _, w in trials)
    mass, width = {}, {}
    for p, y, w in trials:
        below = sum(v for q, _, v in trials if q < p)
        equal = sum(v for q, _, v in trials if q == p)
        mass.setdefault(min(bins - 1, int(bins * (2 * below + equal) / (2 * total))), []).append(
            (p, y, w)
        )
        width.setdefault(min(bins - 1, int(p * bins)), []).append((p, y, w))

    def gaps(groups):
        return [
            (
                sum(w for *_, w in group) / total,
                abs(sum(w * (y - p) for p, y, w in group) / sum(w for *_, w in group)),
            )
            for group in groups.values()
        ]

    base = sum(w for _, y, w in trials if y) / total
    rates = [
        (sum(w for *_, w in g) / total, sum(w for _, y, w in g if y) / sum(w for *_, w in g))
        for g in mass.values()
    ]
    return {
        "ece": sum(share * gap for share, gap in gaps(mass)),
        "ece_equal_width": sum(share * gap for share, gap in gaps(width)),
        "mce": max(gap for _, gap in gaps(mass)),
        "brier": sum(w * (p - y) ** 2 for p, y, w in trials) / total,
        "miscalibration": sum(share * gap**2 for share, gap in gaps(mass)),
        "resolution": sum(share * (rate - base) ** 2 for share, rate in rates),
        "uncertainty": base * (1 - base),
        "log_loss": sum(
            w * (math.inf if abs(y - p) == 1 else -math.log(p if y else 1 - p))
            for p, y, w in trials
        )
        / total,
    }


def a_case(rng):
    """Few values, so that many are equal; now and then all of them; ends and whole weights too."""
    count = int(rng.integers(2, 40))
    values = rng.integers(0, rng.choice([1, 3, 10, 1000]) + 1, size=count)
    said = values / max(1, values.max())
    same = rng.random(count) < rng.random()
    same[:2] = True, False
    weights = rng.integers(1, 5, size=count) if rng.random() < 0.5 else np.ones(count, int)
    return said, same, int(rng.integers(1, 20)), weights


def test_every_number_is_what_its_definition_gives_on_a_thousand_random_sets():
    rng = np.random.default_rng(0)
    for _ in range(1000):
        said, same, bins, weights = a_case(rng)
        got = reliability(said, same, bins, weights=weights)
        truth = brute(said.tolist(), same.tolist(), bins, weights.tolist())
        assert {key: getattr(got, key) for key in truth} == pytest.approx(truth, abs=1e-12)
        parts = got.miscalibration - got.resolution + got.uncertainty + got.within_bins
        assert parts == pytest.approx(got.brier, abs=1e-12)


def test_a_weight_of_three_is_three_trials():
    rng = np.random.default_rng(1)
    said, same = rng.random(30).round(1), np.arange(30) % 3 == 0
    weights = rng.integers(1, 4, size=30)
    once = reliability(said, same, weights=weights)
    copies = reliability(np.repeat(said, weights), np.repeat(same, weights))
    assert (once.ece, once.brier, once.log_loss) == pytest.approx(
        (copies.ece, copies.brier, copies.log_loss)
    )


def test_a_prior_weighs_the_kinds_and_bayes_rule_makes_the_probabilities_right_again():
    rng = np.random.default_rng(2)
    said = rng.random(200_000)
    same = rng.random(200_000) < said
    odds = said / (1 - said) * (0.1 / 0.9)
    moved = reliability(odds / (1 + odds), same, prior=0.1)
    assert moved.prior == pytest.approx(0.1)
    assert moved.uncertainty == pytest.approx(0.09)
    assert moved.ece < 0.005
    assert reliability(said, same, prior=0.1).ece > 0.2


def test_bins_of_equal_mass_hold_equally_many_and_equal_probabilities_stay_together():
    said = np.arange(1, 61) / 61
    assert {one.count for one in reliability(said, said > 0.4, bins=15).bins} == {4}
    (only,) = reliability(np.full(9, 0.3), np.arange(9) < 4).bins
    assert (only.low, only.high, only.probability, only.count) == (0.3, 0.3, 0.3, 9)


def test_certainty_that_is_right_has_no_loss_and_certainty_that_is_wrong_has_no_end():
    right = reliability([1.0, 0.0], np.array([True, False]))
    assert (right.brier, right.log_loss, right.ece, right.resolution) == (0, 0, 0, 0.25)
    wrong = reliability([0.0, 1.0], np.array([True, False]))
    assert (wrong.brier, wrong.log_loss, wrong.mce) == (1, math.inf, 1)
    assert wrong.to_json()["log_loss"] is None


def test_the_curve_rises_and_its_bands_hold_it():
    rng = np.random.default_rng(3)
    said = rng.random(500)
    (line,) = reliability(said, rng.random(500) < said, prior=0.01).chart().lines
    assert list(line.x) == sorted(set(line.x))
    assert all(a <= y <= b for a, y, b in zip(line.low, line.y, line.high, strict=True))


@pytest.mark.parametrize("prior", [None, 0.05])
def test_a_bins_interval_holds_the_truth_about_95_times_in_100(prior):
    """Three probabilities, each its own bin; the share that is true is known under the prior."""
    rng = np.random.default_rng(4)
    held = total = 0
    values = np.array([0.2, 0.5, 0.8])
    for _ in range(500):
        said = np.repeat(values, 200)
        same = rng.random(600) < said
        result = reliability(said, same, bins=100, prior=prior)
        sampled = same.mean() / (1 - same.mean())
        odds = values / (1 - values) * (1 if prior is None else prior / (1 - prior) / sampled)
        for one, truth in zip(result.bins, odds / (1 + odds), strict=True):
            held += one.observed.low <= truth <= one.observed.high
            total += 1
    assert 0.93 <= held / total <= 0.97


YES_NO = np.array([True, False])


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (InsufficientData, ([], np.array([], bool))),
        (InsufficientData, ([0.1, 0.2], np.array([True, True]))),
        (InsufficientData, ([0.1, 0.2], np.array([False, False]))),
        (InvalidArray, ([math.nan, 0.2], YES_NO)),
        (InvalidArray, ([-0.1, 0.2], YES_NO)),
        (InvalidArray, ([0.1, 1.0001], YES_NO)),
        (InvalidArray, (["a", "b"], YES_NO)),
        (InvalidArray, ([0.1, 0.2], [1, 0])),
        (InvalidArray, ([0.1, 0.2, 0.3], YES_NO)),
        (InvalidArray, ([0.1, 0.2], YES_NO, 15, None, [1, 0])),
        (InvalidArray, ([0.1, 0.2], YES_NO, 15, None, [1, math.nan])),
        (InvalidArray, ([0.1, 0.2], YES_NO, 15, None, [1])),
        (InvalidOption, ([0.1, 0.2], YES_NO, 0)),
        (InvalidOption, ([0.1, 0.2], YES_NO, 15, 1.0)),
        (InvalidOption, ([0.1, 0.2], YES_NO, 15, math.nan)),
    ],
)
def test_what_cannot_be_judged_is_refused(error, arguments):
    with pytest.raises(error):
        reliability(*arguments)


@pytest.mark.parametrize("prior", [None, 0.2])
def test_right_probabilities_have_the_calibration_error_that_chance_alone_gives(prior):
    rng = np.random.default_rng(5)
    found, told = [], []
    for _ in range(200):
        said = rng.beta(0.7, 0.7, size=2000)
        same = rng.random(2000) < said
        if prior is not None:
            odds = said / (1 - said) * (prior / (1 - prior)) / (same.mean() / (1 - same.mean()))
            said = odds / (1 + odds)
        result = reliability(said, same, prior=prior)
        found.append(result.ece)
        told.append(result.ece_by_chance)
    assert np.mean(found) == pytest.approx(np.mean(told), rel=0.1)

from __future__ import annotations

import pytest
from scipy.stats import binom, binomtest

from mien.errors import InsufficientData, InvalidOption
from mien.evaluation import rate_of, wilson


@pytest.mark.parametrize(
    ("successes", "trials"), [(0, 1), (1, 1), (0, 50), (7, 50), (50, 50), (29, 3000)]
)
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_wilsons_interval_is_scipys(successes, trials, confidence):
    truth = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert wilson(successes, trials, confidence) == pytest.approx((truth.low, truth.high))


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.95])
def test_wilsons_interval_holds_the_truth_about_95_times_in_100(share):
    trials = 1000
    held = 0.0
    for successes in range(trials + 1):
        low, high = wilson(successes, trials)
        if low <= share <= high:
            held += float(binom.pmf(successes, trials, share))
    assert 0.93 < held < 0.97


def test_thirty_errors_support_a_rate_and_twenty_nine_do_not():
    assert rate_of(2970, 3000, errors=30).supported
    assert not rate_of(2971, 3000, errors=29).supported


def test_an_interval_of_nothing_or_of_the_impossible_is_refused():
    with pytest.raises(InsufficientData):
        wilson(0, 0)
    with pytest.raises(InvalidOption):
        wilson(5, 4)
    with pytest.raises(InvalidOption):
        wilson(1, 4, confidence=1.0)

"""Rates over people who come more than once, with intervals that know it.

Photos of one person fail together, and one person is in many pairs. So the uncertainty of a rate is
that of its people: each is left out once, and the jackknife of the log-odds gives their variance
(Efron and Stein, "The jackknife estimate of variance", 1981). A pair of two people is left out with
either of them; its own chance, counted once too often, is taken off, as for standard errors that
are clustered two ways (Cameron, Gelbach and Miller, "Robust inference with multiway clustering",
2011). ``log_odds_interval`` makes the interval, for these and for all other rates whose trials are
not independent. What stands here of people holds for photos with several faces as well.

Percentiles of a bootstrap over people hold the truth too seldom where people are few or errors are
rare (coverage of all: tests/evaluation/test_coverage.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.intervals import (
    SUPPORTING_ERRORS,
    Rate,
    log_odds_interval,
    share_interval,
)

Floats = NDArray[np.float64]


def rate_over_people(
    hits: Any, trials: Any, errors: int | None = None, distinct: int | None = None
) -> Rate:
    """The share ``sum(hits) / sum(trials)`` with a 95 % interval over people.

    Where everybody has one trial, trials are independent, and the interval is Wilson's.

    Args:
        hits: ``(P,)`` successes of each person, 0 to their trials; fractions are allowed.
        trials: ``(P,)`` trials of each person; people without any are left out.
        errors: how many errors stand behind the rate; by default the failures.
        distinct: no more trials than that can be independent, because photos recur in them.

    Raises:
        InvalidArray: shapes that do not fit, NaN, or more hits than trials.
        InsufficientData: no trial.
    """
    good, tries = _checked(hits, trials)
    total = float(tries.sum())
    wrong = round(total - float(good.sum())) if errors is None else errors
    independent = total if distinct is None else min(total, distinct)
    if tries.max() <= 1:
        share = min(1.0, float(good.sum()) / total)
        low, high = share_interval(share, independent)
        return Rate(share, min(low, share), max(high, share), wrong >= SUPPORTING_ERRORS)
    return _rate(good, tries, 1, independent, wrong)


def rate_over_pairs(hits: Any, trials: Any, errors: int) -> Rate:
    """The share of pairs of two people each, with a 95 % interval over people.

    Args:
        hits: ``(P,)`` successes among the pairs with each person: each stands with both its people.
        trials: ``(P,)`` pairs with each person.
        errors: how many errors stand behind the rate.

    Raises:
        InvalidArray, InsufficientData: as :func:`rate_over_people`.
    """
    good, tries = _checked(hits, trials)
    return _rate(good, tries, 2, float(tries.sum()) / 2, errors)


def effective_people(weights: Any) -> float:
    """How many people of equal weight would tell as much (Kish, 1965); 0 without any weight."""
    own = np.asarray(weights, dtype=np.float64)
    squares = float((own**2).sum())
    return float(own.sum()) ** 2 / squares if squares else 0.0


def _checked(hits: Any, trials: Any) -> tuple[Floats, Floats]:
    good = np.asarray(hits, dtype=np.float64)
    tries = np.asarray(trials, dtype=np.float64)
    if good.ndim != 1 or good.shape != tries.shape:
        raise InvalidArray(f"rate: expected two (P,) arrays, got {good.shape} and {tries.shape}")
    if not ((good >= 0) & (good <= tries + 1e-9) & np.isfinite(tries)).all():
        raise InvalidArray("rate: expected 0 to `trials` hits of each person, got others or NaN")
    good, tries = good[tries > 0], tries[tries > 0]
    if not len(tries):
        raise InsufficientData("rate: expected at least one trial, got none")
    return good, tries


def _rate(hits: Floats, trials: Floats, together: int, independent: float, errors: int) -> Rate:
    """Of trials that belong to so many people ``together`` each."""
    good, total = float(hits.sum()) / together, float(trials.sum()) / together
    share = min(1.0, good / total)
    variance = 0.0
    if 0.0 < share < 1.0:
        single = 1.0 / (share * (1.0 - share) * independent)
        variance = max(_jackknife(good - hits, total - trials) - (together - 1) * single, single)
    units = effective_people(trials)
    if together == 2 and not variance:  # not one error: pairs of people are the trials
        units *= (units - 1.0) / 2.0
    low, high = log_odds_interval(share, variance, min(units, independent))
    return Rate(share, low, high, errors >= SUPPORTING_ERRORS)


def _jackknife(hits: Floats, trials: Floats) -> float:
    """The variance of the log-odds, from what is left without each person."""
    odds = np.log((hits + 0.5) / (trials - hits + 0.5))
    return float(((odds - odds.mean()) ** 2).sum()) * (len(odds) - 1) / len(odds)

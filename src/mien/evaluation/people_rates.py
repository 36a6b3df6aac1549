"""A rate over searches of people who come more than once, with an interval that knows it.

Photos of one person fail together. Wilson's interval is taken with the *effective* number of
trials: as many independent ones as would leave the rate as uncertain as it is when people, not
photos, are drawn anew. Student's t takes the place of the normal quantile; its degrees of freedom
count people with unequal numbers of photos as so many equal ones.

Sources: Korn and Graubard, "Confidence intervals for proportions with small expected number of
positive counts estimated from survey data" (Survey Methodology, 1998); Franco, Little, Louis and
Slud, "Comparative study of confidence intervals for proportions in complex sample surveys"
(Journal of Survey Statistics and Methodology, 2019).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mien.errors import InsufficientData, InvalidArray
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, share_interval

_Z = 1.959963984540054


def rate_over_people(
    hits: Any, trials: Any, errors: int | None = None, distinct: int | None = None
) -> Rate:
    """The share ``sum(hits) / sum(trials)`` with a 95 % interval over people.

    The variance over people is the jackknife's, of a ratio: what the bootstrap over people
    converges to. It is used in closed form because percentiles of the bootstrap are too narrow
    for few people, and of no width where nobody fails. Where everybody has one trial the
    interval is Wilson's. Where all people do equally well (nobody fails), nothing shows how much
    people differ, and trials are taken for independent.

    Args:
        hits: ``(P,)`` successes of each person, 0 to their trials; fractions are allowed.
        trials: ``(P,)`` trials of each person; people without any are left out.
        errors: how many errors stand behind the rate; by default the failures.
        distinct: no more trials than that can be independent, because photos recur in them.

    Raises:
        InvalidArray: shapes that do not fit, NaN, or more hits than trials.
        InsufficientData: no trial.
    """
    good = np.asarray(hits, dtype=np.float64)
    tries = np.asarray(trials, dtype=np.float64)
    if good.ndim != 1 or good.shape != tries.shape:
        raise InvalidArray(f"rate: expected two (P,) arrays, got {good.shape} and {tries.shape}")
    if not ((good >= 0) & (good <= tries + 1e-9) & np.isfinite(tries)).all():
        raise InvalidArray("rate: expected 0 to `trials` hits of each person, got others or NaN")
    good, tries = good[tries > 0], tries[tries > 0]
    if not len(tries):
        raise InsufficientData("rate: expected at least one trial, got none")
    total = float(tries.sum())
    share = min(1.0, float(good.sum()) / total)
    effective = _effective_trials(good, tries, share, total if distinct is None else distinct)
    low, high = share_interval(share, effective, 0.95)
    wrong = round(total - float(good.sum())) if errors is None else errors
    return Rate(share, min(low, share), max(high, share), wrong >= SUPPORTING_ERRORS)


def _effective_trials(hits: Any, trials: Any, share: float, distinct: float) -> float:
    people, total = len(trials), float(trials.sum())
    if trials.max() <= 1:
        return min(total, distinct)
    if people == 1:  # how people differ cannot be seen at all
        return 1.0
    weights = trials / total
    # Each person is compared with the rate of the others: the jackknife's variance.
    left_out = (hits - share * trials) / total / (1.0 - weights)
    spread = float((left_out**2).sum()) * (people - 1) / people
    independent = total if spread <= 0 else share * (1 - share) / spread
    # Of people with unequal numbers of photos, fewer count.
    equal_people = 1.0 / float((weights**2).sum())
    shrink = (_Z / student_t(max(1.0, equal_people - 1.0))) ** 2
    return min(total, distinct, independent) * shrink


def student_t(degrees: float) -> float:
    """The 97.5 % quantile of Student's t, within 0.1 % from 3 degrees of freedom on.

    The Cornish-Fisher expansion (Abramowitz and Stegun, 26.7.5).
    """
    z = _Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(sum(term / degrees**power for power, term in enumerate(terms)))

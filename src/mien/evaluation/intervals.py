"""How sure a rate is: Wilson's interval (1927) for independent trials, another for the rest.

Trials that share a photo or a person are not independent. Where people are known,
:mod:`mien.evaluation.people_rates` says how much their rate varies, and where a threshold is set
anew, draws do; ``log_odds_interval`` makes the interval of both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData, InvalidOption

SUPPORTING_ERRORS = 30
"""The rule of 30 (Doddington et al., 2000): 30 errors put the true rate within 30 % of the
measured one, 90 times in 100."""


_Z = NormalDist().inv_cdf(0.975)
_BELOW_THREE = ((1 / 3, 1 / 2, 1.0), (3.182446, 4.302653, 12.706205))


@dataclass(frozen=True, slots=True)
class Rate:
    """A measured share.

    Attributes:
        value: in [0, 1].
        low, high: 95 % interval.
        supported: whether at least 30 errors stand behind it.
    """

    value: float
    low: float
    high: float
    supported: bool

    def to_json(self) -> dict[str, Any]:
        """Value, interval and whether it is supported."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "supported": self.supported,
        }


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share, for independent trials.

    Raises:
        InsufficientData: no trials.
        InvalidOption: successes outside 0 to trials, or a confidence outside (0, 1).
    """
    if trials < 1:
        raise InsufficientData("interval: expected at least one trial, got none")
    check_count(successes, "successes", low=0, high=trials)
    level = check_fraction(confidence, "confidence")
    if level in (0.0, 1.0):
        raise InvalidOption(f"confidence: expected more than 0 and less than 1, got {confidence}")
    low, high = share_interval(successes / trials, trials, level)
    # At the ends the formula gives exactly 0 and 1, but for rounding.
    return (0.0 if successes == 0 else low), (1.0 if successes == trials else high)


def share_interval(share: float, trials: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval where the trials are not whole, as with weights.

    Args:
        share: in [0, 1].
        trials: more than 0; with weights their effective number, sum(w)^2 / sum(w^2) (Kish 1965).
        confidence: more than 0 and less than 1.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def log_odds_interval(share: float, variance: float, units: float) -> tuple[float, float]:
    """The 95 % interval of a share whose trials are not independent.

    Student's, symmetric around the log-odds, so that it stays within 0 and 1.

    Args:
        share: in [0, 1].
        variance: of its log-odds.
        units: how many people, photos or trials of equal weight tell as much.

    Returns:
        Low and high. Where all trials go one way nothing shows how much units differ: then Wilson's
        interval with the units as trials. 0 and 1 with fewer than two units.
    """
    if units < 2.0 - 1e-9:
        return 0.0, 1.0
    if share <= 0.0 or share >= 1.0:
        low, high = share_interval(share, units)
        return (0.0 if share <= 0.0 else low), (1.0 if share >= 1.0 else high)
    middle = math.log(share / (1.0 - share))
    reach = student_t(units - 1.0) * math.sqrt(variance)
    return _logistic(middle - reach), _logistic(middle + reach)


def student_t(degrees: float) -> float:
    """The 97.5 % quantile of Student's t, within 0.15 % from 3 degrees of freedom on.

    The Cornish-Fisher expansion (Abramowitz and Stegun, 26.7.5), which is poor below 3: there the
    exact values of 1, 2 and 3 are joined, by at most 3 % too wide and never too narrow.
    """
    if degrees < 3.0:
        places, values = _BELOW_THREE
        return float(np.exp(np.interp(1.0 / degrees, places, np.log(values))))
    z = _Z
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(sum(term / degrees**power for power, term in enumerate(terms)))


def _logistic(number: float) -> float:
    return 0.5 * (1.0 + math.tanh(number / 2.0))


def rate_of(successes: int, trials: int, errors: int) -> Rate:
    """A share with Wilson's 95 % interval, supported if 30 ``errors`` stand behind it.

    Raises:
        InsufficientData, InvalidOption: as :func:`wilson`.
    """
    low, high = wilson(successes, trials)
    return Rate(successes / trials, low, high, errors >= SUPPORTING_ERRORS)

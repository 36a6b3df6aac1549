"""How sure a rate of independent trials is: Wilson's interval (1927).

Pairs that share a photo or a person are not independent: where people are known,
:mod:`mien.evaluation.subject_bootstrap` gives the more honest interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData, InvalidOption

SUPPORTING_ERRORS = 30
"""The rule of 30 (Doddington et al., 2000): 30 errors put the true rate within 30 % of the
measured one, 90 times in 100."""


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


def rate_of(successes: int, trials: int, errors: int) -> Rate:
    """A share with Wilson's 95 % interval, supported if 30 ``errors`` stand behind it.

    Raises:
        InsufficientData, InvalidOption: as :func:`wilson`.
    """
    low, high = wilson(successes, trials)
    return Rate(successes / trials, low, high, errors >= SUPPORTING_ERRORS)

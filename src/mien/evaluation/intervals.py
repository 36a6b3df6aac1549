"""How sure a rate is: Wilson's interval, and the bootstrap over subjects.

Wilson's interval (1927) takes the trials for independent. Pairs that share a
photo or a person are not: where subjects are known, the subject bootstrap draws
people, not pairs, and gives the wider, more honest interval (Bolle, Ratha and
Pankanti, "Error analysis of pattern recognition systems: the subsets
bootstrap", CVIU 2004).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData, InvalidArray, InvalidOption
from mien.evaluation.rates import allowed_errors, check_scores

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


def bootstrap_tar_at_far(
    similarities: Any,
    same: Any,
    subjects: Sequence[tuple[str, str]],
    far: float,
    replicates: int = 1000,
    seed: int = 0,
) -> Rate:
    """True accept rate at a false accept rate, its interval by resampling people.

    Each replicate draws as many people as there are, with replacement. A genuine pair counts as
    often as its person was drawn, an impostor pair as often as the product of its two people;
    the threshold is set anew, so its own uncertainty is inside the interval.

    Args:
        similarities: ``(N,)`` scores; ``-inf`` is never accepted.
        same: ``(N,) bool``.
        subjects: N pairs of people's names; equal within a genuine pair.
        far: the false accept rate.
        replicates: number of draws.
        seed: of the generator.

    Raises:
        InvalidArray, InsufficientData: as :func:`mien.evaluation.rates.roc`; also for subjects
            that contradict the labels, or too few people to draw impostor pairs of.
        InvalidOption: for a rate outside [0, 1] or a replicate count out of range.
    """
    scores, genuine = check_scores(similarities, same)
    level = check_fraction(far, "far")
    draws = check_count(replicates, "replicates", low=40, high=100_000)
    first, second, people = _subject_codes(subjects, genuine)
    order = np.argsort(-scores, kind="stable")
    scores, genuine = scores[order], genuine[order]
    first, second = first[order], second[order]
    ends = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
    ends = ends[np.isfinite(scores[ends])]
    once = np.ones(people, dtype=np.int64)
    value, false_accepts = _weighted_tar(genuine, first, second, ends, once, level)
    generator = np.random.default_rng(seed)
    rates = []
    for _ in range(draws):
        times = np.bincount(generator.integers(people, size=people), minlength=people)
        rate, _count = _weighted_tar(genuine, first, second, ends, times, level)
        if not math.isnan(rate):  # a draw without genuine or impostor pairs says nothing
            rates.append(rate)
    if len(rates) < draws / 2:
        raise InsufficientData(
            f"bootstrap: expected enough people to draw pairs of, got {people}; add people"
        )
    low, high = np.quantile(rates, [0.025, 0.975])
    return Rate(value, float(low), float(high), false_accepts >= SUPPORTING_ERRORS)


def _subject_codes(
    subjects: Sequence[tuple[str, str]], genuine: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    if len(subjects) != len(genuine):
        raise InvalidArray(f"subjects: expected {len(genuine)} pairs of names, got {len(subjects)}")
    codes: dict[str, int] = {}
    flat = [codes.setdefault(name, len(codes)) for pair in subjects for name in pair]
    array = np.array(flat, dtype=np.intp).reshape(-1, 2)
    if ((array[:, 0] == array[:, 1]) != genuine).any():
        raise InvalidArray("subjects: expected equal names in genuine pairs only, got others")
    return array[:, 0], array[:, 1], len(codes)


def _weighted_tar(
    genuine: NDArray[np.bool_],
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    ends: NDArray[np.intp],
    times: NDArray[np.int64],
    far: float,
) -> tuple[float, int]:
    """TAR at FAR with every pair counted as its people were drawn; scores sorted, falling."""
    weights = np.where(genuine, times[first], times[first] * times[second])
    true = np.cumsum(np.where(genuine, weights, 0))
    false = np.cumsum(np.where(genuine, 0, weights))
    if true[-1] == 0 or false[-1] == 0:
        return math.nan, 0
    allowed = allowed_errors(far, int(false[-1]))
    last = int(np.searchsorted(false[ends], allowed, side="right")) - 1
    if last < 0:
        return 0.0, 0
    return float(true[ends[last]] / true[-1]), int(false[ends[last]])

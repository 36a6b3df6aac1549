"""Intervals of shares of pairs by drawing people: one person is in many pairs.

The draws are those of the subjects bootstrap (Bolle, Ratha and Pankanti, CVIU 2004). Its
percentiles cover too seldom where people are few or errors rare: 80 to 93 times in 100 with 20
to 80 people in our simulations. So the draws give only the standard error of the share's
log-odds, and the interval is Student's around the measured log-odds, with as many degrees of
freedom as effective people less one (Kish: (sum of weights)^2 / sum of squared weights).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054
"""The 97.5 percentile of the normal distribution."""
CHUNK = 50

Shares = NDArray[np.float64]


def drawn_people(people: int, replicates: int, seed: int) -> Iterator[Shares]:
    """How often each person is drawn: ``(at most CHUNK, people)``, ``replicates`` rows in all."""
    generator = np.random.default_rng(seed)
    for start in range(0, replicates, CHUNK):
        rows = min(CHUNK, replicates - start)
        drawn = generator.integers(people, size=(rows, people))
        drawn += np.arange(rows)[:, None] * people
        times = np.bincount(drawn.ravel(), minlength=rows * people)
        yield times.reshape(rows, people).astype(np.float64)


def effective_people(weights: NDArray[np.int64]) -> float:
    """How many people of equal weight would tell as much; 0 without any weight."""
    own = weights.astype(np.float64)
    squares = float((own**2).sum())
    return float(own.sum()) ** 2 / squares if squares else 0.0


def interval(hits: float, total: float, draws: Shares, totals: Shares, people: float) -> Shares:
    """The 95 % interval of ``hits / total``.

    Args:
        hits, total: as counted.
        draws, totals: ``(R,)`` the same in each draw of people; draws without any pair are left
            out.
        people: effective people behind the share.

    Returns:
        ``(2,)`` low and high. With no miss or no hit at all, draws do not vary: then Wilson's
        interval with ``people`` as the trials. ``(0, 1)`` with fewer than two people.
    """
    if people < 2.0 - 1e-9:
        return np.array([0.0, 1.0])
    if hits in (0, total):
        reach = Z * Z / (people + Z * Z)
        return np.array([0.0, reach] if hits == 0 else [1.0 - reach, 1.0])
    held = totals > 0
    error = float(np.std(_log_odds(draws[held], totals[held]), ddof=1))
    # The half added to both sides keeps log-odds finite; the centre is the share itself.
    centre = math.log(hits / (total - hits))
    half = student(people - 1.0) * error
    return 1.0 / (1.0 + np.exp(-(centre + np.array([-half, half]))))


def _log_odds(hits: Shares, totals: Shares) -> Shares:
    odds: Shares = np.log((hits + 0.5) / (totals - hits + 0.5))
    return odds


def student(freedom: float) -> float:
    """The 97.5 percentile of Student's distribution, to 0.8 %; never too small below 3.

    Source: Fisher and Cornish's expansion, Abramowitz and Stegun 26.7.5. Below 3 degrees it is
    poor: the tabulated value of the next lower whole number is taken.
    """
    if freedom < 2.0:
        return 12.7062
    if freedom < 3.0:
        return 4.3027
    z = Z
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )

"""Searches of an open set: people who are missed, against strangers who are found.

* FPIR(t): share of the non-mated searches in which anybody scores t or more.
* FNIR(t): share of the mated searches in which the own person does not stand first, or scores
  less than t. Only the first place counts, because only it is ever named.

Source: Grother, Ngan and Hanaoka, "Face Recognition Vendor Test, part 2: identification"
(NISTIR 8271), with rank 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData
from mien.evaluation.intervals import SUPPORTING_ERRORS, Rate, log_odds_interval
from mien.evaluation.people_rates import effective_people, rate_over_people
from mien.evaluation.probing import Probing
from mien.evaluation.rates import roc
from mien.evaluation.resample import drawn, log_odds_variance
from mien.renamed import limit_json

NO_MATED = (
    "probes: expected photos of people in the gallery, got strangers only; name people alike "
    "in both, and keep a photo of each to search with"
)


@dataclass(frozen=True, slots=True)
class OpenSetPoint:
    """One threshold and what it does.

    Attributes:
        threshold: on similarity; ``inf`` finds nobody.
        fnir: missed mated searches.
        wrong_name: mated searches whose first place, at or above the threshold, is somebody
            else; each is a miss too.
        fpir: non-mated searches that find somebody; None if there are none.
        misses, mated, false_positives, non_mated: the counts behind them.
    """

    threshold: float
    fnir: Rate
    wrong_name: Rate
    fpir: Rate | None
    misses: int
    mated: int
    false_positives: int
    non_mated: int

    def to_json(self) -> dict[str, Any]:
        """FNIR as a rate, and what stands behind it."""
        return {
            **self.fnir.to_json(),
            **limit_json(self.threshold),
            "misses": self.misses,
            "mated": self.mated,
            "false_positives": self.false_positives,
            "non_mated": self.non_mated,
            "fpir": None if self.fpir is None else self.fpir.to_json(),
            "wrong_name": self.wrong_name.to_json(),
        }


def rate_where(probing: Probing, errors: NDArray[np.bool_], among: NDArray[np.bool_]) -> Rate:
    """The share of some searches that are ``errors``, with its interval over people."""
    codes = probing.codes
    people = int(codes.max()) + 1
    wrong = errors & among
    return rate_over_people(
        np.bincount(codes[wrong], minlength=people),
        np.bincount(codes[among], minlength=people),
        errors=int(wrong.sum()),
    )


def rank_rate(probing: Probing, rank: int) -> Rate:
    """Share of the mated searches with the own person among the first ``rank``."""
    codes = probing.codes[probing.mated]
    if not len(codes):
        raise InsufficientData(NO_MATED)
    return rate_over_people(
        np.bincount(codes, weights=(probing.rank <= rank)[probing.mated]), np.bincount(codes)
    )


def point_at(probing: Probing, threshold: float) -> OpenSetPoint:
    """What a given threshold does.

    Raises:
        InsufficientData: no mated search.
    """
    mated = probing.mated
    if not mated.any():
        raise InsufficientData(NO_MATED)
    accepted = probing.found >= threshold
    wrong = (probing.rank != 1) & (probing.rival >= threshold)
    return OpenSetPoint(
        threshold=float(threshold),
        fnir=rate_where(probing, ~accepted, mated),
        wrong_name=rate_where(probing, wrong, mated),
        fpir=None if mated.all() else rate_where(probing, accepted, ~mated),
        misses=int((mated & ~accepted).sum()),
        mated=int(mated.sum()),
        false_positives=int((~mated & accepted).sum()),
        non_mated=int((~mated).sum()),
    )


def points_at_fpir(
    probing: Probing, fpirs: Sequence[float], replicates: int = 1000, seed: int = 0
) -> tuple[OpenSetPoint, ...]:
    """FNIR where at most a share of the non-mated searches finds somebody.

    The threshold is the lowest score that occurs and keeps the rate; equal scores are never
    split. The interval of FNIR reaches over two: the one over people with the threshold given,
    and that of a bootstrap over people, mated and non-mated ones each drawn by themselves, with
    the threshold set anew in each replicate. It is ``supported`` by 30 misses *and* 30 false
    positives.

    Args:
        probing: the searches.
        fpirs: false positive identification rates, below 1.
        replicates: draws of the bootstrap.
        seed: of its generator.

    Raises:
        InsufficientData: no mated, or no non-mated search.
        InvalidOption: a rate outside [0, 1), or a replicate count out of range.
    """
    rates = [check_fraction(rate, "fpir", high=1.0 - 1e-9) for rate in fpirs]
    draws = check_count(replicates, "replicates", low=40, high=100_000)
    if probing.mated.all() or not probing.mated.any():
        kind = "mated" if probing.mated.all() else "non-mated"
        raise InsufficientData(
            f"probes: expected people in the gallery and strangers, got {kind} searches only"
        )
    curve = roc(probing.found, probing.mated)
    shares = _bootstrap_fnir(probing, rates, draws, seed)
    people = min(
        effective_people(np.bincount(probing.codes[among]))
        for among in (probing.mated, ~probing.mated)
    )
    points = []
    for rate, column in zip(rates, shares.T, strict=True):
        point = point_at(probing, curve.at_far(rate).threshold)
        errors = min(point.misses, point.false_positives)
        value = point.fnir.value
        low, high = log_odds_interval(value, log_odds_variance(column, point.mated), people)
        fnir = Rate(
            value,
            min(point.fnir.low, low),
            max(point.fnir.high, high),
            errors >= SUPPORTING_ERRORS,
        )
        points.append(replace(point, fnir=fnir))
    return tuple(points)


def curve_fpirs(non_mated: int, points: int = 40) -> tuple[float, ...]:
    """Rates for a curve, rising: from one false positive to half of the non-mated searches."""
    if non_mated < 2:
        return ()
    counts = np.unique(np.round(np.geomspace(1, non_mated // 2, points)).astype(int))
    return tuple(float(count) / non_mated for count in counts)


def _bootstrap_fnir(
    probing: Probing, fpirs: Sequence[float], replicates: int, seed: int
) -> NDArray[np.float64]:
    """``(replicates, len(fpirs))``: FNIR with people drawn with replacement."""
    mated, mates = _sorted(probing, probing.mated)
    strangers, others = _sorted(probing, ~probing.mated)
    draws = (
        drawn(int(mates.max()) + 1, replicates, [seed, 0]),
        drawn(int(others.max()) + 1, replicates, [seed, 1]),
    )
    return np.concatenate(
        [
            _fnir_of_draws(
                mated,
                np.cumsum(own[:, mates], axis=1),
                strangers,
                np.cumsum(found[:, others], axis=1),
                fpirs,
            )
            for own, found in zip(*draws, strict=True)
        ]
    )


def _sorted(
    probing: Probing, among: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Deciding scores of some searches, falling, and their people as 0 to P - 1."""
    scores = probing.found[among]
    codes = np.unique(probing.codes[among], return_inverse=True)[1]
    order = np.argsort(-scores, kind="stable")
    return scores[order], codes[order].astype(np.int64)


def _fnir_of_draws(
    mated: NDArray[np.float64],
    mated_weights: NDArray[np.int64],
    strangers: NDArray[np.float64],
    stranger_weights: NDArray[np.int64],
    fpirs: Sequence[float],
) -> NDArray[np.float64]:
    searches = stranger_weights[:, -1]
    # Mated searches that score above each stranger: what a threshold just above it accepts.
    above = np.searchsorted(-mated, -strangers, side="left")
    hits = np.concatenate([np.zeros((len(mated_weights), 1), np.int64), mated_weights], axis=1)
    rates = np.empty((len(searches), len(fpirs)))
    rows = np.arange(len(searches))
    for column, fpir in enumerate(fpirs):
        allowed = np.floor(fpir * searches * (1.0 + 1e-12))
        first_refused = (stranger_weights <= allowed[:, None]).sum(axis=1)
        rates[:, column] = 1.0 - hits[rows, above[first_refused]] / mated_weights[:, -1]
    return rates

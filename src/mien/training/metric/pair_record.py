"""A siamese network's output as plain numbers: the verifier that ``mien verify --verifier`` asks.

The embedder is exported; what stands on two of its vectors is a weighted sum, which is what a
``PairVerifier`` holds. Its log-odds are calibrated (Platt), and its threshold is set, on the people
who chose the epoch; its rates are measured on the held-out ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from mien import __version__
from mien.evaluation import Rate, rate_of, reliability, roc
from mien.matching import (
    CalibrationData,
    HeldOutRates,
    PairVerifier,
    Share,
    SpaceWeights,
    fit_calibration,
)
from mien.matching.pair_features import absolute_difference, chi_squared
from mien.records import EmbeddingSpace, FloatArray
from mien.training.metric.pair_layer import PairLayer

TARGET_FMR = 1e-2
PRIOR = 0.5
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledVectors:
    """Photos' vectors ``(N, D)`` and whose they are."""

    vectors: FloatArray
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PairWeights:
    """A pair layer after its calibration.

    Attributes:
        alpha: ``(D,)``.
        bias: log-odds of two equal vectors.
        is_chi_squared: what alpha weighs, else absolute differences.
        min_log_odds: at the target false match rate.
    """

    alpha: Floats
    bias: float
    is_chi_squared: bool
    min_log_odds: float = 0.0

    def log_odds(self, given: LabelledVectors) -> tuple[Floats, NDArray[np.bool_]]:
        """Of all pairs, and whether they are of one person; both ``(M,)``."""
        first, second = np.triu_indices(len(given.names), 1)
        names = np.array(given.names)
        vectors = given.vectors.astype(np.float64)
        feature = chi_squared if self.is_chi_squared else absolute_difference
        odds = np.empty(len(first))
        for start in range(0, len(first), _BLOCK):
            part = slice(start, start + _BLOCK)
            odds[part] = feature(vectors[first[part]], vectors[second[part]]) @ self.alpha
        return odds + self.bias, names[first] == names[second]


_BLOCK = 16_384  # pairs whose features are held at a time


def calibrated_weights(layer: PairLayer, chosen_by: LabelledVectors) -> PairWeights:
    """The layer's weights with probabilities that hold, and a threshold.

    Args:
        layer: as it was learned.
        chosen_by: vectors of the people who chose the epoch.

    Raises:
        InsufficientData: likeness does not rise with sameness there.
    """
    alpha = layer.alpha.detach().numpy().astype(np.float64)
    raw = PairWeights(alpha, float(layer.bias.detach()), layer.chi_squared)
    odds, same = raw.log_odds(chosen_by)
    platt = fit_calibration(odds, same, "the people who chose the epoch", PRIOR)
    odds = platt.slope * odds + platt.intercept
    return PairWeights(
        alpha * platt.slope,
        raw.bias * platt.slope + platt.intercept,
        raw.is_chi_squared,
        _finite(roc(odds, same).at_far(TARGET_FMR).threshold, odds),
    )


def measure_pairs(weights: PairWeights, held_out: LabelledVectors) -> HeldOutRates:
    """What the weights are worth on people who had no part in them."""
    odds, same = weights.log_odds(held_out)
    passed = odds >= weights.min_log_odds
    false, true = int((passed & ~same).sum()), int((passed & same).sum())
    said = reliability(np.exp(-np.logaddexp(0.0, -odds)), same, prior=PRIOR)
    genuine = int(same.sum())
    return HeldOutRates(
        _share(rate_of(false, len(same) - genuine, false)),
        _share(rate_of(true, genuine, false)),
        said.ece,
        said.brier,
    )


def verifier_of(
    weights: PairWeights,
    rates: HeldOutRates,
    space: EmbeddingSpace,
    detector: str,
    learned_from: Sequence[str],
) -> PairVerifier:
    """The record that is kept.

    Args:
        weights, rates: see there.
        space: of the exported embedder.
        detector: that found the faces.
        learned_from: names of people, one for each photo that was learned from.
    """
    zeros = (0.0,) * len(weights.alpha)
    alpha = tuple(weights.alpha.tolist())
    absolute, squared = (zeros, alpha) if weights.is_chi_squared else (alpha, zeros)
    sizes = list(Counter(learned_from).values())
    genuine = sum(size * (size - 1) // 2 for size in sizes)
    photos = sum(sizes)
    return PairVerifier(
        weights=(SpaceWeights(space, absolute, squared, 0.0),),
        bias=weights.bias,
        min_log_odds=weights.min_log_odds,
        target_fmr=TARGET_FMR,
        prior=PRIOR,
        detector=detector,
        data=CalibrationData(photos, len(sizes), genuine, photos * (photos - 1) // 2 - genuine),
        held_out=rates,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        mien=__version__,
    )


def _finite(threshold: float, odds: Floats) -> float:
    """A threshold above all pairs, where not a single one may pass."""
    return threshold if np.isfinite(threshold) else float(np.nextafter(odds.max(), np.inf))


def _share(rate: Rate) -> Share:
    return Share(rate.value, rate.low, rate.high)

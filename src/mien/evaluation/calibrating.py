"""A threshold and a probability from labelled photos, tested on people they were not made from.

The threshold and the curve that are kept come from all people. What they are worth is measured by
cross-fitting: the people are dealt into two halves, what is made from one is tested on the other,
and the two tests are taken together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InvalidOption
from mien.evaluation.extremes import Found, least_alike_photos, most_alike_strangers
from mien.evaluation.halves import halves
from mien.evaluation.impostors import MeasuredThreshold, impostor_thresholds, threshold_range
from mien.evaluation.intervals import Rate, rate_of
from mien.evaluation.labelled import labelled
from mien.evaluation.pair_counts import PairCounts, count_pairs
from mien.evaluation.reliability import Reliability, reliability
from mien.evaluation.support import check_supported
from mien.matching import (
    Calibration,
    CalibrationData,
    IsotonicCalibration,
    OwnCalibration,
    Share,
    check_prior,
    fit_calibration,
    fit_isotonic,
    probability_json,
)
from mien.records import EmbeddingSpace

MOST_TESTED = 500_000
"""Pairs of a kind and half that the probability is tested on; of more, so many at random."""


class Method(StrEnum):
    """The form of the curve from similarity to probability."""

    LOGISTIC = "logistic"
    ISOTONIC = "isotonic"


@dataclass(frozen=True, slots=True)
class CalibrationOptions:
    """What a calibration is to be made for, checked when it is made.

    Attributes:
        target_fmr: the false match rate to set the threshold for, in (0, 1).
        method: ``logistic`` (Platt) or ``isotonic``.
        prior: the share of genuine pairs that the probability shall presume, in (0, 1).
        seed: of the halves, the bootstrap and the pairs tested.

    Raises:
        InvalidOption: a value outside its range.
    """

    target_fmr: float = 1e-3
    method: Method | str = Method.LOGISTIC
    prior: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        if check_fraction(self.target_fmr, "target_fmr") in (0.0, 1.0):
            raise InvalidOption(
                f"target_fmr: expected more than 0 and less than 1, got {self.target_fmr!r}"
            )
        if self.method not in tuple(Method):
            raise InvalidOption(f"method: expected {' or '.join(Method)}, got {self.method!r}")
        check_prior(self.prior)
        check_count(self.seed, "seed", low=0, high=2**32 - 1)

    def fit(self, counts: PairCounts, origin: str) -> Calibration | IsotonicCalibration:
        """The curve through these pairs."""
        fit = fit_calibration if self.method == Method.LOGISTIC else fit_isotonic
        similarities, same, weights = counts.rows()
        return fit(similarities, same, origin, self.prior, weights)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What a threshold and a curve made from one half of the people did on the other.

    Attributes:
        fmr, tmr: at the threshold of the other half; intervals as if pairs were independent.
        reliability: of the probability, at the prior.
    """

    fmr: Rate
    tmr: Rate
    reliability: Reliability

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "fmr": self.fmr.to_json(),
            "tmr": self.tmr.to_json(),
            "ece": self.reliability.ece,
            "brier": self.reliability.brier,
            "reliability": self.reliability.to_json(),
        }


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """A calibration with all that is known of it.

    Attributes:
        measured: the threshold on all people, with its false and true match rates.
        similarity_low, similarity_high: 95 % interval of the threshold, by resampling people.
        probability: from a similarity to P(same person).
        held_out: how threshold and probability do on other people.
        counts: of all pairs by similarity.
        strangers, misses: the most alike impostor pairs and the least alike genuine ones.
        created: UTC, ISO 8601.
    """

    measured: MeasuredThreshold
    similarity_low: float
    similarity_high: float
    probability: Calibration | IsotonicCalibration
    held_out: HeldOut
    counts: PairCounts
    strangers: tuple[Found, ...]
    misses: tuple[Found, ...]
    created: str

    def own(self, space: EmbeddingSpace, detector: str) -> OwnCalibration:
        """What is kept of it, for the vectors of this space."""
        found = self.measured
        return OwnCalibration(
            space=space,
            detector=detector,
            similarity=found.similarity,
            similarity_low=self.similarity_low,
            similarity_high=self.similarity_high,
            target_fmr=found.fmr,
            fmr=_share(found.measured_fmr),
            tmr=_share(found.tmr),
            data=_data(found),
            probability=self.probability,
            ece=self.held_out.reliability.ece,
            brier=self.held_out.reliability.brier,
            created=self.created,
            mien=version("mien"),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        found = self.measured
        return {
            "target_fmr": found.fmr,
            "min_similarity": {
                "value": found.similarity,
                "low": self.similarity_low,
                "high": self.similarity_high,
            },
            "threshold": {
                "similarity": found.similarity,
                "low": self.similarity_low,
                "high": self.similarity_high,
            },
            "fmr": found.measured_fmr.to_json(),
            "tmr": found.tmr.to_json(),
            "held_out": self.held_out.to_json(),
            "probability": probability_json(self.probability),
            **asdict(_data(found)),
            "created": self.created,
        }


def calibrate(
    vectors: Any,
    labels: Sequence[str],
    options: CalibrationOptions | None = None,
) -> CalibrationReport:
    """Calibrate on all pairs of labelled photos.

    Args:
        vectors: ``(N, D)``, one a photo, of any length but zero.
        labels: N names of people.
        options: the rate, the curve's form, the prior, the seed.

    Raises:
        InvalidEmbedding, InvalidArray: as :func:`mien.evaluation.impostor_thresholds`.
        InsufficientData: fewer than 30 false matches expected at that rate, fewer than four
            people, or similarity that does not rise with sameness.
    """
    options = options or CalibrationOptions()
    rate, seed = options.target_fmr, options.seed
    data = labelled(vectors, labels)
    check_supported(data.sizes.tolist(), rate)
    first, second = (count_pairs(half) for half in halves(data.vectors, labels, seed))
    (measured,) = impostor_thresholds(data.vectors, labels, [rate])
    low, high = threshold_range(data.vectors, labels, rate, seed=seed)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    counts = count_pairs(data)
    return CalibrationReport(
        measured=measured,
        similarity_low=low,
        similarity_high=high,
        probability=options.fit(counts, f"{_data(measured)}, {created}"),
        held_out=_held_out(first, second, options),
        counts=counts,
        strangers=tuple(most_alike_strangers(data)),
        misses=tuple(least_alike_photos(data)),
        created=created,
    )


def _held_out(first: PairCounts, second: PairCounts, options: CalibrationOptions) -> HeldOut:
    generator = np.random.default_rng(options.seed)
    false = true = 0
    said, same = [], []
    for known, other in ((first, second), (second, first)):
        cut = known.bin_at_fmr(options.target_fmr)
        false += int(other.impostor[cut:].sum())
        true += int(other.genuine[cut:].sum())
        fitted = options.fit(known, "one half of the people")
        for kind, counts in ((True, other.genuine), (False, other.impostor)):
            tested = _drawn(counts, generator)
            bins = np.flatnonzero(tested)
            values = [fitted.probability(one) for one in other.middles[bins]]
            said.append(np.repeat(values, tested[bins]))
            same.append(np.full(int(tested.sum()), kind))
    impostor = int(first.impostor.sum() + second.impostor.sum())
    genuine = int(first.genuine.sum() + second.genuine.sum())
    return HeldOut(
        rate_of(false, impostor, false),
        # As everywhere: a true match rate stands on the false matches that set its threshold.
        rate_of(true, genuine, false),
        reliability(np.concatenate(said), np.concatenate(same), prior=options.prior),
    )


def _drawn(counts: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int64]:
    """The counts of at most ``MOST_TESTED`` pairs, each as likely to be among them."""
    if counts.sum() <= MOST_TESTED:
        return counts
    return generator.multivariate_hypergeometric(counts, MOST_TESTED, method="marginals")


def _share(rate: Rate) -> Share:
    return Share(rate.value, rate.low, rate.high)


def _data(found: MeasuredThreshold) -> CalibrationData:
    return CalibrationData(found.photos, found.people, found.genuine_pairs, found.impostor_pairs)

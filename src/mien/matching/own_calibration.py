"""A calibration on the user's own photos: a threshold and a probability, with what stands behind.

It holds numbers only: no photo, no vector, no name of a person.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from mien.errors import InvalidOption, SpaceMismatch
from mien.matching.calibration import Calibration
from mien.matching.isotonic import IsotonicCalibration
from mien.records import EmbeddingSpace, Threshold

FORMAT = "mien-calibration"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Share:
    """A share in [0, 1] with its 95 % interval."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        # An interval by resampling need not hold the value itself.
        if not (0 <= self.value <= 1 and 0 <= self.low <= self.high <= 1):
            raise InvalidOption(
                "share: expected numbers from 0 to 1 and low no more than high, got "
                f"{self.value!r}, {self.low!r} and {self.high!r}"
            )


@dataclass(frozen=True, slots=True)
class CalibrationData:
    """How much a calibration was made from; all above 0."""

    photos: int
    people: int
    genuine_pairs: int
    impostor_pairs: int

    def __post_init__(self) -> None:
        if min(self.photos, self.people, self.genuine_pairs, self.impostor_pairs) < 1:
            raise InvalidOption(f"calibration: expected counts above 0, got {self}")

    def __str__(self) -> str:
        return f"{self.photos:,} photos of {self.people:,} people"


@dataclass(frozen=True, slots=True)
class OwnCalibration:
    """What ``mien calibrate`` found.

    Attributes:
        space: whose similarities these are; they mean nothing in another.
        detector: that found the faces.
        similarity: the threshold: pairs at or above it are called the same person.
        similarity_low, similarity_high: 95 % interval of the threshold, by resampling people.
        target_fmr: the false match rate that was asked for.
        fmr: measured at the threshold.
        tmr: share of genuine pairs at or above it.
        data: how much stands behind.
        probability: from a similarity to P(same person).
        ece, brier: of the probability, on people whom it was not fitted to.
        created: UTC, ISO 8601.
        mien: the version that made it.
    """

    space: EmbeddingSpace
    detector: str
    similarity: float
    similarity_low: float
    similarity_high: float
    target_fmr: float
    fmr: Share
    tmr: Share
    data: CalibrationData
    probability: Calibration | IsotonicCalibration
    ece: float
    brier: float
    created: str
    mien: str

    def __post_init__(self) -> None:
        # Above 1 by a rounding: the next float after an impostor pair that is all alike.
        bounds = (self.similarity, self.similarity_low, self.similarity_high)
        if not all(math.isfinite(one) and -1.001 <= one <= 1.001 for one in bounds):
            raise InvalidOption(f"calibration: expected a threshold from -1 to 1, got {bounds}")
        if self.similarity_low > self.similarity_high:
            raise InvalidOption("calibration: expected a rising interval, got a falling one")
        if not 0 < self.target_fmr < 1:
            raise InvalidOption(f"calibration: expected a rate in (0, 1), got {self.target_fmr!r}")
        if not (0 <= self.ece <= 1 and 0 <= self.brier <= 1):
            raise InvalidOption(
                f"calibration: expected errors from 0 to 1, got {self.ece!r} and {self.brier!r}"
            )

    @property
    def threshold(self) -> Threshold:
        """The record that decisions are made with."""
        return Threshold(
            self.similarity,
            self.target_fmr,
            self.fmr.low,
            self.fmr.high,
            self.data.impostor_pairs,
            f"calibrated on {self.data}, {self.created}",
        )

    def check_fits(self, space: EmbeddingSpace) -> None:
        """Refuse to be used with other vectors.

        Raises:
            SpaceMismatch: another model, other weights or another preprocessing.
        """
        if space != self.space:
            raise SpaceMismatch(
                f"expected a calibration of {space}, got one of {self.space}; run `mien calibrate` "
                "again with the same options of the networks, or leave the calibration out"
            )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and texts, as they stand in the file."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "mien": self.mien,
            "created": self.created,
            "space": asdict(self.space),
            "detector": self.detector,
            "threshold": {
                "similarity": self.similarity,
                "low": self.similarity_low,
                "high": self.similarity_high,
                "target_fmr": self.target_fmr,
            },
            "fmr": asdict(self.fmr),
            "tmr": asdict(self.tmr),
            "data": asdict(self.data),
            "probability": probability_json(self.probability),
            "held_out": {"ece": self.ece, "brier": self.brier},
        }


def probability_json(fitted: Calibration | IsotonicCalibration) -> dict[str, Any]:
    """The method and its numbers."""
    if isinstance(fitted, Calibration):
        return {
            "method": "logistic",
            "prior": fitted.prior,
            "slope": fitted.slope,
            "intercept": fitted.intercept,
        }
    return {
        "method": "isotonic",
        "prior": fitted.prior,
        "similarities": list(fitted.similarities),
        "probabilities": list(fitted.probabilities),
    }

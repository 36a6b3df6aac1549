"""A verifier: "the same person?" as a binary question on a pair of vectors, answered by weights.

For the features of a pair (``mien.matching.pair_features``) in each of its spaces s

    z = bias + sum over s of (w_abs[s] . |f1 - f2| + w_chi[s] . chi2(f1, f2) + w_cos[s] cos(f1, f2))
    P(same) = 1 / (1 + exp(-z))

z are the log-odds of the same person. With several spaces it is the fusion of several embedders.
It is plain numbers: fitted elsewhere (``mien.verifiers``), used with numpy alone.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_vectors
from mien.errors import InvalidEmbedding, InvalidOption, SpaceMismatch
from mien.matching.own_calibration import CalibrationData, Share
from mien.matching.pair_features import (
    BLOCK_CELLS,
    Floats,
    absolute_difference,
    chi_squared,
    cosine,
)
from mien.records import EmbeddingSpace
from mien.renamed import renamed_field

FORMAT = "mien-verifier"
VERSION = 1
FEATURES = ("absolute_difference", "chi_squared", "cosine")
LARGEST_WEIGHT = 1e9
MOST_SPACES = 8


@dataclass(frozen=True, slots=True)
class SpaceWeights:
    """How the features of one space count.

    Attributes:
        space: whose vectors these are.
        absolute, chi_squared: D weights each, or none of either: then the cosine alone counts.
        cosine: its weight.
    """

    space: EmbeddingSpace
    absolute: tuple[float, ...]
    chi_squared: tuple[float, ...]
    cosine: float

    def __post_init__(self) -> None:
        sizes = {len(self.absolute), len(self.chi_squared)}
        if sizes not in ({0}, {self.space.dimensions}):
            raise InvalidOption(
                f"verifier: expected {self.space.dimensions} weights of each kind or none, got "
                f"{len(self.absolute)} and {len(self.chi_squared)}"
            )
        for weight in (*self.absolute, *self.chi_squared, self.cosine):
            _check_number(weight, "weight")

    def sums(self, first: Floats, second: Floats) -> Floats:
        """The weighted features, added up over the last axis; arrays that broadcast."""
        total = self.cosine * cosine(first, second)
        if self.absolute:
            total = total + absolute_difference(first, second) @ np.asarray(self.absolute)
            total = total + chi_squared(first, second) @ np.asarray(self.chi_squared)
        return np.asarray(total)


@dataclass(frozen=True, slots=True)
class HeldOutRates:
    """What a verifier was worth on people whom it was not fitted to.

    Attributes:
        fmr, tmr: false and true match rate at the threshold.
        ece, brier: calibration error and Brier score of its probability.
    """

    fmr: Share
    tmr: Share
    ece: float
    brier: float

    def __post_init__(self) -> None:
        if not (0 <= self.ece <= 1 and 0 <= self.brier <= 1):
            raise InvalidOption(
                f"verifier: expected errors from 0 to 1, got {self.ece!r} and {self.brier!r}"
            )


@renamed_field("threshold", "min_log_odds")
@dataclass(frozen=True, slots=True)
class PairVerifier:
    """A fitted verifier with what stands behind it.

    Attributes:
        weights: of each space, in the order in which vectors are given.
        bias: log-odds where all features are 0.
        min_log_odds: pairs at or above them are called the same person.
        target_fmr: the false match rate that this limit was set for.
        prior: the share of genuine pairs that the probability presumes.
        detector: that found the faces it was fitted to.
        data: how much it was fitted to.
        held_out: measured by cross-validation.
        created: UTC, ISO 8601.
        mien: the version that made it.
    """

    weights: tuple[SpaceWeights, ...]
    bias: float
    min_log_odds: float
    target_fmr: float
    prior: float
    detector: str
    data: CalibrationData
    held_out: HeldOutRates
    created: str
    mien: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.weights) <= MOST_SPACES or len(set(self.spaces)) < len(self.weights):
            raise InvalidOption(
                f"verifier: expected 1 to {MOST_SPACES} different spaces, got {len(self.weights)}"
            )
        _check_number(self.bias, "bias")
        _check_number(self.min_log_odds, "threshold")
        for rate in (self.target_fmr, self.prior):
            if not 0 < rate < 1:
                raise InvalidOption(f"verifier: expected a rate in (0, 1), got {rate!r}")

    @property
    def spaces(self) -> tuple[EmbeddingSpace, ...]:
        """Whose vectors it takes."""
        return tuple(one.space for one in self.weights)

    @property
    def embedder(self) -> str:
        """The name under which its embedders are loaded together: ``sface+dlib-resnet``."""
        return "+".join(space.model for space in self.spaces)

    @property
    def origin(self) -> str:
        """The data in words."""
        return f"fitted to {self.data}, {self.created}"

    def check_fits(self, *offers: tuple[EmbeddingSpace, ...]) -> int:
        """Which of several offers of vectors it takes: the first that has its spaces in order.

        Raises:
            SpaceMismatch: none: other models, other weights or another preprocessing.
        """
        for place, spaces in enumerate(offers):
            if spaces == self.spaces:
                return place
        raise SpaceMismatch(
            f"expected vectors of {_listed(self.spaces)} for this verifier, got "
            f"{_listed(offers[0]) if offers else 'none'}; use the embedder and the options of the "
            "networks that it was fitted with, or run `mien verifier fit` again"
        )

    def log_odds(self, first: Sequence[Any], second: Sequence[Any]) -> Floats:
        """Of N pairs.

        Args:
            first, second: for each space in order ``(N, D)`` vectors, of any length but zero;
                row by row a pair.

        Returns:
            ``(N,) float64``, finite.

        Raises:
            InvalidEmbedding: another number of spaces or of dimensions, NaN, or unequal N.
        """
        a, b = self._checked(first), self._checked(second)
        if len(a[0]) != len(b[0]):
            raise InvalidEmbedding(f"pairs: expected as many rows, got {len(a[0])} and {len(b[0])}")
        total = np.full(len(a[0]), self.bias)
        for start in range(0, len(total), self._rows()):
            part = slice(start, start + self._rows())
            for one, left, right in zip(self.weights, a, b, strict=True):
                total[part] += one.sums(left[part], right[part])
        return total

    def log_odds_matrix(self, first: Sequence[Any], second: Sequence[Any]) -> NDArray[np.float32]:
        """Of every row of ``first`` with every row of ``second``: ``(N, M) float32``.

        Raises:
            InvalidEmbedding: as :meth:`log_odds`.
        """
        a, b = self._checked(first), self._checked(second)
        total = np.full((len(a[0]), len(b[0])), self.bias, dtype=np.float32)
        step = max(1, self._rows() // max(1, len(b[0])))
        for start in range(0, len(total), step):
            part = slice(start, start + step)
            for one, left, right in zip(self.weights, a, b, strict=True):
                total[part] += one.sums(left[part, None], right[None])
        return total

    def probability(self, log_odds: float) -> float:
        """P(same person) of these log-odds, in [0, 1]."""
        return float(np.exp(-np.logaddexp(0.0, -log_odds)))

    def _rows(self) -> int:
        return max(1, BLOCK_CELLS // max(space.dimensions for space in self.spaces))

    def _checked(self, vectors: Sequence[Any]) -> list[Floats]:
        if len(vectors) != len(self.weights):
            raise InvalidEmbedding(
                f"pairs: expected vectors of {len(self.weights)} spaces, got {len(vectors)}"
            )
        units = [
            check_vectors(one, space.dimensions).astype(np.float64)
            for one, space in zip(vectors, self.spaces, strict=True)
        ]
        if len({len(one) for one in units}) > 1:
            raise InvalidEmbedding("pairs: expected as many vectors in each space, got others")
        return units

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and texts, as they stand in the file, with their checksum."""
        record = {
            "format": FORMAT,
            "version": VERSION,
            "mien": self.mien,
            "created": self.created,
            "detector": self.detector,
            "features": list(FEATURES),
            "weights": [
                {
                    "space": asdict(one.space),
                    "absolute_difference": list(one.absolute),
                    "chi_squared": list(one.chi_squared),
                    "cosine": one.cosine,
                }
                for one in self.weights
            ],
            "bias": self.bias,
            "threshold": {"log_odds": self.min_log_odds, "target_fmr": self.target_fmr},
            "prior": self.prior,
            "data": asdict(self.data),
            "held_out": asdict(self.held_out),
        }
        return {**record, "checksum": checksum(record)}


def checksum(record: dict[str, Any]) -> str:
    """SHA-256 of a record's JSON with sorted keys: tells damage, not intent."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _check_number(value: float, name: str) -> None:
    if not (math.isfinite(value) and abs(value) <= LARGEST_WEIGHT):
        raise InvalidOption(
            f"verifier: expected a {name} of at most {LARGEST_WEIGHT:g}, got {value!r}"
        )


def _listed(spaces: Sequence[EmbeddingSpace]) -> str:
    return " and ".join(map(str, spaces))

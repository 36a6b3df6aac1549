"""From a similarity to a probability of any rising form: isotonic regression.

Source: B. Zadrozny and C. Elkan, "Transforming classifier scores into accurate multiclass
probability estimates" (2002); pool adjacent violators: Ayer et al. (1955). It follows the data
where Platt's curve cannot, and needs more of them.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_fraction
from mien.errors import InsufficientData, InvalidOption
from mien.matching.calibration import WRONG_WAY, check_labelled_pairs, check_prior


@dataclass(frozen=True, slots=True)
class IsotonicCalibration:
    """P(same) on straight lines between knots, flat outside them.

    Attributes:
        similarities: where the knots lie; in [-1, 1], rising strictly, two at least.
        probabilities: there; in [0, 1], never falling.
        prior: the share of genuine pairs that the probability takes for granted.
        origin: the pairs it was fitted on, in words.
    """

    similarities: tuple[float, ...]
    probabilities: tuple[float, ...]
    prior: float
    origin: str

    def __post_init__(self) -> None:
        places, values = self.similarities, self.probabilities
        finite = all(map(math.isfinite, (*places, *values)))
        if not finite or len(places) < 2 or len(places) != len(values):
            raise InvalidOption(
                "calibration: expected a probability at each of two knots at least, "
                f"got {len(places)} and {len(values)}, or a number that is not finite"
            )
        rising = all(a < b for a, b in itertools.pairwise(places))
        if not rising or places[0] < -1 or places[-1] > 1:
            raise InvalidOption("calibration: expected knots that rise from -1 to 1, got others")
        monotone = all(a <= b for a, b in itertools.pairwise(values))
        if not monotone or values[0] < 0 or values[-1] > 1:
            raise InvalidOption(
                "calibration: expected probabilities from 0 to 1 that never fall, got others"
            )
        check_prior(self.prior)

    def probability(self, similarity: float) -> float:
        """P(same person) of a pair with this cosine similarity, in [0, 1].

        Raises:
            InvalidOption: for a similarity outside [-1, 1].
        """
        # A float32 product of unit vectors may leave [-1, 1] by its rounding.
        cosine = check_fraction(similarity, "similarity", -1.0 - 1e-6, 1.0 + 1e-6)
        return float(np.interp(cosine, self.similarities, self.probabilities))


def fit_isotonic(
    similarities: Any, same: Any, origin: str, prior: float = 0.5, weights: Any = None
) -> IsotonicCalibration:
    """Fit a rising curve to labelled pairs, the classes weighted to the prior.

    Args:
        similarities: ``(N,)`` cosine similarities in [-1, 1].
        same: ``(N,) bool``, True for genuine pairs.
        origin: the pairs in words.
        prior: share of genuine pairs to calibrate for; the share in the data does not matter.
        weights: ``(N,)`` how many pairs each entry stands for; one by default.

    Raises:
        InvalidArray: for unequal lengths or a number that is not finite.
        InvalidOption: for a prior outside (0, 1) or a similarity outside [-1, 1].
        InsufficientData: fewer than two pairs of a class, or similarity does not rise with
            sameness.
    """
    pairs = check_labelled_pairs(similarities, same, weights)
    share = check_prior(prior)
    of_class = np.where(
        pairs.same, share / pairs.genuine_count, (1.0 - share) / pairs.impostor_count
    )
    masses = pairs.weights * of_class
    places, where = np.unique(pairs.scores[masses > 0], return_inverse=True)
    mass = np.bincount(where, masses[masses > 0]).astype(np.float64)
    # Targets short of 0 and 1, as Platt's: a few pairs above all impostors are no certainty.
    means = np.bincount(where, (masses * pairs.targets())[masses > 0]) / mass
    fitted = pool_adjacent_violators(means, mass)
    if fitted[0] == fitted[-1]:
        raise InsufficientData(WRONG_WAY)
    # Of a level stretch its two ends say everything.
    kept = np.ones(len(fitted), dtype=np.bool_)
    kept[1:-1] = (fitted[1:-1] != fitted[:-2]) | (fitted[1:-1] != fitted[2:])
    return IsotonicCalibration(
        tuple(places[kept].tolist()), tuple(fitted[kept].tolist()), share, origin
    )


def pool_adjacent_violators(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The sequence that never falls and is nearest to ``values`` in weighted squares.

    Args:
        values: ``(N,)``.
        weights: ``(N,)``, above 0.
    """
    means: list[float] = []
    masses: list[float] = []
    lengths: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        means.append(value)
        masses.append(weight)
        lengths.append(1)
        while len(means) > 1 and means[-2] >= means[-1]:
            mean, mass, length = means.pop(), masses.pop(), lengths.pop()
            together = masses[-1] + mass
            means[-1] = (means[-1] * masses[-1] + mean * mass) / together
            masses[-1] = together
            lengths[-1] += length
    return np.repeat(means, lengths)

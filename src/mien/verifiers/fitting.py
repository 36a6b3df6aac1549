"""Logistic regression on the features of pairs: scikit-learn fits, plain numbers come out.

The cosine of a pair of trained embeddings is a good answer already, and a list of some thousand
pairs is little for two weights a dimension. So the penalty pulls the weights of single dimensions
to 0, where the cosine alone decides, and leaves the cosines' own weights all but free. How far
the former may go, their *freedom*, is chosen by cross-validation (``selection``).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import EngineMissing, InsufficientData
from mien.matching import SpaceWeights
from mien.verifiers.pair_data import PairData

Floats = NDArray[np.float64]

COSINE_FREEDOM = 10.0
"""The penalty on a cosine's weight is a hundredth of the usual one."""
WIDEST_FOR_NEWTON = 1200
"""Newton's method solves for all weights at once; of wider features quasi-Newton is faster."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Log-odds as a weighted sum: ``features @ weights + bias``.

    Attributes:
        weights: ``(F,) float64``, of the features as they are.
        bias: log-odds where all features are 0.
    """

    weights: Floats
    bias: float

    def log_odds(self, features: Floats) -> Floats:
        """``(N,)`` of ``(N, F)``."""
        return np.asarray(features @ self.weights + self.bias)

    def calibrated(self, slope: float, intercept: float) -> Line:
        """The same after ``slope * z + intercept``."""
        return Line(self.weights * slope, self.bias * slope + intercept)

    def space_weights(self, data: PairData) -> tuple[SpaceWeights, ...]:
        """The weights in the form that is kept; those of no dimension where all are 0."""
        parts, start = [], 0
        for space in data.spaces:
            size = space.dimensions
            own = self.weights[start : start + 2 * size + 1].tolist()
            start += 2 * size + 1
            single = own[: 2 * size] if any(own[: 2 * size]) else []
            parts.append(
                SpaceWeights(space, tuple(single[:size]), tuple(single[size:]), float(own[-1]))
            )
        return tuple(parts)


def fit_line(
    features: Floats, same: NDArray[np.bool_], is_cosine: NDArray[np.bool_], freedom: float
) -> Line:
    """Fit weights; genuine and impostor pairs count as much, however many there are of each.

    Args:
        features: ``(N, F)``.
        same: ``(N,)``.
        is_cosine: ``(F,)``, which features are a space's cosine.
        freedom: how far the weights of the others may go; 0 leaves the cosines alone.

    Raises:
        EngineMissing: scikit-learn is not installed.
        InsufficientData: the fit does not converge.
    """
    regression = _regression(int(is_cosine.sum() if freedom == 0 else len(is_cosine)))
    used = is_cosine if freedom == 0 else np.ones_like(is_cosine)
    means = features[:, used].mean(axis=0)
    spread = features[:, used].std(axis=0)
    # Scaling a feature by k weakens the penalty on its weight by k squared.
    scales = np.where(is_cosine[used], COSINE_FREEDOM, freedom) / np.where(spread > 0, spread, 1.0)
    _run(regression, (features[:, used] - means) * scales, same)
    found = regression.coef_[0] * scales
    weights = np.zeros(len(is_cosine))
    weights[used] = found
    return Line(weights, float(regression.intercept_[0]) - float(found @ means))


def check_scikit_learn() -> None:
    """Say so before the long work if fitting is not possible here.

    Raises:
        EngineMissing: scikit-learn is not installed.
    """
    _regression(1)


def _regression(width: int) -> Any:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise EngineMissing(
            "fitting a verifier: expected scikit-learn, got none; install it with "
            "`pip install 'mien[train]'`"
        ) from error
    solver = "newton-cholesky" if width <= WIDEST_FOR_NEWTON else "lbfgs"
    return LogisticRegression(C=1.0, class_weight="balanced", solver=solver, max_iter=1000)


def _run(regression: Any, features: Floats, same: NDArray[np.bool_]) -> None:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            regression.fit(features, same)
        except ConvergenceWarning as error:
            raise InsufficientData(
                f"verifier: expected the fit to converge, got: {str(error).splitlines()[0]}; "
                "look for wrong labels, or add pairs"
            ) from error

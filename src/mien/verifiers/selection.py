"""Choosing how free the weights of single dimensions may be, on folds that are not tested.

Of the folds that a verifier is fitted to, each third in turn is answered by weights from the rest.
These held-out answers choose the freedom, calibrate the log-odds (Platt) and set the threshold;
the fold that is tested later has had no part in any of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.cross_validation import best_threshold
from mien.matching import fit_calibration
from mien.verifiers.fitting import Floats, Line, fit_line
from mien.verifiers.pair_data import PairData

FREEDOMS = (0.03, 0.1, 0.3, 1.0)
"""Tried from the least on, as long as each is surely better; before them 0, the cosines alone."""
GROUPS = 3
SURE = 2.0
"""Standard errors by which more freedom must lower the log loss."""
PRIOR = 0.5
MOST_FITTED = 10_000
MOST_CELLS = 30_000_000
"""Features are held for no more pairs than that: 240 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class FitTable:
    """The pairs that weights are fitted to; of very many a part, at random.

    Attributes:
        rows: ``(M,)``, their places in the data.
        features: ``(M, F)``.
        same, fold: ``(M,)``.
        is_cosine: ``(F,)``.
    """

    rows: NDArray[np.intp]
    features: Floats
    same: NDArray[np.bool_]
    fold: NDArray[np.int64]
    is_cosine: NDArray[np.bool_]

    def fit(self, part: NDArray[np.bool_], freedom: float) -> Line:
        """Weights from some of the pairs."""
        return fit_line(self.features[part], self.same[part], self.is_cosine, freedom)


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Weights with calibrated log-odds.

    Attributes:
        line: the weights.
        freedom: that was chosen for them.
        threshold: of the greatest accuracy on held-out answers, in log-odds.
    """

    line: Line
    freedom: float
    threshold: float


def fit_table(data: PairData, seed: int) -> FitTable:
    """The features of at most 10,000 pairs of each kind, fewer of very long vectors."""
    generator = np.random.default_rng(seed)
    same = data.same
    most = max(100, min(MOST_FITTED, MOST_CELLS // (2 * data.width)))
    parts = []
    for kind in (same, ~same):
        places = np.flatnonzero(kind)
        if len(places) > most:
            places = generator.choice(places, most, replace=False)
        parts.append(places)
    rows = np.sort(np.concatenate(parts))
    return FitTable(rows, data.features(rows), same[rows], data.fold[rows], data.is_cosine)


def choose(table: FitTable, part: NDArray[np.bool_]) -> Chosen:
    """Fit to ``part`` of the table; nothing else of it is looked at.

    Each step of freedom must lower the log loss of held-out answers by two standard errors of that
    difference; at the first that does not, the simpler weights stay.

    Raises:
        InsufficientData: a class is missing, or likeness does not rise with sameness.
    """
    freedom, answers = 0.0, _held_out(table, part, 0.0)
    same = table.same[part]
    weights = np.where(same, 0.5 / same.mean(), 0.5 / (1.0 - same.mean()))
    for more in FREEDOMS:
        tried = _held_out(table, part, more)
        gain = (_losses(answers, same) - _losses(tried, same)) * weights
        if gain.mean() <= SURE * gain.std() / np.sqrt(len(gain)):
            break
        freedom, answers = more, tried
    platt = fit_calibration(answers, same, "held-out folds", PRIOR)
    line = table.fit(part, freedom).calibrated(platt.slope, platt.intercept)
    return Chosen(line, freedom, best_threshold(platt.slope * answers + platt.intercept, same))


def _held_out(table: FitTable, part: NDArray[np.bool_], freedom: float) -> Floats:
    """Log-odds of the pairs in ``part``, each from weights of the other groups of folds."""
    folds = np.unique(table.fold[part])
    group_of = {int(fold): place % GROUPS for place, fold in enumerate(folds)}
    group = np.array([group_of.get(int(fold), -1) for fold in table.fold])
    answers = np.zeros(len(group))
    for one in range(min(GROUPS, len(folds))):
        tested = part & (group == one)
        line = table.fit(part & (group != one), freedom)
        answers[tested] = line.log_odds(table.features[tested])
    return answers[part]


def _losses(log_odds: Floats, same: NDArray[np.bool_]) -> Floats:
    """-ln(probability of the truth) of each pair."""
    return np.asarray(np.logaddexp(0.0, np.where(same, -log_odds, log_odds)))

"""Fit a verifier, and say by cross-validation what it is worth beside the plain cosine.

Each fold is answered by weights, calibration and threshold of the other folds (train on nine, test
on the tenth), so every pair is judged once by a verifier that has not seen it. What is kept in the
end is fitted to all folds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_count, check_fraction
from mien.errors import InsufficientData, InvalidOption
from mien.evaluation import (
    Comparison,
    Findings,
    FoldResult,
    Rate,
    Reliability,
    VerificationReport,
    compare,
    evaluate_verification,
    rate_of,
    reliability,
    roc,
    verification_findings,
)
from mien.evaluation.cross_validation import answers
from mien.matching import HeldOutRates, PairVerifier, Share
from mien.verifiers.fitting import Floats
from mien.verifiers.pair_data import PairData, check_enough
from mien.verifiers.selection import PRIOR, FitTable, choose, fit_table

FARS = (1e-1, 1e-2, 1e-3)
REPLICATES = 500
_ROWS = 4096
WRONG_WAY = (
    "verifier: expected genuine pairs to be the more similar ones, got the opposite; check the "
    "labels"
)


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What is asked of a fit.

    Attributes:
        target_fmr: the false match rate that the threshold is set for.
        seed: of what is drawn at random.
    """

    target_fmr: float = 1e-2
    seed: int = 0

    def __post_init__(self) -> None:
        if check_fraction(self.target_fmr, "target fmr") in (0.0, 1.0):
            raise InvalidOption(f"target fmr: expected between 0 and 1, got {self.target_fmr!r}")
        check_count(self.seed, "seed", low=0, high=2**32 - 1)


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """One way to score the pairs, judged fold by fold.

    Attributes:
        name: for people.
        report: its rates.
        findings: the same with the answer to each pair.
    """

    name: str
    report: VerificationReport
    findings: Findings


@dataclass(frozen=True, slots=True, eq=False)
class FitReport:
    """A verifier with what cross-validation says of it.

    Attributes:
        verifier: fitted to all folds.
        freedom: of the weights of single dimensions; 0 where the cosines alone count.
        fold_freedoms: the same for each fold's own weights.
        fitted: the verifier, each fold by the others' weights.
        plain: the cosine of each space.
        differences: the verifier (B) against each plain cosine (A), on the same draws.
        reliability: of the probability, on held-out folds.
        held_out_fmr: each fold at the threshold that the others set for the target.
        notes: what the reader must know.
    """

    verifier: PairVerifier
    freedom: float
    fold_freedoms: tuple[float, ...]
    fitted: System
    plain: tuple[System, ...]
    differences: tuple[Comparison, ...]
    reliability: Reliability
    held_out_fmr: Rate
    notes: tuple[str, ...]


def fit_verifier(data: PairData, detector: str, options: FitOptions | None = None) -> FitReport:
    """Fit to all folds, and test by cross-validation.

    Args:
        data: the pairs with their vectors.
        detector: that found the faces.
        options: the target and the seed.

    Raises:
        InsufficientData: too few pairs for the target, or likeness that does not rise with
            sameness.
        EngineMissing: scikit-learn is not installed.
    """
    options = options or FitOptions()
    check_enough(data.pairs, options.target_fmr)
    cosines = [_cosines(data, place) for place in range(len(data.spaces))]
    for row in cosines:
        if row[data.same].mean() <= row[~data.same].mean():
            raise InsufficientData(WRONG_WAY)
    table = fit_table(data, options.seed)
    scores, folds, freedoms = _cross_fitted(data, table)
    final = choose(table, np.ones(len(table.rows), dtype=np.bool_))
    fitted = _system("verifier", data, scores, folds)
    plain = tuple(
        _system(f"cosine of {space.model}", data, row)
        for space, row in zip(data.spaces, cosines, strict=True)
    )
    said = reliability(_probabilities(scores), data.same, prior=PRIOR)
    fmr, tmr = _held_out_rates(scores, data, options.target_fmr)
    curve = roc(scores, data.same)
    verifier = PairVerifier(
        weights=final.line.space_weights(data),
        bias=final.line.bias,
        min_log_odds=curve.at_far(options.target_fmr).threshold,
        target_fmr=options.target_fmr,
        prior=PRIOR,
        detector=detector,
        data=data.counts(),
        held_out=HeldOutRates(_share(fmr), _share(tmr), said.ece, said.brier),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        mien=version("mien"),
    )
    return FitReport(
        verifier=verifier,
        freedom=final.freedom,
        fold_freedoms=freedoms,
        fitted=fitted,
        plain=plain,
        differences=tuple(
            compare(one.findings, fitted.findings, REPLICATES, options.seed) for one in plain
        ),
        reliability=said,
        held_out_fmr=fmr,
        notes=_notes(data, final.freedom, fmr, options.target_fmr),
    )


def _cross_fitted(
    data: PairData, table: FitTable
) -> tuple[Floats, tuple[FoldResult, ...], tuple[float, ...]]:
    """Log-odds of every pair by weights that have not seen its fold, and each fold's result."""
    fold_of, same = data.fold, data.same
    scores = np.zeros(len(fold_of))
    results, freedoms = [], []
    for fold in np.unique(fold_of):
        chosen = choose(table, table.fold != fold)
        tested = np.flatnonzero(fold_of == fold)
        for start in range(0, len(tested), _ROWS):
            rows = tested[start : start + _ROWS]
            scores[rows] = chosen.line.log_odds(data.features(rows))
        right = answers(scores[tested], same[tested], chosen.threshold)
        errors = int((~right).sum())
        results.append(FoldResult(int(fold), chosen.threshold, len(tested), errors))
        freedoms.append(chosen.freedom)
    return scores, tuple(results), tuple(freedoms)


def _cosines(data: PairData, place: int) -> Floats:
    vectors = data.vectors[place]
    products = np.einsum("nd,nd->n", vectors[data.first], vectors[data.second], dtype=np.float64)
    return np.asarray(np.clip(products, -1.0, 1.0))


def _system(
    name: str, data: PairData, scores: Floats, folds: tuple[FoldResult, ...] = ()
) -> System:
    """Rates of scores; folds that bring their own thresholds take the place of chosen ones."""
    report = evaluate_verification(data.pairs, scores, FARS, data.subjects)
    if folds:
        accuracies = [fold.accuracy for fold in folds]
        errors = sum(fold.errors for fold in folds)
        report = replace(
            report,
            folds=folds,
            accuracy=float(np.mean(accuracies)),
            standard_error=float(np.std(accuracies, ddof=1)) / math.sqrt(len(folds)),
            pooled_accuracy=rate_of(len(scores) - errors, len(scores), errors),
            accuracy_by_people=None,
        )
    if folds:
        report = replace(report, verifier=name)
    findings = verification_findings(report, data.pairs, scores, data.subjects)
    return System(name, report, findings)


def _held_out_rates(scores: Floats, data: PairData, target: float) -> tuple[Rate, Rate]:
    """False and true match rate, each fold at the threshold of the others' held-out answers."""
    fold_of, same = data.fold, data.same
    false = true = 0
    for fold in np.unique(fold_of):
        others = fold_of != fold
        threshold = roc(scores[others], same[others]).at_far(target).threshold
        passed = (scores >= threshold) & ~others
        false += int((passed & ~same).sum())
        true += int((passed & same).sum())
    genuine = int(same.sum())
    return rate_of(false, len(same) - genuine, false), rate_of(true, genuine, false)


def _probabilities(log_odds: Floats) -> NDArray[np.float64]:
    return np.asarray(np.exp(-np.logaddexp(0.0, -log_odds)))


def _share(rate: Rate) -> Share:
    return Share(rate.value, rate.low, rate.high)


def _notes(data: PairData, freedom: float, fmr: Rate, target: float) -> tuple[str, ...]:
    notes = list(data.notes)
    notes.append(
        "each fold is answered by weights, calibration and threshold of the other folds; what is "
        "kept is fitted to all of them"
    )
    if freedom == 0:
        notes.append(
            "weights of single dimensions did not answer held-out folds better than chance would "
            "have it: the cosines alone count"
        )
    if fmr.low > target:
        notes.append(
            f"on held-out people the false match rate was {fmr.value:.2g} where {target:g} was "
            "asked for: they are too few, or too unlike each other; add people, or ask for less "
            "with --target-fmr"
        )
    if data.lost:
        notes.append(f"{data.lost:,} pairs are left out, a photo of theirs has no face")
    if data.copies:
        notes.append(f"{data.copies:,} pairs are left out, both photos are the same one")
    if data.left_out:
        notes.append(f"{data.left_out:,} impostor pairs are left out, of people of two folds")
    notes.append(f"the probability presumes that {100 * PRIOR:g} % of the pairs are of one person")
    return tuple(notes)

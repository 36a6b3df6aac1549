"""Curves of a list of pairs: ROC, DET, and how the scores of both kinds lie."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.findings import Chart, Line, thinned
from mien.evaluation.rates import Roc, roc

BINS = 60

Floats = NDArray[np.float64]


def score_charts(
    scores: Floats, same: NDArray[np.bool_], score: str = "cosine similarity"
) -> tuple[Chart, ...]:
    """The three charts.

    Args:
        scores: ``(N,)``; NaN is a failure to acquire: never accepted, and in no histogram.
        same: ``(N,) bool``.
        score: what the scores are, in words.

    Raises:
        InvalidArray, InsufficientData: as :func:`mien.evaluation.rates.roc`.
    """
    acquired = ~np.isnan(scores)
    curves = [("all pairs counted", roc(np.where(acquired, scores, -np.inf), same))]
    if not acquired.all():
        curves.append(("acquired only", roc(scores[acquired], same[acquired])))
    return (
        Chart(
            "roc",
            "ROC",
            "false accept rate",
            "true accept rate",
            _lines(curves, missed=False),
            x_log=True,
            note="up and to the left is better; false accept rates of 0 are left out",
        ),
        Chart(
            "det",
            "DET",
            "false accept rate",
            "false reject rate",
            _lines(curves, missed=True),
            x_log=True,
            y_log=True,
            diagonal=True,
            note="down and to the left is better; it meets the diagonal at the equal error rate; "
            "rates of 0 are left out",
        ),
        _histogram(scores[acquired], same[acquired], score),
    )


def _lines(curves: list[tuple[str, Roc]], missed: bool) -> tuple[Line, ...]:
    lines = []
    for name, curve in curves:
        x, y = _points(curve, missed)
        if len(x):
            lines.append(Line(name, tuple(x), tuple(y)))
    return tuple(lines)


def _points(curve: Roc, missed: bool) -> tuple[list[float], list[float]]:
    """Rates over the false accept rate, which rises strictly: the best one at each."""
    usable = ~np.isneginf(curve.thresholds)  # what has no score is not accepted
    far, hits = curve.false_accepts[usable] / curve.impostor, curve.true_accepts[usable]
    kept = np.append(far[1:] != far[:-1], True) & (far > 0)
    if missed:
        kept &= hits < curve.genuine
    x = far[kept]
    y = (curve.genuine - hits[kept] if missed else hits[kept]) / curve.genuine
    if not len(x):
        return [], []
    # Thinned as the eye sees it: on logarithmic axes.
    seen = np.log10(y) if missed else y
    places, _ = thinned(np.log10(x).tolist(), seen.tolist())
    chosen = np.isin(np.log10(x), places)
    return x[chosen].tolist(), y[chosen].tolist()


def _histogram(scores: Floats, same: NDArray[np.bool_], score: str) -> Chart:
    low, high = float(scores.min()), float(scores.max())
    if high - low < 1e-9:  # constant scores still need a bin with a width
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, BINS + 1)
    middles = tuple(((edges[1:] + edges[:-1]) / 2).tolist())

    def line(name: str, kind: Any) -> Line:
        counts, _ = np.histogram(scores[kind], edges)
        return Line(name, middles, tuple((counts / max(1, int(counts.sum()))).tolist()))

    return Chart(
        "scores",
        "Scores of both kinds",
        score,
        "share of the pairs of a kind",
        (line("genuine", same), line("impostor", ~same)),
        note=f"{BINS} bins of equal width; pairs without a usable face have no score",
    )

"""The curves, histograms and worst pairs of an all-pairs report, as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.all_pairs_curve import BINS, AllPairsCurve
from mien.evaluation.all_pairs_tally import Tally
from mien.evaluation.findings import Chart, Example, Line
from mien.evaluation.intervals import Rate
from mien.evaluation.rates import OperatingPoint, Roc

POINTS = 100
BARS = 128

BandPoint = tuple[OperatingPoint, Rate]
"""A point of the ROC, and low and high of its true accept rate."""


def band_thresholds(curve: Roc) -> NDArray[np.float64]:
    """Thresholds, rising, at about ``POINTS`` false accept rates evenly spaced in log, none 0."""
    targets = np.geomspace(1, curve.impostor, POINTS)
    last = np.searchsorted(curve.false_accepts, np.floor(targets * (1 + 1e-12)), side="right") - 1
    if np.isneginf(curve.thresholds[-1]):
        last = np.minimum(last, len(curve.thresholds) - 2)
    chosen = np.unique(last)
    thresholds: NDArray[np.float64] = curve.thresholds[chosen[curve.false_accepts[chosen] > 0]]
    return thresholds[::-1]


def charts_of(curve: AllPairsCurve, band: Sequence[BandPoint]) -> tuple[Chart, ...]:
    """ROC, DET and the histograms of both kinds of pairs.

    Args:
        curve: of all pairs.
        band: points of it, false accept rates rising.
    """
    return _roc(band), _det(curve.roc, band), _histograms(curve)


def _roc(band: Sequence[BandPoint]) -> Chart:
    line = Line(
        "all pairs",
        x=tuple(point.far for point, _ in band),
        y=tuple(point.tar for point, _ in band),
        low=tuple(rate.low for _, rate in band),
        high=tuple(rate.high for _, rate in band),
    )
    note = "Band: 95 % over people, the threshold fixed. Left of 30 false accepts it is a guess."
    return Chart(
        "roc", "ROC", "false accept rate", "true accept rate", (line,), x_log=True, note=note
    )


def _det(curve: Roc, band: Sequence[BandPoint]) -> Chart:
    missing = [(point, rate) for point, rate in band if point.true_accepts < curve.genuine]
    least = 0.5 / curve.genuine  # a logarithmic axis has no 0
    line = Line(
        "all pairs",
        x=tuple(point.far for point, _ in missing),
        y=tuple(1.0 - point.tar for point, _ in missing),
        low=tuple(max(1.0 - rate.high, least) for _, rate in missing),
        high=tuple(1.0 - rate.low for _, rate in missing),
    )
    return Chart(
        key="det",
        title="DET",
        x_label="false accept rate",
        y_label="false reject rate",
        lines=(line,) if missing else (),
        x_log=True,
        y_log=True,
        note="Lower is better. It ends where no genuine pair is rejected.",
    )


def _histograms(curve: AllPairsCurve) -> Chart:
    width = BINS // BARS
    genuine = curve.genuine.reshape(BARS, width).sum(axis=1)
    impostor = curve.impostor.reshape(BARS, width).sum(axis=1)
    used = np.flatnonzero(genuine + impostor)
    shown = slice(int(used[0]), int(used[-1]) + 1)
    middles = (-1.0 + (np.arange(BARS) + 0.5) * 2 / BARS)[shown]
    return Chart(
        key="scores",
        title="Similarities",
        x_label="cosine similarity",
        y_label="share of the pairs of a kind",
        lines=tuple(
            Line(name, tuple(middles.tolist()), tuple((counts / counts.sum())[shown].tolist()))
            for name, counts in (("same person", genuine), ("different people", impostor))
        ),
        note=f"Bars of {2 / BARS:g}; pairs that were not acquired are not in them.",
    )


def examples_of(counted: Tally, photos: Sequence[str], threshold: float) -> tuple[Example, ...]:
    """The worst errors at a threshold: false matches, the most alike first, then misses."""
    found = []
    for key, *rows in counted.matches.listed():
        if -key >= threshold:
            text = f"similarity {-key:.3f}, two people"
            found.append(Example("false_match", tuple(photos[row] for row in rows), -key, text))
    for key, *rows in counted.misses.listed():
        if key < threshold:
            text = f"similarity {key:.3f}, one person"
            found.append(Example("miss", tuple(photos[row] for row in rows), key, text))
    return tuple(found)

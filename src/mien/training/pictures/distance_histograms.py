"""Distances of pairs of one person and of two, before a training and after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.errors import InsufficientData, InvalidArray
from mien.training.pictures.style import GRID, INK, TRAIN, VALIDATION, drawing, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 60
_FMR = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class PairDistances:
    """Distances of pairs of held-out people's photos in one embedding.

    Attributes:
        title: e.g. ``before``.
        genuine: ``(G,)`` of pairs of one person; small is alike.
        impostor: ``(I,)`` of pairs of two.
    """

    title: str
    genuine: NDArray[np.float64]
    impostor: NDArray[np.float64]

    def threshold(self, fmr: float = _FMR) -> float:
        """The largest distance that at most the share ``fmr`` of the impostor pairs keeps."""
        ordered = np.sort(self.impostor)
        allowed = int(fmr * len(ordered) + 1e-9)
        return float(np.nextafter(ordered[min(allowed, len(ordered) - 1)], -np.inf))

    def accepted(self, fmr: float = _FMR) -> float:
        """The share of the genuine pairs within that distance: TAR at this FAR."""
        return float((self.genuine <= self.threshold(fmr)).mean())


def draw_distance_histograms(
    before: PairDistances, after: PairDistances, axis: str = "cosine distance"
) -> Figure:
    """Two histograms, one above the other, on one axis, each with its threshold at FAR 1e-2.

    Raises:
        InsufficientData: no pairs of a kind.
        InvalidArray: not ``(N,)`` finite distances.
        EngineMissing: matplotlib is not installed.
    """
    for side in (before, after):
        _check(side)
    every = np.concatenate([before.genuine, before.impostor, after.genuine, after.impostor])
    low, high = min(0.0, float(every.min())), float(every.max())
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    with drawing():
        figure = new_figure(8.6, 5.6)
        figure.subplots_adjust(left=0.06, right=0.97, top=0.93, bottom=0.1, hspace=0.34)
        panels = [figure.add_subplot(2, 1, number) for number in (1, 2)]
        for axes, side in zip(panels, (before, after), strict=True):
            _histogram(axes, side, edges)
        panels[0].legend(loc="upper left")
        panels[1].set_xlabel(axis)
    return figure


def _histogram(axes: Axes, side: PairDistances, edges: NDArray[np.float64]) -> None:
    kinds = (
        ("one person", side.genuine, TRAIN),
        ("two people", side.impostor, VALIDATION),
    )
    for label, distances, colour in kinds:
        weights = np.full(len(distances), 1 / len(distances))
        axes.hist(
            distances,
            bins=edges.tolist(),
            weights=weights,
            color=colour,
            alpha=0.55,
            label=f"{label} ({len(distances):,} pairs)",
        )
    limit = side.threshold()
    axes.axvline(limit, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_title(
        f"{side.title}: {side.accepted():.1%} of one person's pairs accepted at a "
        f"false accept rate of {_FMR:.0%}"
    )
    axes.set_xlim(edges[0], edges[-1])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x", color=GRID)


def _check(side: PairDistances) -> None:
    for kind, distances in (("genuine", side.genuine), ("impostor", side.impostor)):
        if distances.ndim != 1 or not np.isfinite(distances).all():
            raise InvalidArray(
                f"{kind} distances: expected (N,) finite numbers, got shape {distances.shape}"
            )
        if not len(distances):
            raise InsufficientData(f"{kind} distances: expected at least one pair, got none")

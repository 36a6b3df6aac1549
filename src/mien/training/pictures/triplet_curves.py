"""Loss, hardness of the triplets and separation of other people over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mien.errors import InsufficientData
from mien.training.pictures.style import (
    DOUBTFUL,
    MUTED,
    RIGHT,
    TRAIN,
    VALIDATION,
    WRONG,
    drawing,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class TripletEpoch:
    """One row of a metric learner's history.

    Attributes:
        number: 0 is the start, of which only the last two are known.
        loss: mean over the batches.
        hard, semihard, easy: shares of all triplets, 1 together.
        tar: true accept rate at FAR 1e-2 of the people who choose the epoch.
        rank: effective dimensions of their vectors.
    """

    number: int
    loss: float | None
    hard: float | None
    semihard: float | None
    easy: float | None
    tar: float
    rank: float


def draw_triplet_curves(history: Sequence[TripletEpoch], best: int) -> Figure:
    """Draw a metric learner's history.

    Args:
        history: the start and the epochs, rising.
        best: the number of the epoch whose weights were kept; it is marked.

    Raises:
        InsufficientData: no epoch.
        EngineMissing: matplotlib is not installed.
    """
    learned = [row for row in history if row.loss is not None]
    if not learned:
        raise InsufficientData("triplet curves: expected at least one epoch, got none")
    with drawing():
        from matplotlib.ticker import PercentFormatter

        figure = new_figure(10, 6.4)
        grid = figure.add_gridspec(2, 2, hspace=0.42, wspace=0.18)
        figure.subplots_adjust(left=0.07, right=0.98, top=0.94, bottom=0.08)
        loss, shares, tar, rank = (figure.add_subplot(grid[at // 2, at % 2]) for at in range(4))
        numbers = [row.number for row in learned]
        _line(loss, numbers, [row.loss or 0.0 for row in learned], TRAIN, "Loss")
        loss.set_ylim(bottom=0)
        _shares(shares, learned)
        every = [row.number for row in history]
        title = "Other people: true accept rate at FAR 1 %"
        _line(tar, every, [row.tar for row in history], VALIDATION, title)
        tar.yaxis.set_major_formatter(PercentFormatter(1.0))  # as many digits as the axis needs
        title = "Other people: effective dimensions"
        _line(rank, every, [row.rank for row in history], MUTED, title)
        rank.set_ylim(0, 1.1 * max(1.0, *(row.rank for row in history)))
        for axes in (loss, shares, tar, rank):
            _mark(axes, history, best)
    return figure


def _line(
    axes: Axes, numbers: Sequence[int], heights: Sequence[float], colour: str, title: str
) -> None:
    dots = "o" if len(numbers) <= 30 else None
    axes.plot(numbers, heights, color=colour, marker=dots, markersize=3.5)
    axes.set_title(title)


def _shares(axes: Axes, learned: Sequence[TripletEpoch]) -> None:
    numbers = [row.number for row in learned]
    parts = [[row.hard or 0.0, row.semihard or 0.0, row.easy or 0.0] for row in learned]
    colours = (WRONG, DOUBTFUL, RIGHT)
    if len(learned) == 1:  # an area needs two
        numbers, parts = [numbers[0] - 0.4, numbers[0] + 0.4], parts * 2  # type: ignore[list-item]
    axes.stackplot(
        numbers,
        *zip(*parts, strict=True),
        colors=colours,
        alpha=0.6,
        labels=("hard", "semi-hard", "easy"),
        linewidth=0,
    )
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_title("Triplets of the batches")
    axes.legend(loc="lower left")


def _mark(axes: Axes, history: Sequence[TripletEpoch], best: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(history[0].number - 0.5, history[-1].number + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.axvline(best, color=RIGHT, linewidth=1, linestyle=(0, (4, 3)), zorder=5)
    axes.set_xlabel(f"epoch (kept: {best})")

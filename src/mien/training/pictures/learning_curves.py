"""Loss and accuracy over the epochs, on the photos learned from and on others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mien.errors import InsufficientData
from mien.training.pictures.style import (
    MUTED,
    RIGHT,
    TRAIN,
    VALIDATION,
    drawing,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Epoch:
    """One row of a training's history; None, or not finite, where it was not measured.

    Attributes:
        number: from 1.
        train_loss, validation_loss: in nats.
        train_accuracy, validation_accuracy: in [0, 1].
        learning_rate: the head's.
    """

    number: int
    train_loss: float
    validation_loss: float | None = None
    train_accuracy: float | None = None
    validation_accuracy: float | None = None
    learning_rate: float | None = None


def draw_learning_curves(history: Sequence[Epoch], best: int | None = None) -> Figure:
    """Draw a training's history.

    Args:
        history: epochs, rising.
        best: the number of the epoch whose weights were kept; it is marked.

    Raises:
        InsufficientData: no epoch.
        EngineMissing: matplotlib is not installed.
    """
    if not history:
        raise InsufficientData("learning curves: expected at least one epoch, got none")
    has_rates = any(one.learning_rate for one in history)
    with drawing():
        figure = new_figure(10, 5 if has_rates else 3.9)
        ratios = [4.5, 1] if has_rates else [1]
        grid = figure.add_gridspec(len(ratios), 2, height_ratios=ratios, hspace=0.5, wspace=0.18)
        figure.subplots_adjust(left=0.07, right=0.98, top=0.92, bottom=0.11)
        loss, accuracy = (figure.add_subplot(grid[0, column]) for column in (0, 1))
        _curves(loss, history, ("train_loss", "validation_loss"), "Loss (cross entropy)")
        loss.set_ylim(bottom=0)
        _curves(accuracy, history, ("train_accuracy", "validation_accuracy"), "Accuracy")
        _show_shares(accuracy, history)
        panels = [loss, accuracy]
        if has_rates:
            panels.append(figure.add_subplot(grid[1, :]))
            _rates(panels[-1], history)
        panels[-1].set_xlabel("epoch")
        for axes in panels:
            _count_epochs(axes, history, best)
        if best is not None:
            _mark(loss, history, best)
        loss.legend(loc="upper right")
    return figure


def _curves(axes: Axes, history: Sequence[Epoch], fields: tuple[str, str], title: str) -> None:
    numbers = [one.number for one in history]
    parts = zip(fields, ("train", "validation"), (TRAIN, VALIDATION), strict=True)
    for field, label, colour in parts:
        heights = [_height(getattr(one, field)) for one in history]
        if any(math.isfinite(height) for height in heights):
            dots = "o" if len(history) <= 30 else None
            axes.plot(numbers, heights, color=colour, label=label, marker=dots, markersize=3.5)
    axes.set_title(title)


def _height(value: float | None) -> float:
    return math.nan if value is None else value


def _show_shares(axes: Axes, history: Sequence[Epoch]) -> None:
    shares = [_height(s) for one in history for s in (one.train_accuracy, one.validation_accuracy)]
    measured = [share for share in shares if math.isfinite(share)]
    axes.set_ylim(max(0.0, min(measured, default=0.0) - 0.05), 1.01)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    if not measured:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, color=MUTED, ha="center")


def _rates(axes: Axes, history: Sequence[Epoch]) -> None:
    """Steps on a logarithmic scale; up to four of the rates themselves are its ticks."""
    from matplotlib.ticker import NullLocator

    numbers, values = zip(
        *((one.number, one.learning_rate) for one in history if one.learning_rate), strict=True
    )
    axes.plot(numbers, values, color=MUTED, drawstyle="steps-post", marker="o", markersize=2.5)
    axes.set_yscale("log")
    lowest, highest = min(values), max(values)
    ticks = sorted(set(values)) if len(set(values)) <= 3 else [lowest, highest]
    axes.set_yticks(ticks, [f"{value:.2g}" for value in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(lowest / 1.6, highest * 1.6)
    axes.set_title("Learning rate")


def _count_epochs(axes: Axes, history: Sequence[Epoch], best: int | None) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(history[0].number - 0.5, history[-1].number + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if best is not None:
        axes.axvline(best, color=RIGHT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)


def _mark(axes: Axes, history: Sequence[Epoch], best: int) -> None:
    """Say at the kept epoch's loss which one it is."""
    found = next((one for one in history if one.number == best), None)
    if found is None:
        return
    height = _height(found.validation_loss)
    height = height if math.isfinite(height) else found.train_loss
    axes.plot([best], [height], marker="o", markersize=8, color=RIGHT, zorder=5, linestyle="none",
              label=f"kept: epoch {best}")  # fmt: skip

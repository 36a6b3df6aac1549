"""Who is taken for whom: a table of counts, coloured by the share of each person's photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray
from mien.training.pictures.lettering import shown_names
from mien.training.pictures.style import INK, MUTED, drawing, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COUNTS_UP_TO = 30  # people: the cells of more are too small to write in
_NAMES_UP_TO = 60


def draw_confusion_matrix(confusion: NDArray[np.int64], names: Sequence[str]) -> Figure:
    """Draw a confusion matrix: true people down, answers across.

    Up to 12 people each cell has its count and its share of the row, up to 30 the count alone,
    beyond that the colour must do.

    Args:
        confusion: ``(C, C)`` whole numbers: row of the true, column of the named person.
        names: C of them.

    Raises:
        InvalidArray: another shape.
        EngineMissing: matplotlib is not installed.
    """
    table = np.asarray(confusion)
    count = len(names)
    if table.shape != (count, count) or count < 1:
        raise InvalidArray(f"confusion: expected ({count}, {count}), got shape {table.shape}")
    totals = table.sum(axis=1, keepdims=True)
    shares = np.divide(table, totals, out=np.zeros(table.shape), where=totals > 0)
    with drawing():
        side = float(np.clip(0.62 * count, 3.2, 11))
        texts = shown_names(names, 18)
        turned = max(map(len, texts)) * 0.09 > side / count
        low = 1.3 if turned else 0.7
        width, height = side + 2.9, side + low + 0.55
        figure = new_figure(width, height)
        axes = figure.add_axes((1.6 / width, low / height, side / width, side / height))
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        for set_ticks in (axes.set_xticks, axes.set_yticks):
            set_ticks(np.arange(count + 1) - 0.5, minor=True)
        axes.grid(visible=True, which="minor", color="white", linewidth=1.2)
        axes.tick_params(which="both", length=0)
        _name_sides(axes, texts, side / count, 40 if turned else 0)
        if count <= _COUNTS_UP_TO:
            _write_counts(axes, table, shares)
        right = int(np.trace(table))
        axes.set_title(f"{right:,} of {int(table.sum()):,} photos named correctly", pad=10)
        axes.set_xlabel("answer")
        axes.set_ylabel("true person")
        scale = figure.add_axes(
            ((1.6 + side + 0.2) / width, low / height, 0.14 / width, side / height)
        )
        bar = figure.colorbar(image, cax=scale, format=lambda value, _: f"{value:.0%}")
        bar.outline.set_visible(False)
        bar.set_label("share of the person's photos", color=MUTED)
        scale.grid(visible=False)
    return figure


def _name_sides(axes: Axes, texts: Sequence[str], cell_inches: float, turn_degrees: int) -> None:
    if len(texts) > _NAMES_UP_TO:
        for set_ticks in (axes.set_xticks, axes.set_yticks):
            set_ticks([])
        return
    size = float(np.clip(28 * cell_inches, 5, 9))
    places = np.arange(len(texts))
    axes.set_xticks(
        *(places, texts),
        rotation=turn_degrees,
        ha="right" if turn_degrees else "center",
        rotation_mode="anchor" if turn_degrees else "default",
        fontsize=size,
    )
    axes.set_yticks(places, texts, fontsize=size)


def _write_counts(axes: Axes, table: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    """Counts in their cells; none where nobody was mistaken, so that mistakes stand out."""
    with_share = len(table) <= 12
    size = float(np.clip(190 / len(table), 6.5, 11))
    for row, column in zip(*np.nonzero(table), strict=True):
        share = shares[row, column]
        text = f"{table[row, column]:,}"
        if with_share:
            text += f"\n{share:.0%}" if share in (0, 1) else f"\n{share:.1%}"
        axes.text(column, row, text, ha="center", va="center", fontsize=size, linespacing=1.25,
                  color="white" if share > 0.55 else INK)  # fmt: skip

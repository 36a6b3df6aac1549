"""What all pictures have in common: paper, ink, colours, and how a figure becomes a PNG.

matplotlib is used by its objects: no ``pyplot``, so no list of open figures and no window, and
the user's own settings of matplotlib neither show in a picture nor change by one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from mien.errors import EngineMissing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#0f172a"
MUTED: Final = "#64748b"
GRID: Final = "#e2e8f0"
STRANGER: Final = "#cbd5e1"
TRAIN: Final = "#2563eb"
VALIDATION: Final = "#ea580c"
RIGHT: Final = "#059669"
WRONG: Final = "#e11d48"
DOUBTFUL: Final = "#d97706"
PEOPLE: Final = (
    *("#2563eb", "#ea580c", "#059669", "#e11d48", "#7c3aed", "#0891b2"),
    *("#ca8a04", "#db2777", "#4d7c0f", "#475569", "#9a3412", "#4f46e5"),
)
"""Colours of the first twelve people; ``person_colours`` has more."""

DOTS_PER_INCH: Final = 110

_STYLE: Final[dict[str, Any]] = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in our style inside the block; matplotlib's settings are restored after it.

    Raises:
        EngineMissing: matplotlib is not installed.
    """
    try:
        from matplotlib import style
    except ImportError as error:
        raise EngineMissing(
            f"pictures: expected matplotlib, got none ({error}): pip install 'mien[train]'"
        ) from error
    with style.context(["default", _STYLE]):
        yield


def new_figure(width_inches: float, height_inches: float) -> Figure:
    """An empty figure that belongs to no window and to no list."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_inches, height_inches), dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as a PNG without a date, so that the same figure gives the same bytes."""
    stream = io.BytesIO()
    with drawing():
        figure.savefig(stream, format="png", metadata={"Software": "mien"})
    return stream.getvalue()


def person_colours(count: int) -> list[str]:
    """A colour for each person; beyond twelve they are spread over the hues."""
    if count <= len(PEOPLE):
        return list(PEOPLE[:count])
    from colorsys import hsv_to_rgb

    shades = ((0.85, 0.75), (0.6, 0.9), (0.9, 0.5))
    hues = (hsv_to_rgb(i / count, *shades[i % len(shades)]) for i in range(count))
    return ["#" + "".join(f"{round(255 * part):02x}" for part in hue) for hue in hues]


def blank(axes: Axes) -> None:
    """Take away ticks, grid and frame."""
    axes.set_axis_off()
    axes.grid(visible=False)

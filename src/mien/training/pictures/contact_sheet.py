"""Faces in rows, each with a frame and a line or two below: what several pictures are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray
from mien.records import ImageArray
from mien.training.pictures.style import INK, MUTED, blank, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TILE: Final = 1.25  # inches: the side of a face
_GAP: Final = 0.3
_LINE: Final = 0.165
_EDGE: Final = 0.3
_TITLE: Final = 0.5
_HEADING: Final = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A face with what is written below it.

    Attributes:
        face: ``(S, S, 3) uint8``, RGB.
        frame: colour of the frame.
        lines: below the face, as ``lettering.shown`` gives them; the first in ink, others muted.
    """

    face: ImageArray
    frame: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Tiles side by side, None for an empty place, and a heading above them, "" for none."""

    tiles: tuple[Tile | None, ...]
    heading: str = ""


def check_crops(crops: Any) -> NDArray[np.uint8]:
    """Faces as ``(N, S, S, 3) uint8``, RGB.

    Raises:
        InvalidArray: another shape or dtype.
    """
    faces = np.asarray(crops)
    if faces.ndim != 4 or faces.shape[3] != 3 or faces.dtype != np.uint8:
        raise InvalidArray(f"crops: expected (N, S, S, 3) uint8, got {faces.shape} {faces.dtype}")
    return faces


def rows_of(tiles: Sequence[Tile], columns: int) -> list[Row]:
    """Tiles in rows of so many, the last one shorter."""
    return [Row(tuple(tiles[at : at + columns])) for at in range(0, len(tiles), columns)]


def draw_sheet(title: str, rows: Sequence[Row], text_lines: int = 2) -> Figure:
    """Draw rows of tiles from the top; to be called while ``drawing()``.

    Args:
        title: above everything, as ``lettering.shown`` gives it.
        rows: none leaves a sheet with a title alone.
        text_lines: room below each tile.
    """
    columns = max((len(row.tiles) for row in rows), default=1)
    width = max(2 * _EDGE + columns * (TILE + _GAP) - _GAP, 5.0)
    below = text_lines * _LINE + 0.22
    heights = [TILE + below + (_HEADING if row.heading else 0) for row in rows]
    height = _TITLE + _EDGE / 2 + sum(heights) + 0.1
    figure = new_figure(width, height)
    figure.text(_EDGE / width, 1 - 0.33 / height, title, fontsize=12.5, color=INK)
    top = height - _TITLE - 0.1
    for row, row_height in zip(rows, heights, strict=True):
        start = top
        if row.heading:
            figure.text(_EDGE / width, (top - 0.16) / height, row.heading, fontsize=9.5)
            start -= _HEADING
        for column, tile in enumerate(row.tiles):
            if tile is not None:
                left = _EDGE + column * (TILE + _GAP)
                _draw_tile(figure, tile, (left / width, (start - TILE) / height))
        top -= row_height
    return figure


def _draw_tile(figure: Figure, tile: Tile, corner: tuple[float, float]) -> None:
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches()
    axes = figure.add_axes((*corner, TILE / width, TILE / height))
    side = len(tile.face)
    axes.imshow(tile.face, interpolation="lanczos", extent=(0, side, side, 0))
    blank(axes)
    axes.add_patch(
        Rectangle((0, 0), side, side, fill=False, edgecolor=tile.frame, linewidth=4, clip_on=False)
    )
    for number, line in enumerate(tile.lines):
        axes.text(
            *(0, -(0.11 + number * _LINE) / TILE, line),
            transform=axes.transAxes,
            fontsize=8 if number == 0 else 7,
            color=INK if number == 0 else MUTED,
            va="center",
        )

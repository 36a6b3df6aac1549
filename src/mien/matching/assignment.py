"""The exact assignment of rows to columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.process import load_library


def best_matching(gains: NDArray[np.float64], edges: NDArray[np.bool_]) -> list[int]:
    """Maximum-weight matching: the column of each row, or -1 where it has none.

    Args:
        gains: ``(R, C)``, more than 0 on the edges and 0 elsewhere.
        edges: ``(R, C) bool``, which pairs are allowed.
    """
    if not edges.any():
        return [-1] * len(gains)
    lap = load_library("lap")  # not needed to compute a distance

    _, columns, _ = lap.lapjv(-gains, extend_cost=True)
    # A row put on a non-edge gains nothing there: it stands for "none".
    return [
        int(column) if column >= 0 and edges[row, column] else -1
        for row, column in enumerate(columns)
    ]

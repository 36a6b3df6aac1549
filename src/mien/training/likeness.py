"""How alike two small grey pictures are: one may be a copy of the other, cut, lighter or mirrored.

First every picture is compared with every other one by coarse correlation, each also with parts
cut off at its sides, in matrix products. The few pairs that are left are laid over each other as
exactly as can be, and their fine structure is correlated: there copies and mere likenesses part.

Source: the fit is that of Evangelidis and Psarakis, "Parametric Image Alignment Using Enhanced
Correlation Coefficient Maximization", IEEE TPAMI 30(10), 2008. ``docs/training-data.md`` has what
was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.parallel import ordered_map
from mien.records import FloatArray, ImageArray
from mien.training.whole_photos import THUMBNAIL_SIDE

CUTS: Final = (0.0, 0.06, 0.12)
"""Shares of a picture that may be missing at each of its four sides, in the first comparison."""
COARSE_SIDE: Final = 12
COARSE_MINIMUM: Final = 0.85
FIT_SIDE: Final = 48
FIT_ROUNDS: Final = 30
FINE_SIGMA: Final = 2.0  # pixels of the thumbnail: what is coarser is light, not structure
MOST_OF_AN_EDGE: Final = 3.0
"""Medians of fine structure: what is stronger counts as that much. Else the edge of a black border,
which a thousand turned pictures share, outweighs everything inside it."""
LEAST_OVERLAP: Final = 0.5
BLOCK_BYTES: Final = 64 * 2**20  # of correlations held at once

_EVERY_PIXEL: Final = np.full((FIT_SIDE, FIT_SIDE), 255, dtype=np.uint8)
_Cut = tuple[float, ...]  # shares that are missing at the left, top, right and bottom


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two pictures that may be one.

    Attributes:
        first, second: their rows, ``first < second``.
        correlation: of their fine structure where they overlap, at most 1.
    """

    first: int
    second: int
    correlation: float


def find_likenesses(
    pictures: ImageArray, minimum: float, *, coarse: float = COARSE_MINIMUM, workers: int = 2
) -> list[Likeness]:
    """All pairs that are alike, in order; one of them may be mirrored.

    Time grows with the square of the number of pictures.

    Args:
        pictures: ``(N, 96, 96) uint8``, grey.
        minimum: correlation of the fine structure.
        coarse: correlation below which a pair is not looked at more closely; more likenesses are
            found below it, and more time is spent.
        workers: threads.
    """
    if not len(pictures):
        return []
    best: dict[tuple[int, int], float] = {}
    for parts in (pictures, np.ascontiguousarray(pictures[:, :, ::-1])):

        def fit(
            pair: tuple[int, int, _Cut], parts: ImageArray = parts
        ) -> tuple[tuple[int, int], float]:
            whole, part, cut = pair
            return (min(whole, part), max(whole, part)), _fine(pictures[whole], parts[part], cut)

        for pair, correlation in ordered_map(fit, _coarse_pairs(pictures, parts, coarse), workers):
            best[pair] = max(correlation, best.get(pair, -1.0))
    return [Likeness(*pair, found) for pair, found in sorted(best.items()) if found >= minimum]


def _coarse_pairs(
    wholes: ImageArray, parts: ImageArray, minimum: float
) -> Iterator[tuple[int, int, _Cut]]:
    """Rows of ``wholes`` and ``parts``, and a cut: so cut, the one is roughly the other."""
    cuts: list[_Cut] = list(product(CUTS, repeat=4))
    uncut = _described([_tiny(picture, (0.0,) * 4) for picture in parts])
    count = len(wholes)
    block = min(64, max(1, BLOCK_BYTES // (4 * len(cuts) * count)))
    for start in range(0, count, block):
        chosen = wholes[start : start + block]
        described = _described([_tiny(picture, cut) for picture in chosen for cut in cuts])
        scores = (described @ uncut.T).reshape(len(chosen), len(cuts), count)
        for row, part in np.argwhere(scores.max(axis=1) > minimum):
            if start + row != part:
                yield start + int(row), int(part), cuts[int(scores[row, :, part].argmax())]


def _tiny(picture: ImageArray, cut: _Cut) -> ImageArray:
    """A few pixels, ``(12, 12) uint8``, of what is left of a picture that is cut at its sides."""
    import cv2

    left, top, right, bottom = (round(share * THUMBNAIL_SIDE) for share in cut)
    inside = picture[top : THUMBNAIL_SIDE - bottom, left : THUMBNAIL_SIDE - right]
    side = (COARSE_SIDE, COARSE_SIDE)
    return np.asarray(cv2.resize(inside, side, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _described(tiny: Sequence[ImageArray]) -> FloatArray:
    """``(N, 144) float32`` of unit length and no mean, so that products are correlations."""
    rows = np.array(tiny, dtype=np.float32).reshape(len(tiny), COARSE_SIDE**2)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return rows


def _fine(whole: ImageArray, part: ImageArray, cut: _Cut) -> float:
    """Correlation of fine structure once ``whole`` lies over ``part``; -1 where it does not."""
    import cv2

    left, top, right, bottom = cut
    wide, high = 1 - left - right, 1 - top - bottom
    # pixel centres: x of `whole` is wide * (x + 0.5) + left * side - 0.5
    start = np.array(
        [
            [wide, 0, FIT_SIDE * left + 0.5 * wide - 0.5],
            [0, high, FIT_SIDE * top + 0.5 * high - 0.5],
        ],
        dtype=np.float32,
    )
    small = (FIT_SIDE, FIT_SIDE)
    one, other = (cv2.resize(x, small, interpolation=cv2.INTER_AREA) for x in (whole, part))
    kind = cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT
    try:
        _, fitted = cv2.findTransformECC(
            other, one, start, cv2.MOTION_AFFINE, (kind, FIT_ROUNDS, 1e-3), _EVERY_PIXEL, 3
        )
    except cv2.error:  # flat pictures, or nothing to hold on to
        return -1.0
    return _overlap_correlation(whole, part, _enlarged(np.asarray(fitted, dtype=np.float32)))


def _enlarged(fitted: FloatArray) -> FloatArray:
    """The same mapping between pictures of ``THUMBNAIL_SIDE``."""
    factor = THUMBNAIL_SIDE / FIT_SIDE
    matrix = fitted.copy()
    linear = fitted[:, :2]
    matrix[:, 2] = factor * fitted[:, 2] + (linear.sum(axis=1) - 1) * (factor - 1) / 2
    return matrix


def _overlap_correlation(whole: ImageArray, part: ImageArray, matrix: FloatArray) -> float:
    import cv2

    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = np.asarray(cv2.warpAffine(whole.astype(np.float32), matrix, side, flags=flags))
    inside = cv2.warpAffine(np.ones_like(whole), matrix, side, flags=cv2.WARP_INVERSE_MAP)
    shared = cv2.erode(inside, np.ones((5, 5), np.uint8)) > 0  # without the soft border
    if shared.mean() < LEAST_OVERLAP:
        return -1.0
    first, second = (_bounded(_fine_structure(one)[shared]) for one in (laid, part))
    if not first.std() or not second.std():
        return -1.0
    return float(np.corrcoef(first, second)[0, 1])


def _fine_structure(picture: NDArray[Any]) -> FloatArray:
    import cv2

    exact = picture.astype(np.float32)
    return np.asarray(exact - cv2.GaussianBlur(exact, (0, 0), FINE_SIGMA), dtype=np.float32)


def _bounded(structure: FloatArray) -> FloatArray:
    # at least one grey level: more than half of a picture may be bare background
    most = MOST_OF_AN_EDGE * max(1.0, float(np.median(np.abs(structure))))
    return np.asarray(structure.clip(-most, most), dtype=np.float32)

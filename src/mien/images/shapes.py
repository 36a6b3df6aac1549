"""Smooth shapes: how much of each pixel a rounded rectangle covers, and colour laid by coverage."""

from __future__ import annotations

import math

import numpy as np

from mien.records import Box, FloatArray, ImageArray

Colour = tuple[int, int, int]


def fill(canvas: ImageArray, box: Box, radius: float, colour: Colour, opacity: float = 1.0) -> None:
    """Fill a rounded rectangle, in place.

    Args:
        canvas: ``(H, W, 3) uint8``, RGB.
        box: pixels; may lie partly outside.
        radius: of its corners, pixels.
        colour: RGB, 0-255.
        opacity: 0 to 1.
    """
    region = _region(canvas, box)
    if region is not None:
        rows, columns = region
        lay(canvas[rows, columns], _coverage(region, box, radius) * opacity, colour)


def stroke(
    canvas: ImageArray,
    box: Box,
    radius: float,
    colour: Colour,
    width: float,
    opacity: float = 1.0,
) -> None:
    """Draw the outline of a rounded rectangle, ``width`` pixels wide around ``box``, in place."""
    half = width / 2
    outer, inner = grown(box, half), grown(box, -half)
    region = _region(canvas, outer)
    if region is None:
        return
    coverage = _coverage(region, outer, radius + half)
    if inner.width > 0 and inner.height > 0:
        coverage = coverage - _coverage(region, inner, max(radius - half, 0.0))
    rows, columns = region
    lay(canvas[rows, columns], np.clip(coverage, 0, 1) * opacity, colour)


def lay(patch: ImageArray, coverage: FloatArray, colour: Colour) -> None:
    """Mix a colour into a patch, in place.

    Args:
        patch: ``(H, W, 3) uint8``.
        coverage: ``(H, W) float32``, 0 leaves the patch, 1 covers it.
        colour: RGB, 0-255.
    """
    weight = coverage[..., None]
    mixed = patch + (np.array(colour, np.float32) - patch) * weight
    patch[...] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def grown(box: Box, by: float) -> Box:
    """A box with each side moved outwards by so many pixels."""
    return Box(box.x1 - by, box.y1 - by, box.x2 + by, box.y2 + by)


def _region(canvas: ImageArray, box: Box) -> tuple[slice, slice] | None:
    """The rows and columns of the canvas that a box touches; None if it lies outside."""
    height, width = canvas.shape[:2]
    top, bottom = max(0, math.floor(box.y1) - 1), min(height, math.ceil(box.y2) + 1)
    left, right = max(0, math.floor(box.x1) - 1), min(width, math.ceil(box.x2) + 1)
    if top >= bottom or left >= right:
        return None
    return slice(top, bottom), slice(left, right)


def _coverage(region: tuple[slice, slice], box: Box, radius: float) -> FloatArray:
    """``(H, W) float32``: one minus the signed distance of a pixel's centre, cut to [0, 1].

    Source: I. Quilez, 2D distance functions, "Rounded Box".
    """
    rows, columns = region
    radius = min(radius, box.width / 2, box.height / 2)
    y = np.arange(rows.start, rows.stop, dtype=np.float32) + 0.5 - (box.y1 + box.y2) / 2
    x = np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5 - (box.x1 + box.x2) / 2
    beyond_y = (np.abs(y) - (box.height / 2 - radius))[:, None]
    beyond_x = (np.abs(x) - (box.width / 2 - radius))[None, :]
    outside = np.hypot(np.maximum(beyond_x, 0), np.maximum(beyond_y, 0))
    distance = outside + np.minimum(np.maximum(beyond_x, beyond_y), 0) - radius
    coverage: FloatArray = np.clip(0.5 - distance, 0, 1).astype(np.float32)
    return coverage

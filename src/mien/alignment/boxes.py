"""Where a face goes of which only the box is known."""

from __future__ import annotations

import numpy as np

from mien.alignment.similarity import Matrix
from mien.alignment.templates import Template
from mien.records import Box

# Medians over 118 to 136 faces of LFW and four detectors, in parts of the way from the eyes' middle
# to the mouth's: how far down that way the box's middle lies, and how long its longer side is.
MIDDLE = 0.315
LONGER_SIDE = 2.56


def box_transform(box: Box, template: Template) -> Matrix:
    """Scale and shift, without a turn, that bring a face's box to where the template has the face.

    Args:
        box: of the face, pixels.
        template: its eyes and mouth say where that is.

    Returns:
        ``(2, 3) float64``: ``[x', y'] = M [x, y, 1]``.
    """
    points = template.points.astype(np.float64)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    middle = eyes + MIDDLE * (mouth - eyes)
    side = LONGER_SIDE * float(np.linalg.norm(mouth - eyes))
    scale = side / max(box.width, box.height, 1e-6)
    box_middle = np.array([box.x1 + box.x2, box.y1 + box.y2]) / 2
    return np.column_stack([scale * np.eye(2), middle - scale * box_middle])

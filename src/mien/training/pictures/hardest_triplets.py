"""The triplets that a metric learner gets most wrong: the other person nearer than the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.training.pictures.contact_sheet import Row, Tile, check_crops, draw_sheet
from mien.training.pictures.lettering import shown
from mien.training.pictures.style import DOUBTFUL, INK, MUTED, RIGHT, WRONG, drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Triplet:
    """An anchor, a photo of the same person, one of another (FaceNet, section 3.1).

    Attributes:
        anchor, positive, negative: rows of the photos.
        positive_distance, negative_distance: from the anchor.
        anchor_name, negative_name: of the two people.
    """

    anchor: int
    positive: int
    negative: int
    positive_distance: float
    negative_distance: float
    anchor_name: str = ""
    negative_name: str = ""

    @property
    def violation(self) -> float:
        """By how much the other person is nearer; negative where they are not."""
        return self.positive_distance - self.negative_distance


def draw_hardest_triplets(
    crops: Any, triplets: Sequence[Triplet], margin: float = 0.2, most: int = 12
) -> Figure:
    """A sheet of triplets, the hardest first: red where the other person is nearer.

    Amber: further away, but by less than the margin; green: by more.

    Args:
        crops: ``(N, S, S, 3) uint8``, RGB, that the triplets' rows count.
        triplets: any order.
        margin: of the loss, in the distances' unit.
        most: triplets on the sheet.

    Raises:
        InvalidArray: crops of another shape or dtype.
        EngineMissing: matplotlib is not installed.
    """
    faces = check_crops(crops)
    chosen = sorted(triplets, key=lambda one: -one.violation)[:most]
    wrong = sum(one.violation >= 0 for one in triplets)
    with drawing():
        tiles = [_tiles(one, faces, margin) for one in chosen]
        pairs = [tiles[at : at + 2] for at in range(0, len(tiles), 2)]
        rows = [Row((*pair[0], None, *pair[1]) if len(pair) == 2 else pair[0]) for pair in pairs]
        title = (
            f"The hardest triplets: the other person is nearer in {wrong:,} of {len(triplets):,}"
        )
        return draw_sheet(title, rows)


def _tiles(one: Triplet, faces: NDArray[np.uint8], margin: float) -> tuple[Tile, ...]:
    colour = WRONG if one.violation >= 0 else DOUBTFUL if one.violation > -margin else RIGHT
    return (
        Tile(faces[one.anchor], INK, ("anchor", shown(one.anchor_name, 20))),
        Tile(faces[one.positive], MUTED, (f"same person: {one.positive_distance:.2f}",)),
        Tile(
            faces[one.negative],
            colour,
            (f"other person: {one.negative_distance:.2f}", shown(one.negative_name, 20)),
        ),
    )

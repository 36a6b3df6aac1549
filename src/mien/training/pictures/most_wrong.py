"""The photos that a classifier is most wrong about, worst first; often it is the label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mien.training.pictures.contact_sheet import Tile, check_crops, draw_sheet, rows_of
from mien.training.pictures.lettering import shown, shown_names
from mien.training.pictures.style import DOUBTFUL, RIGHT, WRONG, drawing
from mien.training.predictions import Prediction

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 6
_DOUBTFUL_MARGIN = 0.5


def worst_first(predictions: Sequence[Prediction]) -> list[Prediction]:
    """Wrong answers by falling loss, then right ones by rising margin."""
    return sorted(
        predictions,
        key=lambda one: (one.is_right, one.margin if one.is_right else -one.loss, one.row),
    )


def draw_most_wrong(
    crops: Any, predictions: Sequence[Prediction], names: Sequence[str], most: int = 24
) -> Figure:
    """A sheet of the worst answers: red where wrong, amber where unsure, green elsewhere.

    Args:
        crops: ``(N, S, S, 3) uint8``, RGB; ``Prediction.row`` counts them.
        predictions: the answers to those photos.
        names: of the classes.
        most: photos on the sheet.

    Raises:
        InvalidArray: crops of another shape or dtype.
        EngineMissing: matplotlib is not installed.
    """
    faces = check_crops(crops)
    chosen = worst_first(predictions)[:most]
    wrong = sum(not one.is_right for one in predictions)
    with drawing():
        texts = shown_names(names, 18)
        tiles = [Tile(faces[one.row], _frame(one), _lines(one, texts)) for one in chosen]
        title = f"{wrong:,} of {len(predictions):,} photos got a wrong name; the worst first"
        if not wrong:
            title = f"All {len(predictions):,} photos named correctly; the least sure first"
        return draw_sheet(title, rows_of(tiles, COLUMNS), text_lines=3)


def _frame(one: Prediction) -> str:
    if not one.is_right:
        return WRONG
    return DOUBTFUL if one.margin < _DOUBTFUL_MARGIN else RIGHT


def _lines(one: Prediction, texts: Sequence[str]) -> tuple[str, ...]:
    file = shown(one.place.rpartition("/")[2], 22)
    answer = f"{texts[one.named]}, {one.probability:.0%}"
    if not one.is_right:
        return (f"→ {answer}", f"is {texts[one.true]}", file)
    return (answer, file)

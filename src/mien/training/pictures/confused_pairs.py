"""The people who are taken for each other most often, with the photos where it happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.records import ImageArray
from mien.training.metrics import ConfusedPair, count_confusions, most_confused
from mien.training.pictures.contact_sheet import Row, Tile, check_crops, draw_sheet
from mien.training.pictures.lettering import shown_names
from mien.training.pictures.style import RIGHT, WRONG, drawing
from mien.training.predictions import Prediction

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MISTAKES_SHOWN = 2  # of each direction


def draw_confused_pairs(
    crops: Any, predictions: Sequence[Prediction], names: Sequence[str], most: int = 5
) -> Figure:
    """A row for each pair: a sure photo of the one, mistakes both ways, a sure photo of the other.

    Args:
        crops: ``(N, S, S, 3) uint8``, RGB; ``Prediction.row`` counts them.
        predictions: the answers to those photos.
        names: of the classes.
        most: pairs on the sheet.

    Raises:
        InvalidArray: crops of another shape or dtype.
        EngineMissing: matplotlib is not installed.
    """
    faces = check_crops(crops)
    pairs = most_confused(_confusion(predictions, len(names)))
    with drawing():
        texts = shown_names(names, 18)
        rows = [_row(pair, faces, predictions, texts) for pair in pairs[:most]]
        title = "The most confused pairs of people (red: mistakes)"
        if not rows:
            title = f"Nobody was taken for another in {len(predictions):,} photos"
        return draw_sheet(title, rows)


def _confusion(predictions: Sequence[Prediction], classes: int) -> NDArray[np.int64]:
    true = np.array([one.true for one in predictions], dtype=np.int64)
    named = np.array([one.named for one in predictions], dtype=np.int64)
    return count_confusions(true, named, classes)


def _row(
    pair: ConfusedPair,
    faces: NDArray[np.uint8],
    predictions: Sequence[Prediction],
    texts: Sequence[str],
) -> Row:
    first, second = pair.first, pair.second
    heading = f"{texts[first]} taken for {texts[second]}: {pair.first_as_second}"
    if pair.second_as_first:
        heading += f";  {texts[second]} taken for {texts[first]}: {pair.second_as_first}"
    mistaken = _mistakes(faces, predictions, (first, second), texts)
    other_way = _mistakes(faces, predictions, (second, first), texts)
    ends = [_surest(faces, predictions, person, texts) for person in (first, second)]
    return Row((ends[0], *mistaken, *reversed(other_way), ends[1]), heading)


def _mistakes(
    faces: NDArray[np.uint8],
    predictions: Sequence[Prediction],
    true_and_named: tuple[int, int],
    texts: Sequence[str],
) -> list[Tile]:
    """The surest mistakes of one direction, ``MISTAKES_SHOWN`` at most."""
    found = [one for one in predictions if (one.true, one.named) == true_and_named]
    found.sort(key=lambda one: (-one.probability, one.row))
    return [
        Tile(
            _face(faces, one),
            WRONG,
            (f"→ {texts[one.named]}, {one.probability:.0%}", f"is {texts[one.true]}"),
        )
        for one in found[:MISTAKES_SHOWN]
    ]


def _surest(
    faces: NDArray[np.uint8],
    predictions: Sequence[Prediction],
    person: int,
    texts: Sequence[str],
) -> Tile | None:
    right = [one for one in predictions if one.true == person and one.is_right]
    if not right:
        return None
    best = max(right, key=lambda one: (one.probability, -one.row))
    return Tile(_face(faces, best), RIGHT, (f"{texts[person]}, {best.probability:.0%}",))


def _face(faces: NDArray[np.uint8], one: Prediction) -> ImageArray:
    face: ImageArray = faces[one.row]
    return face

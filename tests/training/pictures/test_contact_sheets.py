"""Sheets of real faces: the right crop in the right place, framed and written as it should be."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from mien.errors import InvalidArray
from mien.training.pictures import (
    Triplet,
    draw_confused_pairs,
    draw_hardest_triplets,
    draw_most_wrong,
    png,
)
from mien.training.pictures.style import DOUBTFUL, RIGHT, WRONG
from mien.training.predictions import Prediction, list_predictions

NAMES = ("Ada", "Bo $1 $2", "Cy")
LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 2])
LOGITS = np.array(
    [
        [5.0, 0.0, 0.0],
        [0.0, 3.0, 0.0],  # Ada as Bo
        [0.0, 1.0, 0.0],  # Ada as Bo, less sure
        [2.0, 0.0, 0.0],  # Bo as Ada
        [0.0, 4.0, 0.0],
        [0.0, 1.0, 0.9],  # right, but hardly
        [0.0, 0.0, 6.0],
        [0.0, 0.0, 3.0],
    ]
)


def tiles(figure):
    """Of each face on the sheet: its pixels, the colour of its frame, what is written below."""
    return [
        (
            np.asarray(axes.images[0].get_array()),
            mpl.colors.to_hex(axes.patches[0].get_edgecolor()),
            [text.get_text() for text in axes.texts],
        )
        for axes in figure.axes
    ]


def rows_on(figure, faces):
    """Which crop each tile shows."""
    return [
        next(row for row, face in enumerate(faces) if np.array_equal(face, pixels))
        for pixels, _, _ in tiles(figure)
    ]


def decodes(figure):
    image = Image.open(io.BytesIO(png(figure)))
    image.load()
    return image.size


@pytest.fixture(scope="module")
def predictions():
    return list_predictions(LOGITS, LABELS, [f"Ada/{row}.jpg" for row in range(8)])


# Predictions --------------------------------------------------------------------------------


def test_a_prediction_says_what_was_named_how_surely_and_how_wrong_it_is(predictions):
    said = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    for row, one in enumerate(predictions):
        others = [said[row, c] for c in range(3) if c != LABELS[row]]
        assert (one.row, one.true, one.named) == (row, LABELS[row], LOGITS[row].argmax())
        assert one.probability == pytest.approx(said[row].max())
        assert one.loss == pytest.approx(-np.log(said[row, LABELS[row]]))
        assert one.margin == pytest.approx(said[row, LABELS[row]] - max(others))
        assert one.is_right == (one.margin > 0)


@pytest.mark.parametrize(
    ("labels", "places"), [([0, 1], ()), ([0] * 7 + [3], ()), (LABELS, ("a.jpg",))]
)
def test_labels_that_do_not_fit_are_refused(labels, places):
    with pytest.raises(InvalidArray):
        list_predictions(LOGITS, labels, places)


# The most wrong -----------------------------------------------------------------------------


def test_wrong_answers_come_by_their_loss_then_right_ones_by_their_margin(faces, predictions):
    figure = draw_most_wrong(faces, predictions, NAMES)
    assert rows_on(figure, faces) == [1, 3, 2, 5, 7, 4, 0, 6]
    frames = [frame for _, frame, _ in tiles(figure)]
    assert frames == [WRONG] * 3 + [DOUBTFUL] + [RIGHT] * 4
    written = [text for _, _, text in tiles(figure)]
    assert written[0] == [r"→ Bo \$1 \$2, 91%", "is Ada", "1.jpg"]
    assert written[4] == ["Cy, 91%", "7.jpg"]
    assert figure.texts[0].get_text() == "3 of 8 photos got a wrong name; the worst first"
    assert decodes(figure)[0] > 900


def test_only_so_many_are_shown(faces, predictions):
    assert rows_on(draw_most_wrong(faces, predictions, NAMES, most=2), faces) == [1, 3]


def test_where_all_is_right_the_sheet_says_so(faces, predictions):
    right = [one for one in predictions if one.is_right]
    figure = draw_most_wrong(faces, right, NAMES)
    assert figure.texts[0].get_text() == "All 5 photos named correctly; the least sure first"
    assert decodes(figure)


# Confused pairs -----------------------------------------------------------------------------


def test_a_pair_stands_between_a_sure_photo_of_either(faces, predictions):
    figure = draw_confused_pairs(faces, predictions, NAMES)
    assert rows_on(figure, faces) == [0, 1, 2, 3, 4]
    assert [frame for _, frame, _ in tiles(figure)] == [RIGHT, WRONG, WRONG, WRONG, RIGHT]
    assert r"Ada taken for Bo \$1 \$2: 2;  Bo \$1 \$2 taken for Ada: 1" in [
        text.get_text() for text in figure.texts
    ]
    assert decodes(figure)


def test_a_person_who_was_never_named_rightly_has_no_sure_photo(faces):
    always_bo = [Prediction(row, int(LABELS[row]), 1, 0.9, 1.0, -0.5) for row in range(8)]
    figure = draw_confused_pairs(faces, always_bo, NAMES, most=1)
    assert rows_on(figure, faces) == [0, 1, 3]


def test_without_a_mistake_the_sheet_says_so(faces, predictions):
    figure = draw_confused_pairs(faces, [one for one in predictions if one.is_right], NAMES)
    assert figure.texts[0].get_text() == "Nobody was taken for another in 5 photos"
    assert not figure.axes
    assert decodes(figure)


# Triplets -----------------------------------------------------------------------------------


def test_the_hardest_triplets_come_first_and_say_their_distances(faces):
    easy, hard, close = (
        Triplet(0, 1, 3, 0.2, 0.9, "Ada", "Bo"),
        Triplet(2, 1, 4, 0.8, 0.3, "Ada", "$Bo$"),
        Triplet(6, 7, 5, 0.5, 0.6, "Cy", "Bo"),
    )
    figure = draw_hardest_triplets(faces, [easy, hard, close], margin=0.2)
    assert rows_on(figure, faces) == [2, 1, 4, 6, 7, 5, 0, 1, 3]
    negatives = tiles(figure)[2::3]
    assert [frame for _, frame, _ in negatives] == [WRONG, DOUBTFUL, RIGHT]
    assert negatives[0][2] == ["other person: 0.30", r"\$Bo\$"]
    assert tiles(figure)[1][2] == ["same person: 0.80"]
    assert figure.texts[0].get_text().endswith("is nearer in 1 of 3")
    assert decodes(figure)


@pytest.mark.parametrize("crops", [np.zeros((2, 4, 4)), np.zeros((2, 4, 4, 3))])
def test_what_are_no_crops_is_refused(crops):
    for draw in (
        lambda: draw_most_wrong(crops, [], NAMES),
        lambda: draw_confused_pairs(crops, [], NAMES),
        lambda: draw_hardest_triplets(crops, []),
    ):
        with pytest.raises(InvalidArray, match="crops"):
            draw()

"""Curves, matrix, scatter and histograms: what is in the figure before it is ink."""

from __future__ import annotations

import io
import math
import re

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from images.made_fonts import make_font
from mien.errors import InsufficientData, InvalidArray
from mien.images import fonts
from mien.training.pictures import (
    Epoch,
    PairDistances,
    draw_confusion_matrix,
    draw_distance_histograms,
    draw_embedding_scatter,
    draw_learning_curves,
    png,
    told_stand_ins,
)
from mien.training.pictures.embedding_scatter import flatten
from mien.training.pictures.style import DOTS_PER_INCH, STRANGER, person_colours

HISTORY = [
    Epoch(1, 2.0, 1.9, 0.4, 0.5, 1e-3),
    Epoch(2, 1.0, 0.8, 0.7, 0.8, 1e-3),
    Epoch(3, 0.5, 0.9, 0.9, 0.75, 1e-4),
]
AWKWARD_NAMES = ("Zoë $5 and $6", "王小明", "Ёлка", r"\frac{a}{b}$", "x" * 300, "a\nb", "")


def is_a_picture_of(figure, minimum_colours=3):
    image = Image.open(io.BytesIO(png(figure)))
    image.load()
    inches = figure.get_size_inches()
    assert image.format == "PNG"
    assert image.size == tuple(int(side * DOTS_PER_INCH) for side in inches)
    return len(image.convert("RGB").getcolors(1 << 24)) > minimum_colours


def texts(axes):
    return [text.get_text() for text in axes.texts]


# Learning curves ----------------------------------------------------------------------------


def test_the_curves_are_the_history_and_the_kept_epoch_is_marked():
    figure = draw_learning_curves(HISTORY, best=2)
    loss, accuracy, rate = figure.axes
    curves = {line.get_label(): line for line in loss.lines}
    assert curves["train"].get_ydata().tolist() == [2.0, 1.0, 0.5]
    assert curves["validation"].get_ydata().tolist() == [1.9, 0.8, 0.9]
    assert curves["kept: epoch 2"].get_xydata().tolist() == [[2, 0.8]]
    assert [line.get_ydata().tolist() for line in accuracy.lines[:2]] == [
        [0.4, 0.7, 0.9],
        [0.5, 0.8, 0.75],
    ]
    assert rate.lines[0].get_ydata().tolist() == [1e-3, 1e-3, 1e-4]
    assert rate.get_yscale() == "log"
    assert all(2 in [line.get_xdata()[0] for line in axes.lines[1:]] for axes in figure.axes)
    assert is_a_picture_of(figure)


def test_what_was_not_measured_is_not_drawn():
    figure = draw_learning_curves([Epoch(1, 0.3, math.nan), Epoch(2, 0.2)])
    loss, accuracy = figure.axes
    assert [line.get_label() for line in loss.lines] == ["train"]
    assert not accuracy.lines
    assert texts(accuracy) == ["not measured"]
    figure = draw_learning_curves([Epoch(1, 0.3, 0.4), Epoch(2, 0.2)], best=2)
    assert math.isnan(figure.axes[0].lines[1].get_ydata()[1])
    assert is_a_picture_of(figure)


def test_a_single_epoch_and_a_thousand_are_drawn():
    assert is_a_picture_of(draw_learning_curves(HISTORY[:1], best=1))
    assert is_a_picture_of(draw_learning_curves([Epoch(i, 1 / i) for i in range(1, 1001)]))


def test_no_epoch_is_refused():
    with pytest.raises(InsufficientData):
        draw_learning_curves([])


# Confusion matrix ---------------------------------------------------------------------------


def test_cells_hold_counts_and_shares_and_their_colour_is_the_share():
    figure = draw_confusion_matrix(np.array([[9, 1], [0, 12]]), ["Ada", "Bo"])
    axes, _ = figure.axes
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "9\n90.0%", (1, 0): "1\n10.0%", (1, 1): "12\n100%"}
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.9, 0.1], [0, 1]])
    assert axes.get_title(loc="left") == "21 of 22 photos named correctly"
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["Ada", "Bo"]
    assert is_a_picture_of(figure)


SCRIPTS = ("李小龍", "محمد", "नाम", "김민준")


def test_names_are_drawn_in_fonts_of_the_machine_that_have_their_letters(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "font_folders", lambda: [tmp_path])
    for number, name in enumerate(SCRIPTS):
        make_font(tmp_path / f"Script{number}.ttf", name)
    before = list(mpl.rcParams["font.family"])
    with told_stand_ins() as lettering:
        figure = draw_confusion_matrix(np.eye(4, dtype=int), SCRIPTS)
        assert is_a_picture_of(figure)  # a missing letter would be a warning, and so an error
    can_join = fonts.can_shape()
    assert list(lettering.stand_ins) == ([] if can_join else ["محمد", "नाम"])
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert (labels == list(SCRIPTS)) is can_join
    assert list(mpl.rcParams["font.family"]) == before


def test_a_name_that_no_font_can_write_is_a_number_that_is_told(monkeypatch):
    monkeypatch.setattr(fonts, "font_folders", list)
    names = ("李小龍", "Ada", "नाम Rao")
    with told_stand_ins() as lettering:
        figure = draw_confusion_matrix(np.eye(3, dtype=int), names)
        draw_confusion_matrix(np.eye(3, dtype=int), names)
        assert is_a_picture_of(figure)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == ["[1]", "Ada", "[2] Rao"]
    assert lettering.stand_ins == {"李小龍": "[1]", "नाम": "[2]"}


@pytest.mark.parametrize("people", [1, 2, 7, 20, 50, 80])
def test_it_works_for_few_people_and_many(people):
    table = np.diag(np.arange(people)) + np.eye(people, k=1, dtype=int)
    figure = draw_confusion_matrix(table, [f"person {number}" for number in range(people)])
    shown = len(figure.axes[0].texts)
    assert shown == (np.count_nonzero(table) if people <= 30 else 0)
    assert is_a_picture_of(figure, minimum_colours=2)


def test_a_person_without_photos_is_an_empty_row():
    figure = draw_confusion_matrix(np.array([[3, 0], [0, 0]]), ["Ada", "Bo"])
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), [[1, 0], [0, 0]])


def test_a_table_of_another_size_is_refused():
    with pytest.raises(InvalidArray):
        draw_confusion_matrix(np.eye(3, dtype=int), ["Ada", "Bo"])


# Names --------------------------------------------------------------------------------------


def test_no_name_breaks_a_picture_or_becomes_a_formula():
    count = len(AWKWARD_NAMES)
    figure = draw_confusion_matrix(np.eye(count, dtype=int), AWKWARD_NAMES)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels[0] == r"Zoë \$5 and \$6"
    assert len(set(labels)) == count
    assert max(map(len, labels)) < 30
    assert is_a_picture_of(figure)  # warnings are errors: no letter was missing


def test_dollars_are_drawn_as_dollars():
    one = png(draw_confusion_matrix(np.eye(2, dtype=int), ["$a^2$", "b"]))
    other = png(draw_confusion_matrix(np.eye(2, dtype=int), ["$a^2", "b"]))
    figure = draw_confusion_matrix(np.eye(2, dtype=int), ["$a^2$", "b"])
    label = figure.axes[0].get_yticklabels()[0]
    _, is_formula = label._preprocess_math(label.get_text())
    assert not is_formula
    assert one != other


def test_people_whose_names_look_the_same_get_numbers():
    figure = draw_confusion_matrix(np.eye(3, dtype=int), ["x" * 300, "x" * 301, "Bo"])
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == ["xxxxxxxxxxxx…xxxxx #1", "xxxxxxxxxxxx…xxxxx #2", "Bo"]


# Embedding scatter --------------------------------------------------------------------------


def groups(people=4, each=15, dimensions=16):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(people), each)
    vectors = 0.15 * rng.normal(size=(len(labels), dimensions)) + np.eye(dimensions)[labels]
    return vectors, labels, rng.normal(size=(40, dimensions))


def test_every_photo_is_a_point_of_its_persons_colour_and_strangers_are_grey():
    vectors, labels, strangers = groups()
    figure = draw_embedding_scatter(vectors, labels, ["Ada", "Bo", "Cy", "Dee"], strangers)
    (axes,) = figure.axes
    points = {one.get_label(): one for one in axes.collections}
    assert {name: len(one.get_offsets()) for name, one in points.items()} == {
        **{"strangers": 40, "Ada": 15, "Bo": 15},
        **{"Cy": 15, "Dee": 15},
    }
    grey = mpl.colors.to_hex(points["strangers"].get_facecolor()[0])
    assert grey == STRANGER
    colours = [mpl.colors.to_hex(points[n].get_facecolor()[0]) for n in ("Ada", "Bo", "Cy", "Dee")]
    assert colours == person_colours(4)
    assert "t-SNE" in axes.get_title(loc="left")
    assert axes.get_legend().get_texts()[-1].get_text() == "strangers"
    assert is_a_picture_of(figure)


def test_photos_of_one_person_stay_together():
    vectors, labels, _ = groups()
    flat, _ = flatten(vectors.astype(np.float32))
    apart = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (labels[apart.argmin(axis=1)] == labels).mean() > 0.95


def test_few_photos_are_drawn_by_principal_components():
    figure = draw_embedding_scatter(np.eye(3), [0, 1, 1], ["Ada", "Bo"])
    assert "principal components" in figure.axes[0].get_title(loc="left")
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["Ada", "Bo"]
    assert is_a_picture_of(figure)


def test_the_names_of_many_people_stand_at_their_groups():
    names = [f"person {number}" for number in range(14)]
    vectors, labels, _ = groups(people=14, each=3)
    figure = draw_embedding_scatter(vectors, labels, names)
    assert texts(figure.axes[0]) == names
    assert figure.axes[0].get_legend() is None


def test_colours_are_told_apart_for_fifty_people():
    for count in (2, 12, 13, 50):
        assert len(set(person_colours(count))) == count
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in person_colours(count))


@pytest.mark.parametrize(
    ("vectors", "labels", "kind"),
    [
        (np.eye(1), [0], InsufficientData),
        (np.eye(3), [0, 1], InvalidArray),
        (np.eye(3), [0, 1, 2], InvalidArray),
    ],
)
def test_what_does_not_fit_is_refused(vectors, labels, kind):
    with pytest.raises(kind):
        draw_embedding_scatter(vectors, labels, ["Ada", "Bo"])


# Distances ----------------------------------------------------------------------------------


def pair_distances(title, genuine_mean, seed=0):
    rng = np.random.default_rng(seed)
    return PairDistances(title, rng.normal(genuine_mean, 0.1, 500), rng.normal(0.9, 0.1, 3000))


def test_bars_add_up_to_all_pairs_and_the_line_is_the_threshold():
    before, after = pair_distances("before", 0.7), pair_distances("after", 0.4)
    figure = draw_distance_histograms(before, after)
    for axes, side in zip(figure.axes, (before, after), strict=True):
        heights = [bar.get_height() for bar in axes.patches]
        assert sum(heights) == pytest.approx(2)  # either kind adds up to 1
        assert axes.lines[0].get_xdata()[0] == side.threshold()
        assert (side.impostor <= side.threshold()).sum() == 30
        assert f"{side.accepted():.1%}" in axes.get_title(loc="left")
    assert after.accepted() > before.accepted()
    assert is_a_picture_of(figure)


def test_pairs_that_are_all_at_one_distance_are_drawn():
    same = PairDistances("before", np.ones(3), np.ones(4))
    assert same.accepted() == 0  # no threshold keeps 1 % of equal distances
    assert is_a_picture_of(draw_distance_histograms(same, same))


@pytest.mark.parametrize(
    ("genuine", "kind"),
    [
        (np.ones(0), InsufficientData),
        (np.ones((2, 2)), InvalidArray),
        (np.array([np.nan]), InvalidArray),
    ],
)
def test_distances_that_are_none_are_refused(genuine, kind):
    side = PairDistances("before", genuine, np.ones(3))
    with pytest.raises(kind):
        draw_distance_histograms(side, pair_distances("after", 0.4))


# matplotlib's own state ---------------------------------------------------------------------


def test_a_picture_neither_changes_matplotlibs_settings_nor_shows_the_users():
    plain = png(draw_learning_curves(HISTORY))
    with mpl.rc_context({"axes.facecolor": "black", "text.usetex": True, "font.size": 30}):
        before = dict(mpl.rcParams)
        assert png(draw_learning_curves(HISTORY)) == plain
        assert dict(mpl.rcParams) == before


def test_no_window_system_is_touched():
    import subprocess
    import sys

    code = (
        "import sys; from mien.training.pictures import Epoch, draw_learning_curves, png;"
        "loaded = 'matplotlib' in sys.modules;"
        "png(draw_learning_curves([Epoch(1, 0.5)]));"
        "sys.exit(loaded or 'matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

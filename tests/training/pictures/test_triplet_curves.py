"""A metric learner's curves: what is in the figure before it is ink."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from mien.errors import InsufficientData
from mien.training.pictures import TripletEpoch, draw_triplet_curves, png

HISTORY = [
    TripletEpoch(0, None, None, None, None, 0.2, 100.0),
    TripletEpoch(1, 0.19, 0.3, 0.4, 0.3, 0.3, 60.0),
    TripletEpoch(2, 0.12, 0.1, 0.2, 0.7, 0.5, 50.0),
]


def test_loss_shares_and_other_people_are_the_history_s():
    loss, shares, tar, rank = draw_triplet_curves(HISTORY, best=2).axes
    assert loss.lines[0].get_xydata().tolist() == [[1, 0.19], [2, 0.12]]
    assert tar.lines[0].get_xydata().tolist() == [[0, 0.2], [1, 0.3], [2, 0.5]]
    assert rank.lines[0].get_ydata().tolist() == [100.0, 60.0, 50.0]
    assert [area.get_label() for area in shares.collections] == ["hard", "semi-hard", "easy"]
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in shares.collections]
    assert np.allclose(tops, [0.3, 0.7, 1.0])
    assert all(axes.lines[-1].get_xdata()[0] == 2 for axes in (loss, tar, rank))


@pytest.mark.parametrize("epochs", [1, 500])
def test_a_single_epoch_and_many_are_drawn(epochs):
    rows = [TripletEpoch(n, 0.1, 0.2, 0.3, 0.5, 0.4, 9.0) for n in range(1, epochs + 1)]
    image = Image.open(io.BytesIO(png(draw_triplet_curves([HISTORY[0], *rows], best=1))))
    image.load()
    assert image.format == "PNG"


def test_the_start_alone_is_refused():
    with pytest.raises(InsufficientData, match="at least one epoch"):
        draw_triplet_curves(HISTORY[:1], best=0)


def test_rates_close_together_are_told_apart_by_their_labels():
    near = [TripletEpoch(n, 0.1, 0.2, 0.3, 0.5, 0.98 + n / 1e4, 9.0) for n in range(1, 9)]
    figure = draw_triplet_curves(
        [TripletEpoch(0, None, None, None, None, 0.98, 9.0), *near], best=1
    )
    png(figure)
    labels = [label.get_text() for label in figure.axes[2].get_yticklabels()]
    assert len(labels) == len(set(labels)) > 2
    top = figure.axes[3].get_ylim()[1]
    assert top > 9.0  # the line is not on the frame

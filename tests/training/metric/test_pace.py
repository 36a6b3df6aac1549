"""The learning rate falls along half a cosine, by epochs or by time."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

from mien.training.metric.config import Steps
from mien.training.metric.pace import LEAST, progress_of, share_of_rate


def test_it_begins_whole_is_half_in_the_middle_and_nearly_nothing_at_the_end():
    assert share_of_rate(0.0) == 1.0
    assert share_of_rate(0.5) == pytest.approx((1 + LEAST) / 2)
    assert share_of_rate(1.0) == pytest.approx(LEAST)
    assert share_of_rate(0.25) == pytest.approx(LEAST + (1 - LEAST) * (1 + math.sqrt(0.5)) / 2)


def test_a_run_is_as_far_as_its_epochs_or_its_time_whichever_is_further():
    assert progress_of(Steps(epochs=10), 4, 1e9) == 0.4
    timed = Steps(epochs=10, minutes=2)
    assert progress_of(timed, 4, 30.0) == 0.4
    assert progress_of(timed, 4, 90.0) == 0.75

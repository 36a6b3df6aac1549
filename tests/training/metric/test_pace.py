"""The learning rate falls along half a cosine, by epochs or by time."""

from __future__ import annotations

import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

from mien.training.metric.config import Steps
from mien.training.metric.pace import LEAST, WARM, progress_of, share_of_rate


def test_it_rises_in_a_line_and_falls_along_half_a_cosine():
    assert share_of_rate(0.0) == LEAST
    assert share_of_rate(WARM / 2) == pytest.approx((1 + LEAST) / 2)
    assert share_of_rate(WARM) == 1.0
    assert share_of_rate((1 + WARM) / 2) == pytest.approx((1 + LEAST) / 2)
    assert share_of_rate(1.0) == pytest.approx(LEAST)
    falling = [share_of_rate(WARM + step / 100) for step in range(95)]
    assert falling == sorted(falling, reverse=True)


def test_a_run_is_as_far_as_its_epochs_or_its_time_whichever_is_further():
    assert progress_of(Steps(epochs=10), 4, 1e9) == 0.4
    timed = Steps(epochs=10, minutes=2)
    assert progress_of(timed, 4, 30.0) == 0.4
    assert progress_of(timed, 4, 90.0) == 0.75

"""When faces are looked for: a film's times alone decide, a live source never falls behind."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mien.tracking import Schedule


def due(schedule: Schedule, times: list[float], took_s: float = 0.0) -> list[int]:
    found = []
    for index, time_s in enumerate(times):
        if schedule.is_due(index, time_s):
            found.append(index)
            schedule.detected(index, time_s, took_s)
    return found


def times(rate: float, count: int) -> list[float]:
    return [round(n / rate, 6) for n in range(count)]


@pytest.mark.parametrize(("rate", "every"), [(25, 5), (30, 6), (29.97, 6), (60, 12), (4, 1)])
def test_a_film_is_looked_at_five_times_a_second(rate, every):
    assert due(Schedule(0, 0.2, live=False), times(rate, 60)) == list(range(0, 60, every))


def test_every_nth_frame_is_every_nth_frame_whatever_the_times():
    assert due(Schedule(4, 0.2, live=False), times(7, 20), 9.0) == [0, 4, 8, 12, 16]


def test_a_slow_machine_changes_nothing_for_a_film():
    quick, slow = (due(Schedule(0, 0.2, live=False), times(25, 50), took) for took in (0.0, 3.0))
    assert quick == slow


def test_a_live_source_is_looked_at_more_rarely_where_it_takes_long():
    usual = due(Schedule(0, 0.2, live=True), times(25, 100), 0.05)
    slow = due(Schedule(0, 0.2, live=True), times(25, 100), 0.35)
    assert usual == list(range(0, 100, 5))
    assert {b - a for a, b in pairwise(slow)} == {13}  # 0.35 s are 70 % of it


def test_a_pause_of_the_stream_is_no_reason_to_wait():
    assert due(Schedule(0, 0.2, live=False), [0.0, 0.1, 5.0, 5.1, 5.2]) == [0, 2, 4]

"""Several workers, answers in order."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from mien.errors import InvalidOption
from mien.parallel import ordered_map


def test_answers_come_in_the_order_of_the_questions() -> None:
    def slow_first(number: int) -> int:
        time.sleep(0.02 if number % 3 == 0 else 0)
        return number * number

    assert list(ordered_map(slow_first, range(30), 4)) == [n * n for n in range(30)]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_an_endless_iterable_is_taken_only_as_far_as_needed(workers: int) -> None:
    taken = []

    def questions() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    answers = ordered_map(abs, questions(), workers)
    assert [next(answers) for _ in range(5)] == [0, 1, 2, 3, 4]
    answers.close()  # type: ignore[attr-defined]
    assert len(taken) <= 5 + 2 * workers


def test_an_error_is_raised_in_its_place_and_ends_the_work() -> None:
    def work(number: int) -> int:
        if number == 3:
            raise LookupError("three")
        return number

    answers = ordered_map(work, range(100), 2)
    assert [next(answers) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(LookupError, match="three"):
        next(answers)


def test_closing_the_generator_ends_its_threads() -> None:
    before = threading.active_count()
    answers = ordered_map(abs, range(1000), 3)
    next(answers)
    assert threading.active_count() > before
    answers.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_several_workers_work_at_once() -> None:
    both = threading.Barrier(2, timeout=5)
    assert len(list(ordered_map(lambda _: both.wait(), range(4), 2))) == 4


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_workers_are_a_whole_number_from_1(workers: object) -> None:
    with pytest.raises(InvalidOption, match="workers"):
        next(ordered_map(abs, [1], workers))  # type: ignore[arg-type]

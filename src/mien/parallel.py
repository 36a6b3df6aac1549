"""Work on several cores, answers in the order of the questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from mien.checks import check_count
from mien.process import Origin

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def ordered_map(
    work: Callable[[Question], Answer], questions: Iterable[Question], workers: int
) -> Iterator[Answer]:
    """``map`` on ``workers`` threads; ``work`` should spend its time outside the interpreter.

    At most two questions a worker are under way or waiting to be taken, so an endless or a huge
    iterable costs no memory. An error of ``work`` is raised in its place; closing the generator
    ends the work.

    Raises:
        InvalidOption: ``workers`` is no whole number from 1 to 256.
        ForkedProcess: the next answer is asked for in a forked child, where the threads are not.
    """
    check_count(workers, "workers", 1, 256)
    origin = Origin()
    remaining = iter(questions)
    under_way: deque[Future[Answer]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="mien")
    try:
        while True:
            while len(under_way) < 2 * workers:
                try:
                    question = next(remaining)
                except StopIteration:
                    break
                under_way.append(pool.submit(work, question))
            if not under_way:
                return
            yield under_way.popleft().result()
            origin.check("answers", "ask for all of them in one process")
    finally:
        if origin.is_here:
            pool.shutdown(wait=True, cancel_futures=True)

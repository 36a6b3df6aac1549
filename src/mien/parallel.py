"""Work on several cores, answers in the order of the questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

from mien.checks import check_count
from mien.process import Origin

Question = TypeVar("Question")
Answer = TypeVar("Answer")


def ordered_map(
    work: Callable[[Question], Answer],
    questions: Iterable[Question],
    workers: int,
    ahead: Callable[[], bool] = lambda: True,
) -> Iterator[Answer]:
    """``map`` on ``workers`` threads; ``work`` should spend its time outside the interpreter.

    At most two questions a worker are under way or waiting to be taken, so an endless or a huge
    iterable costs no memory. The questions are asked for in the caller's thread. An error of
    ``work`` is raised in its place, one of ``questions`` after the answers that were due before
    it; closing the generator ends the work.

    Args:
        work: from a question to its answer.
        questions: what is asked.
        workers: threads.
        ahead: whether a question may be asked for while an answer is still under way.

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
            while len(under_way) < (2 * workers if ahead() else 1):
                try:
                    question = next(remaining)
                except StopIteration:
                    break
                except Exception:
                    while under_way:
                        yield under_way.popleft().result()
                    raise
                under_way.append(pool.submit(work, question))
            if not under_way:
                return
            yield under_way.popleft().result()
            origin.check("answers", "ask for all of them in one process")
    finally:
        if origin.is_here:
            pool.shutdown(wait=True, cancel_futures=True)


class Pace:
    """Tells a source that gives at once from one that is waited for, such as a camera.

    Nothing is asked for ahead of an answer until ``QUICK`` questions in a row came sooner than
    they were answered: who asks would be blocked, and could not hand out what is done meanwhile.
    A source that once was waited for longer than ``STALL_S`` has to show more than that.
    """

    QUICK = 8
    STALL_S = 1.0

    def __init__(self) -> None:
        self._quick, self._needed = 0, self.QUICK
        self._answer_s = 0.0

    def ahead(self) -> bool:
        """Whether the source may be asked while an answer is under way."""
        return self._quick >= self._needed

    def questions(self, source: Iterable[Question]) -> Iterator[Question]:
        """What the source gives, timed."""
        start = perf_counter()
        for question in source:
            waited_s = perf_counter() - start
            self._quick = self._quick + 1 if waited_s < self._answer_s else 0
            if waited_s > self.STALL_S and self._answer_s:
                self._needed *= 4
            yield question
            start = perf_counter()

    def work(self, work: Callable[[Question], Answer]) -> Callable[[Question], Answer]:
        """The same work, timed."""

        def timed(question: Question) -> Answer:
            start = perf_counter()
            answer = work(question)
            self._answer_s = perf_counter() - start
            return answer

        return timed

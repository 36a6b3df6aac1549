"""Read photos ahead of their use, on several threads, within a budget of pixels."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from mien.checks import check_count
from mien.errors import InputError
from mien.records import ImageArray

Source = TypeVar("Source")

PIXELS_AHEAD = 12_000_000  # decoded and waiting: 36 MB
PHOTOS_AHEAD = 32


def read_ahead(
    sources: Iterable[Source], read: Callable[[Source], ImageArray], workers: int
) -> Iterator[tuple[Source, ImageArray | InputError]]:
    """Yield each source with its picture, or with the error that it gave, in the given order.

    While the caller works, further photos are read, as many as fit into the budget if they are
    as large as the last one; a single larger photo is still read. Closing the generator ends
    the reading.

    Raises:
        InvalidOption: ``workers`` is no whole number from 1 to 64.
    """
    check_count(workers, "workers", 1, 64)
    waiting: deque[tuple[Source, Future[ImageArray]]] = deque()
    remaining = iter(sources)
    typical = PIXELS_AHEAD // workers  # until the first photo is known
    pool = ThreadPoolExecutor(workers, thread_name_prefix="mien-read")
    try:
        while True:
            room = max(1, min(PHOTOS_AHEAD, PIXELS_AHEAD // max(typical, 1)))
            while len(waiting) < room:
                try:
                    source = next(remaining)
                except StopIteration:
                    break
                waiting.append((source, pool.submit(read, source)))
            if not waiting:
                return
            source, future = waiting.popleft()
            try:
                image = future.result()
            except InputError as error:
                yield source, error
            else:
                typical = image.shape[0] * image.shape[1]
                yield source, image
    finally:
        pool.shutdown(wait=True, cancel_futures=True)

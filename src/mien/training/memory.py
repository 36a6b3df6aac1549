"""What tensors give back is kept for the next ones as long as a run lasts.

What a layer gives for a batch takes tens of megabytes. GNU's C library asks the system for each
such block and returns it at once (mallopt(3), M_MMAP_THRESHOLD), so the system clears its pages
again for every layer of every batch: with 32 pictures at once that was two thirds of SFace's time
(``docs/transfer-learning.md`` has the table).
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM, _MMAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h
_KEPT = 1 << 30  # bytes; a block of so many is still asked for and given back
_USUAL = {_MMAP: 32 << 20, _TRIM: 64 << 20}  # how far the library itself goes: mallopt(3)


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Keep up to 1 GiB that was freed; give it all back in the end. GNU's C library only."""
    library = _gnu()
    if library is None:
        yield
        return
    for setting in _USUAL:
        library.mallopt(setting, _KEPT)
    try:
        yield
    finally:
        for setting, usual in _USUAL.items():
            library.mallopt(setting, usual)
        library.malloc_trim(0)


def _gnu() -> ctypes.CDLL | None:
    """The process's own C library, where it is GNU's."""
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None

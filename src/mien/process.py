"""One process: what only one thread may begin, what a fork waits for, what a child may not use.

A forked child (``multiprocessing`` with ``fork``, pre-forking servers, ``os.fork``) has all memory
but only one thread. The threads of a library are gone, and a lock that another thread held stays
locked for ever. So a fork waits until no thread is inside a native call of ours, and what needs its
threads is made anew in the child or refused with ``ForkedProcess``. ``spawn`` knows none of this.
"""

from __future__ import annotations

import importlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from mien.errors import ForkedProcess

Wish = TypeVar("Wish")
Part = TypeVar("Part")

_FORK_PATIENCE_S = 60.0
"""A thread that stays inside for longer is stuck, and a fork must not be stuck with it."""

_change = threading.Condition()
_depth: dict[int, int] = {}  # how often each thread is inside
_forker: int | None = None
_beginning = threading.RLock()
_before_fork: list[Callable[[], None]] = []
_after_fork: list[Callable[[], None]] = []
_never_destroyed: weakref.WeakSet[object] = weakref.WeakSet()


@contextmanager
def no_fork() -> Iterator[None]:
    """A fork by another thread waits until the block is left; wait for no thread in it."""
    me = threading.get_ident()
    with _change:
        if me not in _depth:
            _change.wait_for(lambda: _forker is None or _forker == me)
        _depth[me] = _depth.get(me, 0) + 1
    try:
        yield
    finally:
        with _change:
            _depth[me] -= 1
            if not _depth[me]:
                del _depth[me]
                _change.notify_all()


@contextmanager
def first_use() -> Iterator[None]:
    """For what a native library does only once: one thread at a time, and no fork meanwhile.

    A C++ module that imports Python objects in a static initialiser lets go of the interpreter
    there; a second thread then holds the interpreter and waits for the initialiser, for ever.
    """
    with no_fork(), _beginning:
        yield


def load_library(name: str) -> Any:
    """Import a library as its ``first_use``.

    Raises:
        ImportError: it cannot be imported.
    """
    with first_use():
        return importlib.import_module(name)


def around_fork(
    before: Callable[[], None] | None = None, in_child: Callable[[], None] | None = None
) -> None:
    """Call ``before`` a fork, while no thread is inside ``no_fork``, and ``in_child`` after it.

    Some servers fork without Python's knowledge: ``in_child`` may come without ``before``.
    """
    _before_fork.extend([before] if before else [])
    _after_fork.extend([in_child] if in_child else [])


class Origin:
    """The process in which something was made.

    Args:
        owner: of threads or locks that its destruction waits for: a forked child never destroys it.
    """

    def __init__(self, owner: object = None) -> None:
        self._process = os.getpid()
        if owner is not None:
            _never_destroyed.add(owner)

    @property
    def is_here(self) -> bool:
        return self._process == os.getpid()

    def check(self, what: str, cure: str) -> None:
        """Refuse a forked child.

        Raises:
            ForkedProcess: this is another process.
        """
        if not self.is_here:
            raise ForkedProcess(
                f"{what}: expected to be used in the process that made it, got a forked child; "
                f"{cure}"
            )


class LastBuilt(Generic[Wish, Part]):
    """The parts that were asked for last, each built by one thread, once in a process.

    Args:
        build: from what is wished for, which can be a key of a dict, to the part.
        most: parts that are kept.
    """

    def __init__(self, build: Callable[[Wish], Part], most: int = 4) -> None:
        self._build = build
        self._most = most
        self.forget()
        around_fork(in_child=self.forget)

    def __call__(self, wish: Wish) -> Part:
        """The part; an error of ``build`` is raised, and the next call tries again."""
        with self._lock:
            slot = self._slots.pop(wish) if wish in self._slots else _Slot()
            self._slots[wish] = slot
            for oldest in list(self._slots)[: -self._most]:
                del self._slots[oldest]
        with slot.lock:
            if not slot.parts:
                slot.parts.append(self._build(wish))
            return slot.parts[0]

    def forget(self) -> None:
        """Let go of every part; who asks next has it built anew."""
        self._lock = threading.Lock()
        self._slots: dict[Wish, _Slot[Part]] = {}


@dataclass(slots=True)
class _Slot(Generic[Part]):
    """A part, or none yet, and who builds it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    parts: list[Part] = field(default_factory=list)


def _enter_fork() -> None:
    global _forker
    me = threading.get_ident()
    with _change:
        _change.wait_for(lambda: _forker is None, _FORK_PATIENCE_S)
        _forker = me
        _change.wait_for(lambda: not _depth.keys() - {me}, _FORK_PATIENCE_S)
    for call in _before_fork:
        call()


def _leave_fork() -> None:
    global _forker
    with _change:
        _forker = None
        _change.notify_all()


def _begin_child() -> None:
    global _change, _forker, _beginning
    import ctypes

    me = threading.get_ident()
    _change, _forker = threading.Condition(), None
    for owner in _never_destroyed:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(owner))
    for thread in _depth.keys() - {me}:
        del _depth[thread]
    if me not in _depth:
        _beginning = threading.RLock()
    for call in _after_fork:
        call()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_enter_fork, after_in_parent=_leave_fork, after_in_child=_begin_child
    )

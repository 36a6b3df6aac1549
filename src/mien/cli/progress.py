"""Progress bars: on a terminal only, on standard error, gone when the work is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mien.cli.output import Output
from mien.cli.text import shown

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from mien.models.progress import ProgressReporter

_SECONDS_BETWEEN = 0.1


class PhotoBar:
    """How many photos are done; steps aside while a line is written.

    Args:
        output: whose lines are written meanwhile.
        label: what is being done.
        total: how many photos; below two no bar is drawn.
    """

    def __init__(self, output: Output, label: str, total: int) -> None:
        self._output = output
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._drawn = 0.0
        self._done = 0
        if output.draws and total > 1:
            self._bar = _progress(bytes_=False)
            self._task = self._bar.add_task(label, total=total)

    def __enter__(self) -> PhotoBar:
        if self._bar is not None:
            self._output.bar = self._bar
            self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._output.bar = None
            self._bar.stop()

    def step(self) -> None:
        """One more photo is done."""
        self._done += 1
        now = time.monotonic()
        if self._bar is None or self._task is None or now - self._drawn < _SECONDS_BETWEEN:
            return
        self._drawn = now
        self._bar.update(self._task, completed=self._done)
        self._bar.refresh()


@contextmanager
def transfers(output: Output) -> Iterator[ProgressReporter]:
    """A reporter for the store, which draws a bar of bytes while something arrives."""
    bars = _Transfers(output)
    try:
        yield bars
    finally:
        bars.close()


class _Transfers:
    def __init__(self, output: Output) -> None:
        self._output = output
        self._bar: Progress | None = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, label: str, done_bytes: int, total_bytes: int | None) -> None:
        if not self._output.draws:
            return
        if self._bar is None:
            self._bar = _progress(bytes_=True)
            self._output.bar = self._bar
            self._bar.start()
        if label not in self._tasks:
            self._tasks[label] = self._bar.add_task(shown(label), total=total_bytes)
        self._bar.update(self._tasks[label], completed=done_bytes, total=total_bytes)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._output.bar = None
            self._bar.stop()


def _progress(*, bytes_: bool) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    parts = (DownloadColumn(), TransferSpeedColumn()) if bytes_ else (MofNCompleteColumn(),)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *parts,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )

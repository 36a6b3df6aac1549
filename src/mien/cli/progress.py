"""Progress bars: on a terminal only, on standard error, gone when the work is done."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mien.cli.output import Output
from mien.cli.text import shown

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from mien.models.progress import ProgressReporter

_SECONDS_BETWEEN = 0.1  # two drawings of a bar


class _Bar:
    """A bar that is drawn now and then, and goes while a line is written."""

    def __init__(self, output: Output, progress: Progress) -> None:
        self._output = output
        self._progress = progress
        self._shown = False
        self._drawn = -_SECONDS_BETWEEN
        output.bar = self

    def task(self, label: str, total: int | None) -> TaskID:
        return self._progress.add_task(shown(label), total=total)

    def draw(self, task: TaskID, done: int, total: int | None, label: str | None = None) -> None:
        """Show how much is done, unless it was shown a moment ago."""
        self._progress.update(task, completed=done, total=total)
        if label is not None:
            self._progress.update(task, description=shown(label))
        now = time.monotonic()
        if now - self._drawn < _SECONDS_BETWEEN:
            return
        self._drawn = now
        if not self._shown:
            self._progress.start()
            self._shown = True
        self._progress.refresh()

    def restart(self, task: TaskID | None, label: str, total: int | None) -> TaskID:
        """A new task in the place of the last one."""
        if task is not None:
            self._progress.remove_task(task)
        return self.task(label, total)

    def label(self, task: TaskID, text: str) -> None:
        """Another name for a task."""
        self._progress.update(task, description=shown(text))

    def hide(self) -> None:
        """Wipe it off the screen until it is drawn again."""
        if self._shown:
            self._progress.stop()
            self._shown = False

    def close(self) -> None:
        """Wipe it off the screen for good."""
        self.hide()
        self._output.bar = None


class PhotoBar:
    """How many photos are done.

    Args:
        output: whose lines are written meanwhile.
        label: what is being done.
        total: how many photos; below two no bar is drawn.
    """

    def __init__(self, output: Output, label: str, total: int) -> None:
        self._total = total
        self._done = 0
        self._bar: _Bar | None = None
        if output.draws and total > 1:
            self._bar = _Bar(output, drawn_progress(bytes_=False))
            self._task = self._bar.task(label, total)

    def __enter__(self) -> PhotoBar:
        if self._bar is not None:
            self._bar.draw(self._task, 0, self._total)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self) -> None:
        """One more photo is done."""
        self._done += 1
        if self._bar is not None:
            self._bar.draw(self._task, self._done, self._total)


class VideoBar:
    """How far a video is, and who is on screen.

    Args:
        output: whose lines are written meanwhile.
        label: the video's name.
        duration_s: how long it is; None where nobody knows.
    """

    def __init__(self, output: Output, label: str, duration_s: float | None) -> None:
        self._label = label
        self._total = None if duration_s is None else math.ceil(duration_s)
        self._bar: _Bar | None = None
        if output.draws:
            self._bar = _Bar(output, drawn_progress(bytes_=False))
            self._task = self._bar.task(label, self._total)

    def __enter__(self) -> VideoBar:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, time_s: float, names: Sequence[str]) -> None:
        """A frame was seen, with these people in it."""
        if self._bar is not None:
            who = f"{self._label}, {time_s:.0f} s: {', '.join(names)}" if names else self._label
            self._bar.draw(self._task, int(time_s), self._total, who)


@contextmanager
def transfers(output: Output) -> Iterator[ProgressReporter]:
    """A reporter for the store, which draws a bar of bytes while something arrives."""
    reporter = _Transfers(output)
    try:
        yield reporter
    finally:
        reporter.close()


class _Transfers:
    def __init__(self, output: Output) -> None:
        self._output = output
        self._bar: _Bar | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, label: str, done_bytes: int, total_bytes: int | None) -> None:
        if not self._output.draws:
            return
        if self._bar is None:
            self._bar = _Bar(self._output, drawn_progress(bytes_=True))
        if label not in self._tasks:
            self._tasks[label] = self._bar.task(label, total_bytes)
        self._bar.draw(self._tasks[label], done_bytes, total_bytes)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def drawn_progress(*, bytes_: bool) -> Progress:
    """An empty bar on standard error: of bytes, or of a count."""
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


class StageBar:
    """One bar after the other, for work that goes through stages.

    Args:
        output: whose lines are written meanwhile.
    """

    def __init__(self, output: Output) -> None:
        self._bar = _Bar(output, drawn_progress(bytes_=False)) if output.draws else None
        self._task: TaskID | None = None
        self._label = ""
        self._total: int | None = None
        self._done = 0

    def __enter__(self) -> StageBar:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def stage(self, label: str, total: int) -> None:
        """Something new begins; a total of 0 is not known."""
        self._label, self._total, self._done = label, total or None, 0
        if self._bar is not None:
            self._task = self._bar.restart(self._task, label, self._total)

    def step(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        if self._bar is not None and self._task is not None:
            self._bar.draw(self._task, self._done, self._total)

    def say(self, text: str) -> None:
        """A word beside the bar's name."""
        if self._bar is not None and self._task is not None:
            self._bar.label(self._task, f"{self._label}: {text}")

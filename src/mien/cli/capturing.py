"""How a collection is followed on a terminal or in a window, and what is said of it at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from mien.cli.output import Output
from mien.cli.progress import drawn_progress
from mien.cli.text import plural, shown
from mien.cli.window import Window

if TYPE_CHECKING:
    from rich.progress import Progress as DrawnProgress

    from mien.capture import Collected, Pose, Progress
    from mien.records import ImageArray

_SECONDS_BETWEEN = 0.1  # two drawings
_SHORT_GAP_S = 0.5


class CaptureStatus:
    """The live count: two lines on a terminal, and a window where one was asked for.

    Args:
        output: whose lines are written meanwhile.
        name: of the person.
        window: whether to open one.

    Attributes:
        closed: whether the user closed the window.

    Raises:
        InvalidOption: a window was asked for, and there is no screen.
        EngineMissing: Python came without its windows (tkinter).
    """

    def __init__(self, output: Output, name: str, *, window: bool) -> None:
        self._output = output
        self._name = shown(name)
        self._drawn = 0.0
        self._bar: DrawnProgress | None = None
        self._shown = False
        self._wants_window = window
        self._window: Window | None = None
        self._stack = ExitStack()
        self.closed = False

    def __enter__(self) -> CaptureStatus:
        if self._output.draws:
            from rich.console import Console
            from rich.live import Live

            self._bar = drawn_progress(bytes_=False)
            self._task = self._bar.add_task("", total=None)
            self._live = Live(
                console=Console(stderr=True),
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._output.bar = self
        if self._wants_window:
            self._window = self._stack.enter_context(Window(f"mien collect {self._name}"))
        return self

    def __exit__(self, *exception: object) -> None:
        self.hide()
        self._output.bar = None
        self._stack.close()

    def watch(self, progress: Progress) -> None:
        """One more picture was looked at.

        Raises:
            KeyboardInterrupt: the user closed the window: an end like Ctrl-C.
        """
        if self._window is not None:
            self._show(self._window, progress)
        now = time.monotonic()
        if self._bar is None or now - self._drawn < _SECONDS_BETWEEN:
            return
        self._drawn = now
        self._draw(self._bar, progress)

    def _draw(self, bar: DrawnProgress, progress: Progress) -> None:
        from rich.console import Group
        from rich.text import Text

        held = min(progress.kept + progress.found, progress.count)
        bar.update(
            self._task,
            description="photos" if progress.total else "seconds",
            completed=progress.looked if progress.total else int(progress.time_s or 0.0),
            total=progress.total or (None if progress.total_s is None else int(progress.total_s)),
        )
        lines = (
            f"{self._name}: {held} of {progress.count}  ({poses_text(progress.poses)})",
            f"looked at {progress.looked:,}: {refusals_text(progress.refused, 3)}",
        )
        texts = [Text(line, no_wrap=True, overflow="ellipsis") for line in lines]
        self._live.update(Group(*texts, bar))
        if not self._shown:
            self._live.start()
            self._shown = True
        self._live.refresh()

    def hide(self) -> None:
        """Wipe it off the screen until it is drawn again."""
        if self._shown:
            self._live.stop()
            self._shown = False

    def _show(self, window: Window, progress: Progress) -> None:
        if progress.image is None:
            return
        window.show(_labelled(progress, progress.image))
        if not window.open:
            self.closed = True
            raise KeyboardInterrupt


def _labelled(progress: Progress, image: ImageArray) -> ImageArray:
    """The picture with the count over it, at the face where one was meant."""
    from mien.capture import words_of
    from mien.images import Label, annotate
    from mien.records import Box

    kept = progress.verdict == "kept"
    label = Label(
        box=progress.box or Box(0.0, 0.0, float(image.shape[1]), float(image.shape[0])),
        text=f"{progress.kept + progress.found} of {progress.count}",
        detail="kept" if kept else words_of(progress.verdict),
        tone="known" if kept else "low_quality",
    )
    return annotate(image, [label])


def poses_text(poses: Mapping[Pose, int]) -> str:
    """``left 4, front 20, right 3, up 0, down 1``."""
    return ", ".join(f"{pose.value} {count}" for pose, count in poses.items())


def refusals_text(refused: Mapping[str, int], most: int) -> str:
    """The most frequent reasons with their counts."""
    from mien.capture import words_of

    ordered = sorted(refused.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{count:,} {words_of(word)}" for word, count in ordered[:most]) or "all kept"


def collected_lines(collected: Collected) -> Iterator[str]:
    """What came of it, for people."""
    from mien.capture import advice, words_of

    held = f"{collected.held} of {collected.count}"
    yield (
        f"{shown(collected.name)}: {held} pictures in {shown(collected.out)} "
        f"({plural(collected.train, 'training picture')}, {collected.validation:,} for "
        f"validation), {collected.added:,} of them new"
    )
    if collected.gap_s is not None:
        weak = "; too little to trust the validation" if collected.gap_s < _SHORT_GAP_S else ""
        yield f"  {collected.gap_s:.2f} s at least between training and validation{weak}"
    elif collected.train and not collected.validation and collected.count > 1:
        yield (
            "  nothing for validation: the person is seen too shortly to be split; collect from "
            "another film too"
        )
    yield f"  {poses_text(collected.poses)}"
    if collected.missing:
        yield f"  rare or missing: {', '.join(collected.missing)}; {advice(collected.missing)}"
    refused = sum(collected.refused.values())
    if refused:
        yield f"  left out {refused:,} of {collected.looked:,}:"
        for word, count in sorted(collected.refused.items(), key=lambda one: (-one[1], one[0])):
            yield f"  {count:>7,}  {words_of(word)}"
    if collected.held < collected.count:
        yield (
            f"  fewer than {collected.count:,}: collect from another film, or on another day; "
            "this one has no more"
        )

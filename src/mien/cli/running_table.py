"""A table that grows while its rows are measured, above a bar; on a terminal only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mien.cli.output import Output
from mien.cli.progress import drawn_progress
from mien.cli.tables import drawn_table
from mien.cli.text import shown

if TYPE_CHECKING:
    from rich.live import Live

_SECONDS_BETWEEN = 0.1  # two drawings


class RunningTable:
    """The rows so far and how far the next one is, on standard error; gone at the end.

    Args:
        output: whose lines are written meanwhile.
        columns, right: as for `table_lines`.
    """

    def __init__(self, output: Output, columns: Sequence[str], right: Sequence[str]) -> None:
        self._output = output
        self._columns, self._right = columns, right
        self._rows: list[Sequence[str]] = []
        self._live: Live | None = None
        self._shown = False
        self._drawn = 0.0

    def __enter__(self) -> RunningTable:
        if self._output.draws:
            from rich.console import Console
            from rich.live import Live

            self._progress = drawn_progress(bytes_=False)
            console = Console(stderr=True)
            self._live = Live(
                console=console,
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
        return self

    def __exit__(self, *exception: object) -> None:
        self.hide()
        self._output.bar = None

    def begin(self, label: str, total: int) -> None:
        """The next row is being measured, in so many steps."""
        if self._live is not None:
            for task in self._progress.task_ids:
                self._progress.remove_task(task)
            self._progress.add_task(shown(label), total=total)
            self._output.bar = self
            self._draw()

    def step(self) -> None:
        """One more step is done."""
        if self._live is not None:
            self._progress.advance(self._progress.task_ids[0])
            if time.monotonic() - self._drawn >= _SECONDS_BETWEEN:
                self._draw()

    def add(self, row: Sequence[str]) -> None:
        """A row is measured."""
        self._rows.append(row)

    def hide(self) -> None:
        """Wipe it off the screen until it is drawn again, at the next step."""
        if self._live is not None and self._shown:
            self._live.stop()
            self._shown = False

    def _draw(self) -> None:
        if self._live is None:
            return
        from rich.console import Group

        table = drawn_table(self._columns, self._rows, self._right)
        self._live.update(Group(table, self._progress) if self._rows else self._progress)
        if not self._shown:
            self._live.start()
            self._shown = True
        self._live.refresh()
        self._drawn = time.monotonic()

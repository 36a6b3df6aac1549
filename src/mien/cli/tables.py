"""Tables on standard output, drawn by rich; its import is paid only where one is drawn."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mien.cli.text import shown

if TYPE_CHECKING:
    from rich.table import Table

_WIDE = 10_000  # columns: in a pipe nothing is folded


def table_lines(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()
) -> list[str]:
    """A table as lines.

    Args:
        columns: their heads.
        rows: cells as they came; what could harm a terminal is escaped here.
        right: the columns that are aligned to the right.
    """
    from rich.console import Console

    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else _WIDE
    drawn = io.StringIO()
    Console(file=drawn, width=width, color_system=None).print(drawn_table(columns, rows, right))
    return [line.rstrip() for line in drawn.getvalue().splitlines()]


def drawn_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()
) -> Table:
    """The same as something that rich draws."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(Text(name), justify="right" if name in right else "left")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    return table


def markdown_lines(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()
) -> list[str]:
    """A table as Markdown, to be pasted into a page; arguments as for `table_lines`."""
    rules = ["---:" if name in right else "---" for name in columns]
    cells = [[shown(cell).replace("|", "\\|") for cell in row] for row in (columns, *rows)]
    return [f"| {' | '.join(row)} |" for row in (cells[0], rules, *cells[1:])]

"""Text that others wrote, inside Markdown: shown as it is, never read as markup.

Follows CommonMark 0.31 (section 2.4, backslash escapes) and the tables and automatic links of
GitHub's dialect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|~&$@#!])")
_LINKS = re.compile(r"(https?|ftp|mailto|xmpp):|\bwww\.", re.IGNORECASE)
_BULLET = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=]))(.)")


def escaped(text: str, most_letters: int = 200) -> str:
    """A text as one line of Markdown that shows just that text.

    Args:
        text: a name, a path, a message.
        most_letters: longer ones are cut with an ellipsis.
    """
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(line.split())
    if len(line) > most_letters:
        line = line[: most_letters - 1] + "…"
    line = _MARKUP.sub(r"\\\1", line)
    line = _LINKS.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", line)
    return _BULLET.sub(r"\1\\\2", line)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; numbers' columns (all but the first) to the right. Cells are Markdown already."""
    lines = [_line(heads), _line([":--", *("--:" for _ in heads[1:])])]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def listing(items: Iterable[str]) -> str:
    """A bullet for each item; items are Markdown already."""
    return "\n".join(f"- {item}" for item in items)


def code(lines: Sequence[str], language: str) -> str:
    """A fenced block; its lines hold no fence of their own."""
    return "\n".join([f"```{language}", *lines, "```"])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

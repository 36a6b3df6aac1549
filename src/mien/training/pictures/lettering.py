"""Names in pictures: in letters that some typeface here has, one line, and never as a formula.

matplotlib brings DejaVu Sans, which has accents, Greek, Cyrillic and more. For other scripts
come typefaces that systems usually have; matplotlib takes each letter from the first that has it.
What none has loses its accents (NFKD), or becomes a question mark.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_BUNDLED: Final = "DejaVu Sans"
_CANDIDATES: Final = (
    _BUNDLED,
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Source Han Sans SC"),
    *("Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "PingFang SC", "Hiragino Sans GB"),
    *("WenQuanYi Zen Hei", "Arial Unicode MS", "Noto Sans Devanagari", "Nirmala UI"),
    *("Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Thai"),
)


def shown(text: str, most_letters: int = 24) -> str:
    """A text as it can be drawn: one line, cut with an ellipsis, dollars as dollars.

    Args:
        text: a person's name or a photo's place.
        most_letters: longer ones lose their middle: the ends tell names and files apart.
    """
    line = "".join(
        letter if letter.isprintable() else " " if letter.isspace() else "" for letter in text
    )
    line = " ".join(line.split())
    if len(line) > most_letters:
        tail = (most_letters - 1) // 3
        line = f"{line[: most_letters - 1 - tail]}…{line[-tail:] if tail else ''}"
    drawable = "".join(_drawable(letter) for letter in line)
    return drawable.replace("$", r"\$")  # two of them would be a formula


def shown_names(names: Sequence[str], most_letters: int = 24) -> list[str]:
    """As ``shown`` for each; names that would look the same get their number, from 1."""
    texts = [shown(name, most_letters) for name in names]
    often = Counter(texts)
    return [
        text if often[text] == 1 else f"{text} #{number}" for number, text in enumerate(texts, 1)
    ]


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """The typefaces of this machine to take letters from, in this order."""
    from matplotlib import font_manager

    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return tuple(name for name in _CANDIDATES if name in installed) or (_BUNDLED,)


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """The code points that some of those typefaces has."""
    from matplotlib import font_manager

    known: set[int] = set()
    for name in families():
        path = font_manager.findfont(font_manager.FontProperties(family=[name]))
        known.update(font_manager.get_font(path).get_charmap())
    return frozenset(known)


def _drawable(letter: str) -> str:
    if ord(letter) in _letters():
        return letter
    bare = [
        part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)
    ]
    return "".join(bare) if bare and all(ord(part) in _letters() for part in bare) else "?"

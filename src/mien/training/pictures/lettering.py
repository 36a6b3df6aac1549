"""Names in pictures: in letters that some font here has, one line, and never as a formula.

matplotlib brings DejaVu Sans, which has accents, Greek, Cyrillic and more. For other scripts come
the fonts of this machine; matplotlib takes each letter from the first that has it. What none can
write is shown by a stand-in, as on annotated pictures, and ``told_stand_ins`` says by which.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

from mien.images import Lettering
from mien.images.lettering import printable

_BUNDLED: Final = "DejaVu Sans"
_LETTERING: ContextVar[Lettering | None] = ContextVar("lettering", default=None)


@contextmanager
def told_stand_ins() -> Iterator[Lettering]:
    """What writes the names inside the block: its ``stand_ins`` are those of all its pictures."""
    lettering = Lettering(_bundled_file())
    token = _LETTERING.set(lettering)
    try:
        yield lettering
    finally:
        _LETTERING.reset(token)


def shown(text: str, most_letters: int = 24) -> str:
    """A text as it can be drawn: one line, cut with an ellipsis, dollars as dollars.

    To be called inside ``drawing()``: what is drawn there after it may use the fonts it found.

    Args:
        text: a person's name or a photo's place.
        most_letters: longer ones lose their middle: the ends tell names and files apart.
    """
    from matplotlib import rcParams

    line = printable(text)
    if len(line) > most_letters:
        tail = (most_letters - 1) // 3
        line = f"{line[: most_letters - 1 - tail]}…{line[-tail:] if tail else ''}"
    lettering = _LETTERING.get() or Lettering(_bundled_file())
    for run in lettering.line(line, 12, math.inf).runs:
        family = _family(run.font) if run.font else _BUNDLED
        if family not in rcParams["font.family"]:
            rcParams["font.family"] = [*rcParams["font.family"], family]
    return lettering.write(line).replace("$", r"\$")  # two of them would be a formula


def shown_names(names: Sequence[str], most_letters: int = 24) -> list[str]:
    """As ``shown`` for each; names that would look the same get their number, from 1."""
    texts = [shown(name, most_letters) for name in names]
    often = Counter(texts)
    return [
        text if often[text] == 1 else f"{text} #{number}" for number, text in enumerate(texts, 1)
    ]


@cache
def _family(font: str) -> str:
    """What matplotlib calls a font file, which it knows from then on."""
    from matplotlib import font_manager

    name = str(font_manager.get_font(font).family_name)
    if name not in {entry.name for entry in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(font)
    return name


def _bundled_file() -> Path:
    from matplotlib import get_data_path

    return Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")

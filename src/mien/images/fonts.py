"""A typeface that has the letters of the names, and what to write where none has them.

The typeface that ships with Pillow (Aileron) is used wherever it has all the
letters, so that a picture looks the same on every machine; it has little more
than ASCII. Then come typefaces that systems usually have. Where none has a
letter, its accents are dropped (NFKD), and what still cannot be written
becomes a question mark.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from PIL import ImageFont

    Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

_BUNDLED: Final = ""
# Pillow looks these names up in the folders where each system keeps its typefaces.
_CANDIDATES: Final = (
    _BUNDLED,
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "segoeui.ttf",
    "arial.ttf",
    "Arial Unicode.ttf",
    "Helvetica.ttc",
    "NotoSansCJK-Regular.ttc",
    "msyh.ttc",
    "malgun.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
)
_UNASSIGNED: Final = "\U0010fffd"
_LONGEST_TEXT: Final = 200


def printable(text: str) -> str:
    """One line of a text: no control or direction marks, white space made single, not endless."""
    shown = "".join(
        letter if letter.isprintable() else " " if letter.isspace() else ""
        for letter in text[:_LONGEST_TEXT]
    )
    return " ".join(shown.split())


def choose_typeface(texts: Sequence[str]) -> str:
    """The first typeface that has all letters of all texts, or the one that lacks the fewest.

    Returns:
        A name for ``load_font``.
    """
    letters = frozenset("".join(texts)) - {" "}
    fewest, chosen = len(letters) + 1, _BUNDLED
    for name in _CANDIDATES:
        lacking = sum(not _has_letter(name, letter) for letter in letters)
        if lacking == 0:
            return name
        if lacking < fewest:
            fewest, chosen = lacking, name
    return chosen


def writable(text: str, typeface: str) -> str:
    """The text with what the typeface lacks written without accents, or as a question mark."""
    return "".join(
        letter if letter == " " or _has_letter(typeface, letter) else _simpler(letter, typeface)
        for letter in text
    )


@lru_cache(maxsize=64)
def load_font(typeface: str, size: int) -> Font | None:
    """A typeface at a size in pixels, or None where the machine has no such typeface."""
    from PIL import ImageFont

    if typeface == _BUNDLED:
        return ImageFont.load_default(size)
    try:
        return ImageFont.truetype(typeface, size)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _has_letter(typeface: str, letter: str) -> bool:
    """Whether a letter is drawn otherwise than one that no typeface has."""
    font = load_font(typeface, 32)
    return font is not None and bytes(font.getmask(letter)) != _missing_letter(typeface)


@lru_cache(maxsize=32)
def _missing_letter(typeface: str) -> bytes:
    font = load_font(typeface, 32)
    return b"" if font is None else bytes(font.getmask(_UNASSIGNED))


def _simpler(letter: str, typeface: str) -> str:
    bare = "".join(
        part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)
    )
    return bare if bare and all(_has_letter(typeface, part) for part in bare) else "?"

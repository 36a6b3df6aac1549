"""How names are written on pictures: in fonts that have their letters, or by a stand-in.

What no font here can write is shown without its accents where it is plain letters then, else as a
number in brackets. ``Lettering.stand_ins`` says which stands for what.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mien.errors import InvalidOption, SourceNotFound
from mien.images import fonts

if TYPE_CHECKING:
    from mien.images.fonts import Font

_LONGEST_TEXT: Final = 200
_MARKS: Final = ("Mn", "Mc")
_JOINERS: Final = frozenset("\u200c\u200d")  # Persian and several Indic scripts need them


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line in one font, ``fonts.BUNDLED`` or the path of a file."""

    text: str
    font: str

    def loaded(self, size: int) -> Font:
        font = fonts.load_font(self.font, size) or fonts.load_font(fonts.BUNDLED, size)
        if font is None:
            raise InvalidOption(f"expected a font of {size} pixels, got none")
        return font

    def width(self, size: int) -> float:
        return self.loaded(size).getlength(self.text)


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is drawn: its runs from left to right, and the size of its letters in pixels."""

    runs: tuple[Run, ...] = ()
    size: int = 0

    @property
    def width(self) -> float:
        return sum(run.width(self.size) for run in self.runs)


class Lettering:
    """Writes names on pictures; one for all pictures that are looked at together.

    Args:
        font: a font file (``.ttf``, ``.otf``, ``.ttc``) that is taken for the letters it has.
        system: whether to look through this machine's fonts. Without them pictures look the same
            on every machine, and what Pillow's own font lacks is shown by a stand-in.

    Raises:
        SourceNotFound: there is no such font file.
        InvalidOption: it is no font, or none that can be drawn in every size.
    """

    def __init__(self, font: str | os.PathLike[str] | None = None, *, system: bool = True) -> None:
        self._own = () if font is None else (_checked(font),)
        self._system = system
        self._stand_ins: dict[str, str] = {}
        self._written: dict[str, str] = {}

    @property
    def stand_ins(self) -> Mapping[str, str]:
        """What could not be written until now, with what the pictures show in its place."""
        return MappingProxyType(self._stand_ins)

    @staticmethod
    def lacks_fribidi(part: str) -> bool:
        """Whether one of the ``stand_ins`` is there for want of FriBiDi, and not of a font."""
        return fonts.needs_shaping(part) and not fonts.can_shape()

    def line(self, text: str, size: int, room: float) -> Line:
        """A text as it is drawn, cut with an ellipsis where it is wider than the room, pixels."""
        text = self.write(text)
        line = Line(self._runs(text), size)
        while text and line.width > room:
            text = text[:-1].rstrip()
            line = Line(self._runs(text + "..."), size)
        return line

    def write(self, text: str) -> str:
        """One line with what no font can write replaced, as many words together as can be."""
        if text not in self._written:
            self._written[text] = " ".join(
                " ".join(words) if can else self._stand_in(" ".join(words))
                for can, words in groupby(printable(text).split(" "), self._can_write)
            )
        return self._written[text]

    def _can_write(self, word: str) -> bool:
        if self.lacks_fribidi(word):
            return False
        if any(self._font_of(letter) is None for letter in word):
            return False
        # A mark in another font than its letter would be drawn beside it, on a dotted circle.
        return not any(unicodedata.category(run.text[0]) in _MARKS for run in self._runs(word))

    def _stand_in(self, part: str) -> str:
        if part not in self._stand_ins:
            bare = unicodedata.normalize("NFKD", part)
            bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
            numbered = sum(shown.startswith("[") for shown in self._stand_ins.values())
            self._stand_ins[part] = bare if bare.isascii() and bare else f"[{numbered + 1}]"
        return self._stand_ins[part]

    def _runs(self, text: str) -> tuple[Run, ...]:
        """Cut into as few runs as a look ahead of one letter can, from left to right."""
        runs: list[Run] = []
        for word, font in self._pieces(text):
            # A space between two fonts is neither's, lest it move to the other end of its run.
            bare = word.strip(" ")
            before, after = word.startswith(" ") and bare, word.endswith(" ")
            runs += [Run(" ", fonts.BUNDLED)] if before else []
            runs += [Run(bare, font)] if bare else []
            runs += [Run(" ", fonts.BUNDLED)] if after else []
        return tuple(runs[::-1] if _from_right(text) else runs)

    def _pieces(self, text: str) -> Iterator[tuple[str, str]]:
        start, font = 0, (*self._own, fonts.BUNDLED)[0]
        for end, letter in enumerate(text):
            if fonts.has_letter(font, letter):
                continue
            other = self._font_of(letter) or fonts.BUNDLED
            if not all(fonts.has_letter(other, before) for before in text[start:end]):
                yield text[start:end], font
                start = end
            font = other
        yield text[start:], font

    def _font_of(self, letter: str) -> str | None:
        usual = (*self._own, fonts.BUNDLED)
        found = fonts.find_font(letter, usual)
        if found is None and self._system:
            return fonts.find_font(letter, fonts.machine_fonts())
        return found


def printable(text: str) -> str:
    """One line of a text: no control or direction marks, white space made single, not endless."""
    shown = "".join(
        letter
        if letter.isprintable() or (letter in _JOINERS and fonts.can_shape())
        else " " * letter.isspace()
        for letter in text[:_LONGEST_TEXT]
    )
    return unicodedata.normalize("NFC", " ".join(shown.split()))


def _from_right(text: str) -> bool:
    """Whether its first letter with a direction is written from right to left."""
    directions = map(unicodedata.bidirectional, text)
    return next((one for one in directions if one in ("L", "R", "AL")), "L") != "L"


def _checked(font: str | os.PathLike[str]) -> str:
    path = os.fspath(font)
    if not os.path.isfile(path):  # noqa: PTH113 (Path.is_file raises where a name is too long)
        raise SourceNotFound(f"font: expected a font file, got none at {path!r}")
    if fonts.load_font(path, 24) is None:
        raise InvalidOption(
            f"font: expected a font that can be drawn in every size (.ttf, .otf, .ttc), got "
            f"{path!r}"
        )
    return path

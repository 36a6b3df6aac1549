"""Fonts made by script: every letter is a full square, as wide as it is high."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


def make_font(path: Path, letters: Iterable[str], *, blank: bool = False) -> Path:
    """A font with these letters, drawn as squares, or not at all where it is ``blank``."""
    codes = {ord(letter): f"u{ord(letter):04X}" for letter in letters}
    names = [".notdef", *codes.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(codes)
    square, bar = _box(0, 700), _box(0, 100)
    nothing = TTGlyphPen(None).glyph()
    builder.setupGlyf(dict.fromkeys(names, nothing if blank else square) | {".notdef": bar})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)
    return path


def _box(bottom: int, top: int):
    pen = TTGlyphPen(None)
    pen.moveTo((0, bottom))
    for corner in ((0, top), (1000, top), (1000, bottom)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()

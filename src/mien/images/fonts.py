"""The fonts of this machine, and which of them has a letter.

The font that ships with Pillow (Aileron) comes first, so that pictures look the same on every
machine wherever its letters do, little more than ASCII; then those that systems usually have, then
all others in the folders where each system keeps its fonts.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from mien.images.coverage import claims

if TYPE_CHECKING:
    from PIL import ImageFont

    Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

BUNDLED: Final = ""
_PREFERRED: Final = (
    *("dejavusans", "notosans-regular", "liberationsans-regular", "segoeui", "arial"),
    *("arial unicode", "helvetica", "notosanscjk-regular", "msyh", "malgun", "pingfang"),
    *("hiragino sans gb", "notosansdevanagari-regular", "notosansarabic-regular", "nirmala"),
)
_FANCY: Final = (
    *("bold", "italic", "oblique", "black", "light", "thin", "medium", "condensed", "mono"),
    *("serif", "display", "looped"),
)
_SUFFIXES: Final = frozenset((".ttf", ".otf", ".ttc", ".otc"))
_MOST_FONTS: Final = 4000
_UNASSIGNED: Final = "\U0010fffd"
_PROBED_SIZE: Final = 24


def load_font(font: str, size: int) -> Font | None:
    """A font at a size in pixels; None where it is none, or cannot be drawn in any size.

    Args:
        font: the path of its file, or ``BUNDLED``.
        size: of its letters, pixels.
    """
    return _loaded(font, size, shapes=can_shape())


@lru_cache(maxsize=1)
def can_shape() -> bool:
    """Whether letters can be joined and written from right to left: Pillow has Raqm for it."""
    from PIL import features

    return bool(features.check("raqm"))


def needs_shaping(text: str) -> bool:
    """Whether the text is more than its letters side by side: right to left, joined, or marked."""
    return any(
        unicodedata.bidirectional(letter) in ("R", "AL")
        or unicodedata.category(letter) in ("Mn", "Mc")
        or letter in "\u200c\u200d"
        for letter in text
    )


@lru_cache(maxsize=4096)
def find_font(letter: str, fonts: tuple[str, ...]) -> str | None:
    """The first of the fonts that has a letter, or None."""
    return next((font for font in fonts if has_letter(font, letter)), None)


@lru_cache(maxsize=65_536)
def has_letter(font: str, letter: str) -> bool:
    """Whether a font draws a letter, otherwise than one that no font has."""
    if letter == " " or _is_invisible(letter):
        return True
    if Path(font).suffix.lower() in _SUFFIXES and not claims(font, letter):
        return False
    probed = _loaded(font, _PROBED_SIZE, shapes=False)
    if probed is None:
        return False
    try:
        mask = probed.getmask(letter)
    except OSError:  # a font of coloured pictures, for one
        return False
    return mask.getbbox() is not None and bytes(mask) != _missing_letter(font)


def machine_fonts() -> tuple[str, ...]:
    """The paths of this machine's fonts, the plain ones of those that are usual first."""
    return _fonts_in(tuple(font_folders()))


def font_folders() -> list[Path]:
    """Where this system keeps fonts; those folders need not exist."""
    home = Path.home()
    if sys.platform == "win32":
        windows = Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")
        local = os.environ.get("LOCALAPPDATA")
        return [windows, *([Path(local, "Microsoft/Windows/Fonts")] if local else [])]
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    own = os.environ.get("XDG_DATA_HOME") or home / ".local/share"
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [*(Path(place, "fonts") for place in (own, *shared.split(":"))), home / ".fonts"]


@lru_cache(maxsize=8)
def _fonts_in(folders: tuple[Path, ...]) -> tuple[str, ...]:
    found = {
        Path(parent, name)
        for folder in folders
        for parent, _, names in os.walk(folder)
        for name in names
        # macOS's LastResort draws a box of its kind for each letter that there is.
        if Path(name).suffix.lower() in _SUFFIXES and not name.lower().startswith("lastresort")
    }
    return tuple(str(path) for path in sorted(found, key=_plainness))[:_MOST_FONTS]


def _plainness(path: Path) -> tuple[int, int, str]:
    stem = path.stem.lower()
    rank = _PREFERRED.index(stem) if stem in _PREFERRED else len(_PREFERRED)
    return rank, sum(word in stem for word in _FANCY), str(path)


@lru_cache(maxsize=128)
def _loaded(font: str, size: int, *, shapes: bool) -> Font | None:
    from PIL import ImageFont

    if font == BUNDLED:
        return ImageFont.load_default(size)
    engine = ImageFont.Layout.RAQM if shapes else ImageFont.Layout.BASIC
    try:
        return ImageFont.truetype(font, size, layout_engine=engine)
    except OSError:
        return None


@lru_cache(maxsize=8192)
def _missing_letter(font: str) -> bytes:
    probed = _loaded(font, _PROBED_SIZE, shapes=False)
    return b"" if probed is None else bytes(probed.getmask(_UNASSIGNED))


def _is_invisible(letter: str) -> bool:
    """Joiners and variation selectors: they change their neighbours, and are not drawn."""
    return letter in "\u200c\u200d" or "\ufe00" <= letter <= "\ufe0f"

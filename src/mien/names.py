"""The one identity rule for people's names.

A name is normalised to NFC, trimmed, and runs of white space become one space.
Two names are the same person if they are equal after Unicode case folding and
after dropping the two invisible joiners. The spelling that came first is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from mien.errors import InvalidName

MAXIMUM_LENGTH = 200
YALE_CONDITIONS = (
    *("centerlight", "glasses", "happy", "leftlight", "noglasses", "normal"),
    *("rightlight", "sad", "sleepy", "surprised", "wink"),
)
"""What stands behind a point in the names of the Yale face database's photos, be it as suffix."""

# Persian and several Indic scripts cannot be written without these two.
_JOINERS = frozenset("\u200c\u200d")
_DRIVE = re.compile(r"[A-Za-z]:")
_UNQUOTE_ROUNDS = 4

# What Windows, macOS, GNOME and browsers write, in English and in the languages whose word for
# a copy can be no surname; "copia" is taken only behind a hyphen or in brackets.
_COPY = r"copy|kopie|copie"
_NUMBER_OR_COPY = re.compile(
    rf"""_\d+$
    | (?<=.)\.(?:{"|".join(YALE_CONDITIONS)})$
    | \s*\(\d{{1,3}}\)$
    | [\s_-]+(?:{_COPY})(?:\s\d{{1,3}})?$
    | \s*(?:\s-\s|\()(?:another\s|\d+(?:st|nd|rd|th)\s)?(?:{_COPY}|c[oó]pia)(?:\s\d+)?\)?$""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBERED = re.compile(r"(.*[^\d\s._-])[\s._-]?\d+")
_COPY_OF = re.compile(r"^copy\s(?:\(\d+\)\s)?of\s+", re.IGNORECASE)


def clean_name(name: Any) -> str:
    """The name as it is stored and shown.

    Refused: an empty name, control, bidirectional and other invisible characters,
    lone surrogates, more than 200 characters, and whatever a file system would read
    as a path or a program as an option, because names become file names: ``/`` and
    ``\\``, a leading ``.`` or ``-``, a drive letter, also when percent-encoded.

    Raises:
        InvalidName: if it is refused.
    """
    if not isinstance(name, str):
        raise InvalidName(f"name: expected text, got {type(name).__name__}")
    if len(name) > 4 * MAXIMUM_LENGTH:
        raise _too_long(len(name))
    _refuse_characters(name)
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not cleaned.strip("".join(_JOINERS) + " "):
        raise InvalidName("name: expected at least one visible character, got an empty name")
    if len(cleaned) > MAXIMUM_LENGTH:
        raise _too_long(len(cleaned))
    _refuse_paths(cleaned)
    return cleaned


def name_key(name: str) -> str:
    """What two spellings of one person's name have in common.

    Canonical caseless matching (Unicode Standard, 3.13, D145), then NFC.

    Raises:
        InvalidName: as `clean_name`.
    """
    text = "".join(character for character in clean_name(name) if character not in _JOINERS)
    folded = unicodedata.normalize("NFD", text).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def person_key(text: str) -> str:
    """As `name_key`, for labels of somebody else's: what is no name is its own key."""
    try:
        return name_key(text)
    except InvalidName:
        return text


def one_spelling(names: Iterable[str]) -> list[str]:
    """Each name as the first of the same person was spelled; what is no name stays as it is."""
    first: dict[str, str] = {}
    spelled: dict[str, str] = {}
    every = list(names)
    for name in dict.fromkeys(every):
        try:
            spelled[name] = first.setdefault(name_key(name), clean_name(name))
        except InvalidName:
            spelled[name] = name
    return [spelled[name] for name in every]


def name_from_file(stem: str) -> str:
    """The person's name in the name of a photo, without its suffix.

    Left out, at the end: the photo's number after an underscore (``ada_2``), a condition of the
    Yale face database after a point (``subject01.happy``), and what systems add to a copy
    (``ada (2)``, ``ada copy 3``, ``ada - Copy (3)``, ``ada (another copy)``); in front ``Copy of``.
    Any other number belongs to the name: ``Louis 14``, ``subject-7``.
    """
    before, name = "", unicodedata.normalize("NFC", stem)
    while before != name:
        before, name = name, _NUMBER_OR_COPY.sub("", _COPY_OF.sub("", name))
    return name


def numbered_twins(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names that are another of them with a number: ``("ada", "ada-2")``, perhaps one person."""
    people = {person_key(name): name for name in one_spelling(names)}
    found = ((_NUMBERED.fullmatch(key), name) for key, name in people.items())
    return [(people[base[1]], name) for base, name in found if base and base[1] in people]


def _too_long(length: int) -> InvalidName:
    return InvalidName(f"name: expected at most {MAXIMUM_LENGTH} characters, got {length:,}")


def _refuse_characters(name: str) -> None:
    for character in name:
        category = unicodedata.category(character)
        # Cf holds the bidirectional controls, zero-width space, byte order mark, tags.
        hidden = category == "Cf" and character not in _JOINERS
        if hidden or category in ("Cc", "Cs", "Zl", "Zp"):
            code = f"U+{ord(character):04X}"
            raise InvalidName(
                f"name: expected visible characters, got {code} in {name[:40]!a}; leave it out"
            )


def _refuse_paths(name: str) -> None:
    decoded = name
    for _ in range(_UNQUOTE_ROUNDS):  # %252e is %2e is a dot
        _refuse_path(decoded, name)
        following = unquote(decoded, errors="replace")
        if following == decoded:
            return
        decoded = following.strip()
    raise InvalidName(f"name: expected plain text, got nested percent-encoding in {name!r}")


def _refuse_path(text: str, name: str) -> None:
    path_like = "/" in text or "\\" in text or text.startswith(".") or _DRIVE.match(text)
    if path_like or "\0" in text:
        raise InvalidName(
            f"name: expected a name, got what reads as a path: {name!r}; "
            "leave out / \\ and a leading dot or drive letter"
        )
    if text.startswith("-"):
        raise InvalidName(
            f"name: expected a name, got what reads as an option: {name!r}; "
            "leave out the leading hyphen"
        )

"""Text that came from outside, made harmless for a terminal, and records made into JSON lines."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

# Persian and several Indic scripts cannot be written without these two.
_JOINERS = frozenset("\u200c\u200d")

# What JSON allows raw, but a terminal obeys, a reader of lines takes for the end of one, or
# UTF-8 cannot hold: C1 controls, line and paragraph separators, direction marks, surrogates.
_ESCAPED_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def shown(text: str) -> str:
    """One line in which every control, direction mark and lone surrogate is written as an escape.

    >>> shown("a\\x1b[31m")
    'a\\\\x1b[31m'
    """
    return "".join(
        letter if letter.isprintable() or letter in _JOINERS else ascii(letter)[1:-1]
        for letter in text
    )


def json_line(record: Mapping[str, Any]) -> str:
    """The record as one line of JSON; a number that is not finite becomes null."""
    text = json.dumps(_finite(record), ensure_ascii=False, allow_nan=False)
    return _ESCAPED_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def width_of(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(
        0
        if unicodedata.combining(letter) or letter in _JOINERS
        else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, ``width`` columns in all."""
    return text + " " * max(0, width - width_of(text))


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: ``1 face``, ``1,000 faces``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(item) for item in value]
    return value

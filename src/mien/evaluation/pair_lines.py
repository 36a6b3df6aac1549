"""What a list of pairs, or of labels, is made of: lines and whole numbers.

Every refusal names the file and the line.
"""

from __future__ import annotations

from pathlib import Path

from mien.errors import InvalidPairs
from mien.evaluation.listings import read_text


def read_lines(source: Path) -> list[str]:
    """The lines of a list, without their ends; one end of line may close the last of them.

    Raises:
        SourceNotFound: no such file.
        InvalidPairs: no text, too large, or a blank line.
    """
    text = read_text(source, "list of pairs", InvalidPairs)
    lines = text.removesuffix("\n").split("\n") if text else []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            raise InvalidPairs(
                f"{source}, line {number}: expected a line of the list, got a blank one; remove it"
            )
    return lines


def whole_number(word: str, source: Path, line: int, low: int = 1) -> int:
    """A whole number of at most nine digits.

    Raises:
        InvalidPairs: anything else.
    """
    digits = word.strip()
    # isdecimal alone would take other scripts' digits, int alone underscores and signs.
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9 or int(digits) < low:
        raise InvalidPairs(
            f"{source}, line {line}: expected a whole number of at least {low}, got {word[:40]!r}"
        )
    return int(digits)

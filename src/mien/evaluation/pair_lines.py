"""What a list of pairs, or of labels, is made of: text, whole numbers, paths of photos that exist.

Every refusal names the file and the line.
"""

from __future__ import annotations

from pathlib import Path

from mien.errors import InvalidPairs, SourceNotFound

MAXIMUM_BYTES = 256 * 1024 * 1024


def read_lines(source: Path) -> list[str]:
    """The lines of a list, without their ends; one end of line may close the last of them.

    Raises:
        SourceNotFound: no such file.
        InvalidPairs: not UTF-8, too large, a blank line, or line ends other than a line feed.
    """
    text = _text(source)
    lines = text.removesuffix("\n").split("\n") if text else []
    for number, line in enumerate(lines, start=1):
        if "\r" in line:
            raise InvalidPairs(
                f"{source}, line {number}: expected lines that end with a line feed, got a "
                "carriage return (Windows line ends, CRLF); mend it with: dos2unix FILE"
            )
        if not line.strip():
            raise InvalidPairs(
                f"{source}, line {number}: expected a line of the list, got a blank one; remove it"
            )
    return lines


def check_path(path: str, folder: Path | None, source: Path, line: int) -> None:
    """A path inside the folder of images; with a folder, that of a photo that is there.

    Raises:
        InvalidPairs: it leaves the folder, or there is no such person or photo.
    """
    parts = path.split("/")
    hostile = "\\" in path or "\0" in path or ":" in parts[0] or ".." in parts
    if hostile or path.startswith("/") or not path.strip():
        raise InvalidPairs(
            f"{source}, line {line}: expected a path inside the folder of images, got "
            f"{path[:100]!r}"
        )
    if folder is None:
        return
    photo = folder / path
    try:
        there, person_there = photo.is_file(), photo.parent.is_dir()
    except OSError as error:  # a part longer than the file system allows
        raise InvalidPairs(
            f"{source}, line {line}: expected a photo, got {path[:100]!r}: {error.strerror}"
        ) from error
    if not person_there:
        raise InvalidPairs(
            f"{source}, line {line}: expected a photo at {photo}, got no such person: there is no "
            f"folder {photo.parent}; check the name and --images"
        )
    if not there:
        raise InvalidPairs(
            f"{source}, line {line}: expected a photo at {photo}, got no such photo in its folder; "
            "check the number and --images"
        )


def _text(source: Path) -> str:
    try:
        with source.open("rb") as stream:
            data = stream.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise SourceNotFound(
            f"{source}: expected a readable list of pairs, got: {error}"
        ) from error
    if len(data) > MAXIMUM_BYTES:
        raise InvalidPairs(f"{source}: expected at most {MAXIMUM_BYTES >> 20} MB, got more")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidPairs(
            f"{source}, line {line}: expected UTF-8 text, got the byte {data[error.start]:#04x}; "
            "save the list as UTF-8"
        ) from error


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

"""What a user names as a video: a file, a camera's number, an address, or a sequence of photos."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from mien.images.folders import PHOTO_SUFFIXES

VIDEO_SUFFIXES: Final = frozenset(
    (
        *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv"),
        *(".3gp", ".3g2", ".ts", ".mts", ".m2ts", ".ogv", ".mjpeg", ".mjpg", ".mxf", ".vob"),
        *(".asf", ".ivf", ".m2v"),
    )
)
STREAM_SCHEMES: Final = frozenset(("http", "https", "rtsp", "rtsps", "rtp", "udp", "tcp"))
_NUMBERED = re.compile(r"%(?:0?[1-9])?d")
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


class SourceKind(StrEnum):
    """Where frames come from."""

    FILE = "file"
    CAMERA = "camera"
    ADDRESS = "address"
    SEQUENCE = "sequence"


def is_video(text: str) -> bool:
    """Whether a text names a video: by its suffix, its scheme, or as a camera's number.

    A file or folder that really has the name of a number is not taken for a camera. A folder
    of photos is no video by its name, though ``open_video`` reads one on request. Nor is the
    address of a file that has a photo's name.
    """
    kind = kind_of(text)
    if kind is SourceKind.ADDRESS:
        return Path(text.partition("?")[0]).suffix.lower() not in PHOTO_SUFFIXES
    if kind is SourceKind.FILE:
        return Path(text).suffix.lower() in VIDEO_SUFFIXES
    return kind is not SourceKind.SEQUENCE or _NUMBERED.search(text) is not None


def kind_of(source: str | os.PathLike[str] | int) -> SourceKind:
    """What ``open_video`` takes a source for."""
    if isinstance(source, int):
        return SourceKind.CAMERA
    text = os.fspath(source)
    if _ADDRESS.match(text):
        return SourceKind.ADDRESS
    if os.path.isdir(text):  # noqa: PTH112 (Path.is_dir raises where a name is too long)
        return SourceKind.SEQUENCE
    if os.path.lexists(text):
        return SourceKind.FILE
    if isinstance(source, str) and text.isascii() and text.isdecimal():
        return SourceKind.CAMERA
    if _NUMBERED.search(Path(text).name):
        return SourceKind.SEQUENCE
    return SourceKind.FILE


def scheme_of(address: str) -> str:
    """The scheme of an address, in small letters."""
    found = _ADDRESS.match(address)
    return found[1].lower() if found else ""


def shown_source(source: str | os.PathLike[str] | int) -> str:
    """How a source is called in answers: as it was named, but without a password."""
    text = str(source) if isinstance(source, int) else os.fspath(source)
    if kind_of(source) is not SourceKind.ADDRESS or "@" not in text:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:  # no sound address; what opens it will say so
        return text.split("://", 1)[0] + "://..." + text[text.rindex("@") :]
    user, _, host = parts.netloc.rpartition("@")
    hidden = f"{user.partition(':')[0]}:***@" if user else ""
    return urlunsplit(parts._replace(netloc=hidden + host))


def numbered_photos(pattern: str) -> list[Path]:
    """The photos that a pattern such as ``frame_%04d.jpg`` means, in the order of their numbers."""
    path = Path(pattern)
    found = _NUMBERED.search(path.name)
    if found is None or not path.parent.is_dir():
        return []
    before, after = path.name[: found.start()], path.name[found.end() :]
    wanted = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
    numbered = [
        (int(match[1]), one)
        for one in path.parent.iterdir()
        if (match := wanted.fullmatch(one.name)) and one.is_file()
    ]
    return [one for _, one in sorted(numbered)]

"""From a path or an open file to bytes: only regular files, and never more than the limit."""

from __future__ import annotations

import inspect
import io
import os
import re
import stat
from typing import Any, Final

from mien.errors import MienError, SourceNotFound, UnsupportedImage
from mien.images.limits import Limits
from mien.images.signature import recognise

# Path("http://host/a.jpg") holds one slash less.
_ADDRESS: Final = re.compile(r"([a-z][a-z0-9+.-]+):/", re.IGNORECASE)


def read_path(path: str | os.PathLike[Any], limits: Limits) -> bytes:
    """All bytes of a regular file.

    Raises:
        SourceNotFound: no such file, a folder, a pipe or device, or no permission.
        ImageTooLarge: more than ``limits.max_bytes``.
    """
    name = os.fsdecode(path)
    # Without O_NONBLOCK the opening of a named pipe waits for its writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(name, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SourceNotFound(
                    f"expected a photo at {shown(name)}, got {_sort(status.st_mode)}"
                )
            limits.check_bytes(status.st_size)
            return _read_bounded(file, limits)
    except SourceNotFound:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL or a lone surrogate in the name
        raise SourceNotFound(
            f"expected a photo at {shown(name)}, got: {_reason(error)}{_cure(name)}"
        ) from error


def read_file_object(file: Any, limits: Limits) -> bytes:
    """All bytes of an open binary file from where it stands; from its start if that is its end.

    Raises:
        SourceNotFound: it cannot be read, is closed, or is at its end and cannot be rewound.
        UnsupportedImage: it was opened as text or is asynchronous, or no picture begins where it
            stands.
        ImageTooLarge: more than ``limits.max_bytes``.
    """
    if isinstance(file, io.TextIOBase):
        raise _text("text")
    if inspect.iscoroutinefunction(file.read):
        raise asynchronous(file)
    try:
        stood = _position(file)
        data = _read_bounded(file, limits)
        if not data:  # read before, or just written
            _rewind(file)
            return _read_bounded(file, limits)
    except UnicodeDecodeError as error:
        raise _text("text") from error
    except Exception as error:  # of others' files: archives, uploads, connections
        if isinstance(error, (MienError, MemoryError)):
            raise
        raise SourceNotFound(
            f"expected a readable file, got: {_reason(error)}; pass its bytes"
        ) from error
    if stood:
        _check_begins(data, stood)
    return data


def asynchronous(source: Any, awaitable: Any = None) -> UnsupportedImage:
    """The error for what must be awaited, which nothing here can do.

    Args:
        source: what was given as a photo.
        awaitable: what it or its ``read`` gave, closed here: else Python warns that nobody
            awaited it.
    """
    close = getattr(awaitable, "close", None)
    if callable(close):
        close()
    if awaitable is source:
        cure = "await it, and pass what it gives"
    elif callable(getattr(getattr(source, "file", None), "read", None)):
        cure = "pass its bytes, `await upload.read()`, or `upload.file`"
    else:
        cure = "pass its bytes, `await file.read()`"
    return UnsupportedImage(
        f"expected a photo, got an asynchronous {type(source).__name__}; {cure}"
    )


def shown(name: str) -> str:
    """A path for a message: quoted, escaped where a terminal could not show it, and not endless."""
    return repr(name if len(name) <= 200 else f"{name[:197]}...")


def address_cure(name: str) -> str:
    """What to do where a photo's name is an address, behind a semicolon; empty where it is none."""
    scheme = _ADDRESS.match(name)
    if scheme is None:
        return ""
    if scheme[1].lower() == "file":
        return "; give the path alone"
    return "; mien does not fetch photos: download it and give the file (in Python, or its bytes)"


def _position(file: Any) -> int:
    """Where it stands, bytes; 0 where it cannot say."""
    try:
        return int(file.tell())
    except (OSError, ValueError, TypeError, AttributeError):  # connections and the like
        return 0


def _rewind(file: Any) -> None:
    try:
        file.seek(0)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise SourceNotFound(
            "expected a file with a photo left to read, got one that is at its end and cannot be "
            "rewound; open it again, or pass its bytes"
        ) from error


def _check_begins(data: bytes, stood: int) -> None:
    """Say where the file stood if no picture begins there: others may have read a part of it."""
    try:
        recognise(data)
    except UnsupportedImage as error:
        raise UnsupportedImage(
            f"{error}; the file stood at byte {stood:,}, call its seek(0) first"
        ) from error


def _text(given: str) -> UnsupportedImage:
    return UnsupportedImage(
        f"expected a file opened for bytes, its read gives {given}; open it with mode 'rb'"
    )


def _read_bounded(file: Any, limits: Limits) -> bytes:
    pieces = []
    left = limits.max_bytes + 1
    while left > 0:
        piece = file.read(min(left, 2**24))
        if inspect.isawaitable(piece):
            raise asynchronous(file, piece)
        if not isinstance(piece, (bytes, bytearray, memoryview)):
            raise _text(type(piece).__name__)
        if not piece:
            break
        pieces.append(bytes(piece))
        left -= len(pieces[-1])
    limits.check_bytes(limits.max_bytes + 1 - left)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _sort(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder; name a photo in it"
    return "a pipe or a device; copy it into a file"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _cure(name: str) -> str:
    if name.startswith("data:"):
        return "; base64 text is read with mien.images.from_base64(text)"
    return address_cure(name)

"""From a path or an open file to bytes: only regular files, and never more than the limit."""

from __future__ import annotations

import os
import stat
from typing import Any, BinaryIO

from mien.errors import SourceNotFound, UnsupportedImage
from mien.images.limits import Limits


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


def read_file_object(file: BinaryIO, limits: Limits) -> bytes:
    """All bytes of an open binary file from where it stands.

    Raises:
        SourceNotFound: it cannot be read, or is closed.
        UnsupportedImage: it was opened as text.
        ImageTooLarge: more than ``limits.max_bytes``.
    """
    try:
        return _read_bounded(file, limits)
    except (OSError, ValueError) as error:
        raise SourceNotFound(f"expected a readable file, got: {_reason(error)}") from error


def shown(name: str) -> str:
    """A path for a message: quoted, escaped where a terminal could not show it, and not endless."""
    return repr(name if len(name) <= 200 else f"{name[:197]}...")


def _read_bounded(file: BinaryIO, limits: Limits) -> bytes:
    pieces = []
    left = limits.max_bytes + 1
    while left > 0:
        piece = file.read(min(left, 2**24))
        if not isinstance(piece, bytes):
            raise UnsupportedImage(
                f"expected a file opened for bytes, its read gave {type(piece).__name__}; "
                "open it with mode 'rb'"
            )
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
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
    if "://" in name[:10]:
        return "; fetch it first, addresses are not opened"
    return ""

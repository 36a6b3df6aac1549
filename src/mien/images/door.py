"""What a photo may come as, and how it is kept while its owner goes on.

A generator may fill one array or one file again and again: what is to be looked at later is read,
or copied, when it is handed over.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from mien.errors import InvalidArray, InvalidOption, UnsupportedImage
from mien.images.arrays import from_array
from mien.images.limits import DEFAULT_LIMITS, Limits
from mien.images.pil_image import from_pil, is_pil
from mien.images.reading import asynchronous, read_file_object, read_path
from mien.records import ImageArray

if TYPE_CHECKING:
    from PIL.Image import Image


class SupportsRead(Protocol):
    """An open binary file, an upload, a connection."""

    def read(self, size: int = ..., /) -> bytes: ...


class SupportsArray(Protocol):
    """What numpy makes an array of, such as a tensor."""

    def __array__(self) -> NDArray[Any]: ...


ImageSource: TypeAlias = (
    "str | os.PathLike[Any] | bytes | bytearray | memoryview | SupportsRead | SupportsArray | Image"
)


def is_path(source: Any) -> TypeGuard[str | os.PathLike[Any]]:
    """Whether a photo is named, and not given."""
    return isinstance(source, (str, os.PathLike))


def source_name(source: Any) -> str:
    """How a photo is called in answers: its path, its file's name, or what it is."""
    if is_path(source):
        return os.fsdecode(source)
    named = (getattr(source, attribute, None) for attribute in ("name", "filename"))
    text = next((name for name in named if isinstance(name, (str, bytes)) and name), None)
    return f"<{type(source).__name__}>" if text is None else os.fsdecode(text)


def file_name(source: Any) -> str | None:
    """What a photo's file is called, without its folder; None for what is no path."""
    return Path(os.fsdecode(source)).name if is_path(source) else None


def hold(source: ImageSource, limits: Limits = DEFAULT_LIMITS) -> bytes | ImageArray:
    """A photo as it is now, whatever becomes of what it came in.

    Args:
        source: as of ``read_image``.
        limits: what is accepted.

    Returns:
        A file's content; or ``(H, W, 3) uint8`` pixels, RGB, upright, that nobody else has.

    Raises:
        ImageError, SourceNotFound, InvalidArray: as ``read_image``, but a file's content is not
            looked at.
    """
    held = opened(source, limits)
    if isinstance(held, np.ndarray) and not is_pil(source):
        mine = not np.may_share_memory(held, np.asarray(source))
        return held if mine else held.copy()
    return held


def opened(source: Any, limits: Limits) -> bytes | ImageArray:
    """As ``hold``, but the pixels may be the caller's own array."""
    if isinstance(source, bytes):
        return source
    if isinstance(source, (bytearray, memoryview)):
        return _content(source, limits)
    if is_path(source):
        return read_path(source, limits)
    if isinstance(source, np.ndarray):
        return from_array(source, limits)
    if is_pil(source):
        return from_pil(source, limits)
    if callable(getattr(source, "read", None)):
        return read_file_object(source, limits)
    if hasattr(type(source), "__array__"):
        return from_array(_as_array(source), limits)
    if inspect.isawaitable(source):
        raise asynchronous(source, source)
    cure = ""
    if isinstance(source, (list, tuple, set, dict)):
        cure = "; pass one photo at a time, or several to a function for many"
    elif callable(getattr(getattr(source, "file", None), "read", None)):
        cure = "; pass its .file"
    raise UnsupportedImage(
        "expected a path, bytes, a binary file, a PIL image or a numpy array, got "
        f"{type(source).__name__}{cure}"
    )


def is_photo(given: Any) -> bool:
    """Whether it is one photo, usable or not, and no collection of them."""
    if isinstance(given, (bytes, bytearray, memoryview)) or is_path(given) or is_pil(given):
        return True
    if hasattr(type(given), "__array__"):
        dimensions = len(getattr(given, "shape", ()))
        letters = getattr(getattr(given, "dtype", None), "kind", "O") in "OSUT"
        return dimensions < 4 and not (dimensions == 1 and letters)
    return callable(getattr(given, "read", None)) or inspect.isawaitable(given)


def photos_of(photos: Any, name: str = "photos") -> Iterable[Any]:
    """Several photos, of which one alone is taken for one and not for its letters or rows.

    An array ``(N, H, W, C)`` is N photos, and one of texts or objects is as many as it has.

    Raises:
        InvalidOption: neither a photo nor anything that gives some.
    """
    if is_photo(photos):
        return [photos]
    if any(hasattr(type(photos), way) for way in ("__iter__", "__getitem__")):
        several: Iterable[Any] = photos
        return several
    cure = ""
    if hasattr(photos, "__aiter__"):
        cure = "; collect them first: [one async for one in ...]"
    raise InvalidOption(f"{name}: expected photos, got {type(photos).__name__}{cure}")


def _content(buffer: bytearray | memoryview, limits: Limits) -> bytes:
    try:
        limits.check_bytes(memoryview(buffer).nbytes)
        return bytes(buffer)
    except ValueError as error:  # a view that was released
        raise UnsupportedImage(f"expected a file's content, got: {error}; pass bytes") from error


def _as_array(source: Any) -> NDArray[Any]:
    try:
        return np.asarray(source)
    except Exception as error:  # such as of tensors on another device, or that want a gradient
        if isinstance(error, MemoryError):
            raise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InvalidArray(
            f"image: expected an array in memory, got a {type(source).__name__}: {reason}"
        ) from error

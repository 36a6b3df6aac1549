"""Many photos through one function: read, in small batches, several batches at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mien.errors import InputError
from mien.parallel import ordered_map
from mien.records import ImageArray, Photo, PhotoFailure

Found = TypeVar("Found")
Note = TypeVar("Note")

BATCH_PHOTOS = 8  # more at once is not faster
BATCH_PIXELS = 2_000_000


class ReadPhoto(Protocol):
    """A photo that was read: its pixels, and what they are to its file; see ``mien.images``."""

    @property
    def pixels(self) -> ImageArray: ...
    @property
    def size_wh(self) -> tuple[int, int]: ...
    @property
    def shrunk(self) -> int: ...


def look_at_photos(
    sources: Iterable[Any],
    read: Callable[[Any], ReadPhoto],
    look: Callable[[Sequence[ImageArray]], Sequence[Found]],
    workers: int,
    note: Callable[[ImageArray], Note] | None = None,
) -> Iterator[tuple[Photo | PhotoFailure, Note | None, Any]]:
    """Read each source and look at its picture; answers come in the order of the sources.

    Args:
        sources: whatever ``read`` understands.
        read: raises ``InputError`` for a source that cannot be used: it becomes a row.
        look: pictures to what is found in each.
        workers: threads, each with a batch of its own.
        note: something to take from each picture while it is there.

    Yields:
        ``(photo, note, found)``, or ``(failure, None, None)``.
    """

    def work(batch: Sequence[Any]) -> list[tuple[Photo | PhotoFailure, Note | None, Any]]:
        return [answer for part in _read_parts(batch, read) for answer in answers(part)]

    def answers(
        part: list[tuple[Any, ReadPhoto | InputError]],
    ) -> Iterator[tuple[Photo | PhotoFailure, Note | None, Any]]:
        found = iter(look([one.pixels for _, one in part if not isinstance(one, InputError)]))
        for source, one in part:
            if isinstance(one, InputError):
                yield PhotoFailure(source_name(source), one), None, None
            else:
                photo = Photo(source_name(source), *one.size_wh, one.shrunk)
                yield photo, None if note is None else note(one.pixels), next(found)

    for answered in ordered_map(work, _batches(sources), workers):
        yield from answered


def source_name(source: Any) -> str:
    """How a source is called in answers: its path, or what it is."""
    if isinstance(source, (str, os.PathLike)):
        return os.fsdecode(source)
    return str(getattr(source, "name", f"<{type(source).__name__}>"))


def file_name(source: Any) -> str | None:
    """What a photo's file is called, without its folder; None for what is no path."""
    return Path(os.fsdecode(source)).name if isinstance(source, (str, os.PathLike)) else None


def _batches(sources: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(sources)
    while batch := list(islice(remaining, BATCH_PHOTOS)):
        yield batch


def _read_parts(
    batch: Sequence[Any], read: Callable[[Any], ReadPhoto]
) -> Iterator[list[tuple[Any, ReadPhoto | InputError]]]:
    """Read the photos of a batch; large ones are handed on before the next is read."""
    part: list[tuple[Any, ReadPhoto | InputError]] = []
    pixels = 0
    for source in batch:
        try:
            photo = read(source)
        except InputError as error:
            part.append((source, error))
            continue
        part.append((source, photo))
        pixels += photo.pixels.shape[0] * photo.pixels.shape[1]
        if pixels >= BATCH_PIXELS:
            yield part
            part.clear()  # whoever took it still has the list
            del photo  # pixels must not wait until the next are read
            pixels = 0
    if part:
        yield part

"""A recognizer that asks the file first."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mien.encodings.cache import EncodingCache
from mien.images import is_path
from mien.pipeline import EncodedPhoto, Recognizer
from mien.records import PhotoFailure
from mien.streaming import Held, stream

KEPT_AT_ONCE = 256  # new encodings in one transaction


@dataclass(frozen=True, slots=True, eq=False)
class _Asked(Held):
    """A photo with what is known of it; ``digest`` is None where it is not to be kept."""

    digest: bytes | None = None
    known: EncodedPhoto | None = None


class CachedRecognizer:
    """Encodes photos as its recognizer does, but each only once.

    Only photos given as paths are kept, and no failures. What is answered from the file is what
    was computed then, to the last bit.

    Args:
        recognizer: encodes what is not in the file.
        cache: the open file.
        key: see `encoding_key`.

    Attributes:
        hits, misses: photos answered from the file, and those that were not.
    """

    def __init__(self, recognizer: Recognizer, cache: EncodingCache, key: bytes) -> None:
        self.recognizer = recognizer
        self.cache = cache
        self.key = key
        self.hits = 0
        self.misses = 0

    def encode_photos(self, sources: Any) -> Iterator[EncodedPhoto | PhotoFailure]:
        """See `Recognizer.encode_photos`; what is new is written now and then, also at an end.

        Raises:
            InvalidCache: a row of the file is damaged.
            OutputUnwritable: the file cannot be written.
        """
        new: list[tuple[bytes, EncodedPhoto]] = []
        try:
            for asked, answer in stream(
                sources, self._answered, self.recognizer.workers, self._ask
            ):
                self.hits += asked.known is not None
                self.misses += asked.known is None
                if asked.known is None and asked.digest and isinstance(answer, EncodedPhoto):
                    new.append((asked.digest, answer))
                if len(new) == KEPT_AT_ONCE:
                    self.cache.keep(self.key, new)
                    new = []
                yield answer
        finally:
            self.cache.keep(self.key, new)

    def _ask(self, source: Any, *, read: bool) -> _Asked:
        """The photo's content, read once, and what the file holds of it."""
        held = Held.of(source, read=True, limits=self.recognizer.reading)
        if not (is_path(source) and isinstance(held.content, bytes)):
            return _Asked(held.name, held.content)
        digest = hashlib.sha256(held.content).digest()
        dimensions = self.recognizer.embedder.space.dimensions
        known = self.cache.find(self.key, [digest], dimensions).get(digest)
        return _Asked(held.name, None if known else held.content, digest, known)

    def _answered(
        self, photos: Sequence[_Asked]
    ) -> list[tuple[_Asked, EncodedPhoto | PhotoFailure]]:
        new = iter(self.recognizer.encode_held([one for one in photos if one.known is None]))
        return [
            (
                replace(one, content=None),
                replace(one.known, photo=replace(one.known.photo, source=one.name))
                if one.known
                else next(new),
            )
            for one in photos
        ]


def file_digest(source: Any) -> bytes | None:
    """SHA-256 of a file's bytes; None where the source is no path of a file that can be read."""
    if not isinstance(source, (str, os.PathLike)):
        return None
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(source, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            return hashlib.file_digest(file, "sha256").digest()
    except (OSError, ValueError):
        return None  # the recognizer says what is wrong with it

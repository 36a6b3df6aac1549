"""A recognizer that asks the file first."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from mien.encodings.cache import EncodingCache
from mien.pipeline import EncodedPhoto, Recognizer
from mien.records import PhotoFailure
from mien.streaming import BATCH_PHOTOS, source_name

BLOCK = 32 * BATCH_PHOTOS  # photos looked up at once; whole batches, so that they stay the same


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

    def encode_photos(self, sources: Iterable[Any]) -> Iterator[EncodedPhoto | PhotoFailure]:
        """See `Recognizer.encode_photos`; what is new is written block by block, also at an end.

        Raises:
            InvalidCache: a row of the file is damaged.
            OutputUnwritable: the file cannot be written.
        """
        remaining = iter(sources)
        while block := [_Asked(one, file_digest(one)) for one in islice(remaining, BLOCK)]:
            yield from self._block(block)

    def _block(self, block: list[_Asked]) -> Iterator[EncodedPhoto | PhotoFailure]:
        digests = {one.digest for one in block if one.digest is not None}
        known = self.cache.find(self.key, digests, self.recognizer.embedder.space.dimensions)
        new = self.recognizer.encode_photos(
            one.source for one in block if one.digest is None or one.digest not in known
        )
        made: list[tuple[bytes, EncodedPhoto]] = []
        try:
            for one in block:
                kept = None if one.digest is None else known.get(one.digest)
                if kept is not None:
                    self.hits += 1
                    yield replace(kept, photo=replace(kept.photo, source=source_name(one.source)))
                    continue
                self.misses += 1
                answer = next(new)
                # The photo was read a second time: it counts only if it was the same one.
                if isinstance(answer, EncodedPhoto) and one.digest == file_digest(one.source):
                    made += [] if one.digest is None else [(one.digest, answer)]
                yield answer
        finally:
            self.cache.keep(self.key, made)


@dataclass(frozen=True, slots=True)
class _Asked:
    source: Any
    digest: bytes | None


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

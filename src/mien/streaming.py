"""Many photos through one function: held at the door, read, in small batches, several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from mien.errors import InputError
from mien.images import DEFAULT_LIMITS, Limits, ReadPhoto, hold, is_path, photos_of, source_name
from mien.parallel import Pace, ordered_map
from mien.records import ImageArray, Photo, PhotoFailure

Found = TypeVar("Found")
Note = TypeVar("Note")
Answer = TypeVar("Answer")

BATCH_PHOTOS = 8  # more at once is not faster
BATCH_PIXELS = 2_000_000
BATCH_BYTES = 3 * BATCH_PIXELS


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A photo that stays as it is: a path, a file's bytes or pixels; or why it cannot be used."""

    name: str
    content: Any

    @classmethod
    def of(cls, source: Any, *, read: bool, limits: Limits = DEFAULT_LIMITS) -> Held:
        """Take over a photo as it is now; if ``read``, what stands at a path too."""
        name = source_name(source)
        if is_path(source) and not read:
            return cls(name, source)
        try:
            return cls(name, hold(source, limits))
        except InputError as error:
            return cls(name, error)

    @property
    def size(self) -> int:
        """Bytes that are kept for it."""
        if isinstance(self.content, bytes):
            return len(self.content)
        return int(getattr(self.content, "nbytes", 0))


Photos = TypeVar("Photos", bound=Held)


def stream(
    sources: Any,
    work: Callable[[Sequence[Photos]], Sequence[Answer]],
    workers: int,
    take: Callable[..., Photos] = Held.of,  # type: ignore[assignment]
) -> Iterator[Answer]:
    """Put photos through ``work``; answers come in the order of the photos.

    What has a length, such as a list, is read ahead in batches. Anything else gives its photos
    one by one: it may fill the same array, or the same file, again with each, and may make one
    wait. So each is read at once, and none is asked for while an answer is due, unless they
    come faster than they are answered.

    Args:
        sources: photos, or one photo.
        work: from photos to an answer for each.
        workers: threads, each with a batch of its own.
        take: ``Held.of``, or something that knows more of each photo.

    Raises:
        InvalidOption: ``sources`` is neither a photo nor anything that gives some.
    """
    given = photos_of(sources)
    if isinstance(given, Sized):
        batches = _batches(take(source, read=False) for source in given)
        answers = ordered_map(work, batches, workers)
    else:
        pace = Pace()
        singles = pace.questions([take(source, read=True)] for source in given)
        answers = ordered_map(pace.work(work), singles, workers, pace.ahead)
    for batch in answers:
        yield from batch


def look_at_photos(
    sources: Any,
    read: Callable[[Any], ReadPhoto],
    look: Callable[[Sequence[ImageArray]], Sequence[Found]],
    workers: int,
    note: Callable[[ImageArray], Note] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[tuple[Photo | PhotoFailure, Note | None, Any]]:
    """Read each source, within its limits, and look at its picture; see ``stream``, ``look_at``."""
    work = partial(look_at, read=read, look=look, note=note)
    return stream(sources, work, workers, partial(Held.of, limits=limits))


def look_at(
    photos: Sequence[Held],
    read: Callable[[Any], ReadPhoto],
    look: Callable[[Sequence[ImageArray]], Sequence[Found]],
    note: Callable[[ImageArray], Note] | None = None,
) -> list[tuple[Photo | PhotoFailure, Note | None, Any]]:
    """Read a batch of photos and look at their pictures.

    Args:
        photos: as they were held at the door.
        read: from what was held to a picture; raises ``InputError`` for what cannot be used: it
            becomes a row.
        look: pictures to what is found in each.
        note: something to take from each picture while it is there.

    Returns:
        For each ``(photo, note, found)``, or ``(failure, None, None)``.
    """

    def answers(
        part: list[tuple[str, ReadPhoto | InputError]],
    ) -> Iterator[tuple[Photo | PhotoFailure, Note | None, Any]]:
        found = iter(look([one.pixels for _, one in part if not isinstance(one, InputError)]))
        for name, one in part:
            if isinstance(one, InputError):
                yield PhotoFailure(name, one), None, None
            else:
                photo = Photo(name, *one.size_wh, one.shrunk)
                yield photo, None if note is None else note(one.pixels), next(found)

    return [answer for part in _read_parts(photos, read) for answer in answers(part)]


def _batches(photos: Iterable[Photos]) -> Iterator[list[Photos]]:
    """Batches of a few photos, fewer where they are large: several are held at once."""
    batch: list[Photos] = []
    for photo in photos:
        batch.append(photo)
        if len(batch) == BATCH_PHOTOS or sum(one.size for one in batch) >= BATCH_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def _read_parts(
    photos: Sequence[Held], read: Callable[[Any], ReadPhoto]
) -> Iterator[list[tuple[str, ReadPhoto | InputError]]]:
    """Read the photos of a batch; large ones are handed on before the next is read."""
    part: list[tuple[str, ReadPhoto | InputError]] = []
    pixels = 0
    for photo in photos:
        try:
            if isinstance(photo.content, InputError):
                raise photo.content
            one = read(photo.content)
        except InputError as error:
            part.append((photo.name, error))
            continue
        part.append((photo.name, one))
        pixels += one.pixels.shape[0] * one.pixels.shape[1]
        if pixels >= BATCH_PIXELS:
            yield part
            part.clear()  # whoever took it still has the list
            del one  # pixels must not wait until the next are read
            pixels = 0
    if part:
        yield part

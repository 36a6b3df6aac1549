"""Where pictures come from: a film, a camera, a stream, or photos in a folder."""

from __future__ import annotations

import glob
import hashlib
import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mien.capture.options import CollectOptions
from mien.capture.shots import Moment
from mien.errors import SourceNotFound
from mien.images import DEFAULT_LIMITS, FolderWalk, Limits, find_photos, read_image
from mien.images.folders import looks_like_photo
from mien.images.video import Frame, VideoOptions, open_video
from mien.images.video.naming import SourceKind, kind_of, shown_source
from mien.records import ImageArray

LOOKS = 3000
"""Of a long film so many frames are looked at, or ``LOOKS_A_PICTURE`` for each wanted picture."""
LOOKS_A_PICTURE = 30
PHOTOS = "photos"
"""The session of photos: they have no time."""
_SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One picture of the source.

    Attributes:
        moment: when it was.
        picture: a frame of a film, the path of a photo.
        limits: of a photo.
    """

    moment: Moment
    picture: Frame | Path
    limits: Limits = DEFAULT_LIMITS

    def read(self) -> ImageArray:
        """Its pixels, ``(H, W, 3) uint8`` RGB; to be called once.

        Raises:
            InputError: the photo cannot be used.
        """
        if isinstance(self.picture, Frame):
            return self.picture.image
        return read_image(self.picture, self.limits)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An open source.

    Attributes:
        name: as the user wrote it, without the folders before it.
        session: what tells it from all others.
        live: it goes on without end and does not wait.
        total_s: how long it is, in seconds; None where that is not known.
        total: how many photos it has; None for films.
        looks: its pictures, once.
        notes: what happened while it was read, in words; to be asked at the end.
    """

    name: str
    session: str
    live: bool
    total_s: float | None
    total: int | None
    looks: Iterator[Look]
    notes: Callable[[], tuple[str, ...]] = tuple


@contextmanager
def open_source(
    options: CollectOptions,
    session: str,
    read_to_s: float | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Source]:
    """The source that was asked for; left, it is closed.

    Args:
        options: which one, and how many of its frames are looked at.
        session: see `session_of`.
        read_to_s: pass over what was read before.
        limits: of a photo or a frame.

    Raises:
        InputError: there is no such source, or it cannot be read.
        EngineMissing: it is a film, and PyAV is not installed.
    """
    text = os.fspath(options.source)
    if session == PHOTOS:
        walk = FolderWalk(options.exclude)
        photos = find_photos([text], walk)
        looks = (
            Look(Moment(path.name, PHOTOS, index, None), path, limits)
            for index, path in enumerate(photos)
        )
        notes = (f"{_name(text)}: {walk}",) if walk.skipped else ()
        yield Source(_name(text), session, False, None, len(photos), looks, lambda: notes)
        return
    with open_video(options.source, VideoOptions(limits=limits)) as reader:
        info = reader.info
        every_s = options.every_s
        if every_s is None:
            looks_wanted = max(LOOKS, LOOKS_A_PICTURE * options.count)
            every_s = (info.duration_s or 0.0) / looks_wanted
        frames = _thinned(reader, every_s, read_to_s, options.limit_s)
        name = _name(text)
        found = (Look(Moment(name, session, one.index, one.time_s), one) for one in frames)
        yield Source(name, session, info.live, info.duration_s, None, found, lambda: reader.notes)


def session_of(options: CollectOptions) -> str:
    """What tells a film from all others, under another name too; a camera's is new each time.

    Raises:
        SourceNotFound: a film that is not there.
    """
    text = os.fspath(options.source)
    kind = kind_of(options.source)
    if kind is SourceKind.FILE and (path := Path(text)).is_file():
        return PHOTOS if looks_like_photo(path) else f"sha256 {_digest(path)}"
    if os.path.isdir(text) or (kind is SourceKind.FILE and glob.has_magic(text)):  # noqa: PTH112
        return PHOTOS
    if kind is SourceKind.SEQUENCE:
        return f"frames {hashlib.sha256(os.path.abspath(text).encode()).hexdigest()[:32]}"  # noqa: PTH100
    if kind is SourceKind.FILE:
        raise SourceNotFound(
            f"--source: expected a camera's number, a film, an address or a folder of photos, got "
            f"nothing at {text[:200]!r}"
        )
    return f"live {datetime.now(UTC).isoformat(timespec='microseconds')}"


def _thinned(
    frames: Iterable[Frame], every_s: float, after_s: float | None, limit_s: float | None
) -> Iterator[Frame]:
    """The first frame of each interval of so many seconds, in a part of the film."""
    due_s = -1.0
    for frame in frames:
        if limit_s is not None and frame.time_s > limit_s:
            return
        if frame.time_s < due_s or (after_s is not None and frame.time_s <= after_s):
            continue
        if every_s > 0.0:
            due_s = every_s * (math.floor(frame.time_s / every_s) + 1)
        yield frame


def _name(text: str) -> str:
    """Without folders, and without what may be secret in an address."""
    if kind_of(text) is SourceKind.ADDRESS:
        return shown_source(text).partition("?")[0]
    return Path(text).name or text


def _digest(path: Path) -> str:
    """Of a film's size, beginning and end: quick, and the same under another name."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            begin = file.read(_SAMPLE_BYTES)
            file.seek(max(0, size - _SAMPLE_BYTES))
            end = file.read(_SAMPLE_BYTES)
    except OSError as error:
        raise SourceNotFound(f"expected to read {path}, got: {error.strerror}") from error
    return hashlib.sha256(f"{size} ".encode() + begin + end).hexdigest()[:32]

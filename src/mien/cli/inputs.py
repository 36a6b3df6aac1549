"""What was named on the command line as photos; what cannot be used becomes a row of its own."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mien.errors import InputError, InvalidOption, SourceNotFound, UnsupportedImage

if TYPE_CHECKING:
    from mien.cli.output import Output
    from mien.images import FolderWalk
    from mien.records import PhotoFailure

Answer = TypeVar("Answer")


def find_inputs(
    inputs: Iterable[str], output: Output, exclude: Sequence[str] | None = None
) -> list[Path | PhotoFailure]:
    """Photos, folders and globs as photos in the order in which they were named, each once.

    An input that gives none stands as a failure in its place. What was passed over is noted.

    Raises:
        SourceNotFound: all of them are excluded.
    """
    from mien.images import FolderWalk
    from mien.images.video import shown_source
    from mien.records import PhotoFailure

    walk = FolderWalk(exclude or ())
    found: dict[str, Path | PhotoFailure] = {}
    for text in inputs:
        try:
            for path in _expand(text, walk):
                found.setdefault(os.path.abspath(path), _refused_video(path) or path)  # noqa: PTH100 (no links)
        except InputError as error:
            found.setdefault(f"\0{text}", PhotoFailure(shown_source(text), error))
    if not found:
        raise SourceNotFound(f"expected a photo that is not excluded, got {walk}")
    if any(isinstance(one, Path) for one in found.values()):  # else the errors say it already
        output.note(str(walk))
    return list(found.values())


def find_videos(
    inputs: Sequence[str], output: Output, exclude: Sequence[str] | None = None
) -> list[str] | None:
    """The videos that were named, each file once; None where any input is something else.

    A glob or a folder gives the films that it holds, unless it holds photos, too. What was passed
    over is noted.

    Raises:
        SourceNotFound: all of them are excluded.
    """
    from mien.images import FolderWalk
    from mien.images.video import VIDEO_SUFFIXES

    walk = FolderWalk(exclude or (), suffixes=VIDEO_SUFFIXES)
    found: dict[str, str] = {}
    for text in inputs:
        films = _films(text, walk)
        if films is None:
            return None
        for film in films:
            is_file = os.path.lexists(film)
            found.setdefault(os.path.abspath(film) if is_file else film, film)  # noqa: PTH100 (no links)
    if not found:
        raise SourceNotFound(f"expected a video that is not excluded, got {walk}")
    output.note(str(walk))
    return list(found.values())


def _films(text: str, walk: FolderWalk) -> list[str] | None:
    """The films that an input gives; None where it is no film and gives none."""
    from mien.images import find_photos
    from mien.images.video import is_video

    path = os.path.expanduser(text)  # noqa: PTH111 (an address is no path)
    is_glob = "://" not in path and glob.has_magic(path) and not os.path.lexists(path)
    if is_glob or os.path.isdir(path):  # noqa: PTH112 (Path.is_dir raises where a name is too long)
        with suppress(SourceNotFound):
            films = find_photos([path], walk)
            return None if _holds_photos(path, walk) else list(map(str, films))
    if not is_video(text):
        return None
    return [] if os.path.isfile(path) and walk.excludes(Path(path)) else [text]  # noqa: PTH113


def _holds_photos(path: str, walk: FolderWalk) -> bool:
    from mien.images import FolderWalk, find_photos

    with suppress(SourceNotFound):
        return bool(find_photos([path], FolderWalk(walk.exclude)))
    return False


def find_one(text: str, exclude: Sequence[str] | None = None) -> Path:
    """The one photo that a file, folder or glob gives.

    Raises:
        InputError: it gives none, or several.
    """
    from mien.images import FolderWalk

    found = _expand(text, FolderWalk(exclude or ()))
    if len(found) != 1:
        raise InvalidOption(
            f"{text}: expected one photo, got {len(found):,}; name one of them"
            + (f", such as {found[0]}" if found else "")
        )
    failure = _refused_video(found[0])
    if failure is not None:
        raise failure.error
    return found[0]


def in_order(
    sources: Sequence[Path | PhotoFailure],
    answer: Callable[[list[Path]], Iterator[Answer | PhotoFailure]],
) -> Iterator[Answer | PhotoFailure]:
    """The answers for the photos, with the failures that were known before in their places."""
    from mien.records import PhotoFailure

    answers = answer([source for source in sources if isinstance(source, Path)])
    for source in sources:
        yield source if isinstance(source, PhotoFailure) else next(answers)


def _expand(text: str, walk: FolderWalk) -> list[Path]:
    from mien.images import find_photos

    if not text:
        raise SourceNotFound("expected the name of a photo, got an empty text; name a file")
    try:
        if not os.path.lexists(text) and (text.isdecimal() or "://" in text):
            raise _no_photo(text)
        return find_photos([text], walk)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or error  # a name too long, or with a NUL
        raise SourceNotFound(f"expected a photo at {text[:200]!r}, got: {reason}") from error


def _no_photo(text: str) -> UnsupportedImage:
    """The error for a camera's number or an address: nothing is fetched but streams."""
    from mien.images.reading import address_cure
    from mien.images.video import is_video, shown_source

    cure = address_cure(text)
    if is_video(text):
        what = "the address of a stream" if cure else "a camera"
        cure += f"; {what} is for `mien identify`, without photos beside it"
    return UnsupportedImage(f"expected a photo or a folder, got {shown_source(text)!r}{cure}")


def _refused_video(path: Path) -> PhotoFailure | None:
    from mien.images.video import VIDEO_SUFFIXES
    from mien.records import PhotoFailure

    if path.suffix.lower() not in VIDEO_SUFFIXES:
        return None
    message = (
        "expected a photo, got a video; videos are for `mien identify`, without photos beside them"
    )
    return PhotoFailure(str(path), UnsupportedImage(message))

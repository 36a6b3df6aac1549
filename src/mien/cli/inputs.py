"""What was named on the command line as photos; what cannot be used becomes a row of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mien.errors import InputError, InvalidOption, SourceNotFound, UnsupportedImage

if TYPE_CHECKING:
    from mien.records import PhotoFailure

Answer = TypeVar("Answer")


def find_inputs(inputs: Iterable[str]) -> list[Path | PhotoFailure]:
    """Photos, folders and globs as photos in the order in which they were named, each once.

    An input that gives none stands as a failure in its place.
    """
    from mien.images.video import shown_source
    from mien.records import PhotoFailure

    found: dict[str, Path | PhotoFailure] = {}
    for text in inputs:
        try:
            for path in _expand(text):
                found.setdefault(os.path.abspath(path), _refused_video(path) or path)  # noqa: PTH100 (no links)
        except InputError as error:
            found.setdefault(f"\0{text}", PhotoFailure(shown_source(text), error))
    return list(found.values())


def find_one(text: str) -> Path:
    """The one photo that a file, folder or glob gives.

    Raises:
        InputError: it gives none, or several.
    """
    found = _expand(text)
    if len(found) > 1:
        raise InvalidOption(
            f"{text}: expected one photo, got {len(found):,}; name one of them, such as {found[0]}"
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


def _expand(text: str) -> list[Path]:
    from mien.images import find_photos

    if not text:
        raise SourceNotFound("expected the name of a photo, got an empty text; name a file")
    try:
        if not os.path.lexists(text) and (text.isdecimal() or "://" in text):
            raise _no_photo(text)
        return find_photos([text])
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

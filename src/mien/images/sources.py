"""What a user names, files, folders and globs, as a list of photos."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mien.errors import SourceNotFound
from mien.images.folders import FolderWalk, matches
from mien.images.reading import address_cure, shown
from mien.images.skipped import Reason, words_for


def find_photos(
    inputs: Iterable[str | os.PathLike[Any]], walk: FolderWalk | None = None
) -> list[Path]:
    """Expand what a user named.

    A file is taken whatever its suffix, unless it is excluded. A folder gives the photos in it and
    below it, by the one rule for folders (`mien.images.folders`), in the order of their paths. A
    glob (``*``, ``?``, ``[...]``, ``**``) gives what it matches, files and folders alike; a file
    that really has such a name comes first. A photo reached twice is listed once, where it was
    reached first.

    Args:
        inputs: files, folders, globs.
        walk: what is excluded; afterwards it says what was passed over, and which folders could
            not be read. Without one, these are an error.

    Raises:
        SourceNotFound: an input that gives no photo, or a folder that cannot be read.
    """
    told, walk = walk is not None, walk or FolderWalk()
    found: dict[str, Path] = {}
    for name in inputs:
        for photo in _expand(os.fsdecode(name), walk):
            # Path.resolve would follow links, and a linked photo is one of its own.
            found.setdefault(os.path.abspath(photo), photo)  # noqa: PTH100 (no links)
    if not told:
        walk.check_read()
    return list(found.values())


def _expand(name: str, walk: FolderWalk) -> list[Path]:
    path = Path(name)
    before = len(walk.skipped)
    if os.path.isdir(name):  # noqa: PTH112 (Path.is_dir raises where a name is too long)
        photos, expected = walk.below(path), "photos in"
    elif _exists(path):
        return [] if walk.excludes(path) else [path]
    else:
        photos, expected = _matching(name, walk), "a photo or a folder at"
    if not photos:
        passed = words_for(walk.skipped[before:])
        raise SourceNotFound(
            f"expected {expected} {shown(name)}, got {passed or 'nothing'}{address_cure(name)}"
        )
    return photos


def _exists(path: Path) -> bool:
    """Whether something has that name, be it a broken link."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def _matching(pattern: str, walk: FolderWalk) -> list[Path]:
    if not glob.has_magic(pattern) or "\0" in pattern:
        return []
    parts = Path(pattern).parts
    literal = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    base, wanted = Path(*parts[:literal]), parts[literal:]
    if "**" in wanted:
        return _matching_at_any_depth(base, wanted, walk)
    photos: list[Path] = []
    for match in sorted(map(Path, glob.glob(pattern)), key=lambda path: path.parts):  # noqa: PTH207
        if not walk.allows(match, base):
            continue
        if match.is_dir():
            photos += walk.below(match, base)
        elif walk.wants(match):
            photos.append(match)
        else:
            walk.skip(match, Reason.SUFFIX)
    return photos


def _matching_at_any_depth(base: Path, wanted: tuple[str, ...], walk: FolderWalk) -> list[Path]:
    """What the pattern matches below a folder, links to folders not followed.

    ``glob`` follows them here, and two links to their own folder keep it busy for ever.
    """
    if not base.is_dir():
        return []
    pattern = tuple(map(os.path.normcase, wanted))
    inner = FolderWalk(walk.exclude, suffixes=walk.suffixes)
    photos = [photo for photo in inner.below(base) if _reaches(photo, base, pattern)]
    for one in inner.skipped:
        if one.is_folder or _reaches(one.path, base, pattern):
            walk.keep(one)
    return photos


def _reaches(path: Path, base: Path, pattern: tuple[str, ...]) -> bool:
    """Whether the pattern matches a path below the base, or a folder on the way to it."""
    parts = [os.path.normcase(part) for part in path.relative_to(base).parts]
    return any(matches(parts[:count], pattern) for count in range(1, len(parts) + 1))

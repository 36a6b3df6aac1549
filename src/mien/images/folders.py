"""Folders as they are: which files in them are photos, and what is passed over.

Every walk over folders in mien follows this one rule. What a user names is always taken; below it,
what is hidden, what systems and programs keep beside photos (thumbnails, recycle bins, snapshots,
libraries) and what ``exclude`` matches is passed over, linked folders are not followed, and the
suffix says what a photo is. Where the suffix says nothing, the content does.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from mien.errors import InvalidOption, SourceNotFound, UnsupportedImage
from mien.images.reading import shown
from mien.images.signature import SIGNATURE_BYTES, recognise
from mien.images.skipped import Reason, Skip, words_for
from mien.names import YALE_CONDITIONS

PHOTO_SUFFIXES: Final = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"),
        *(".heic", ".heics", ".heif", ".hif", ".avif", ".pbm", ".pgm", ".ppm", ".pnm", ".pam"),
    )
)
# Compared without regard to case. What begins with a dot is hidden, and needs no name here.
_SYSTEM_FOLDERS: Final = frozenset(
    (
        *("@eadir", "@tmp", "@sharebin", "#recycle", "#snapshot", "@recycle"),  # Synology, QNAP
        *("@recently-snapshot", "@upload_cache", "~snapshot"),  # QNAP, NetApp
        *("$recycle.bin", "recycler", "recycled", "system volume information"),  # Windows
        *("__macosx", "temporary items", "network trash folder", "lost+found"),  # macOS, Unix
        *("captureone", "[originals]", "trashbox"),  # Capture One, ACDSee, Buffalo
    )
)
_LIBRARIES: Final = (
    *(".lrdata", ".lrlibrary", ".lrcat-data", ".photoslibrary", ".photolibrary"),
    *(".migratedphotolibrary", ".aplibrary", ".cosessiondb"),
)
_NO_MEDIA: Final = ".nomedia"


@dataclass(slots=True)
class FolderWalk:
    """Lists folders by the one rule, and keeps what it passes over.

    Args:
        exclude: patterns (``*``, ``?``, ``[...]``) of what is passed over. One without ``/`` is
            compared with the name of each file and folder, one with ``/`` with the path below the
            folder that was named (``**`` stands for any folders). Case does not matter.

        suffixes: of the files that are looked for, in place of photos; they are not told by their
            content.

    Attributes:
        skipped: what was passed over so far.

    Raises:
        InvalidOption: a pattern that nothing below a folder could match.
    """

    exclude: Iterable[str] = ()
    suffixes: frozenset[str] | None = None
    skipped: list[Skip] = field(default_factory=list)
    _patterns: tuple[tuple[str, ...], ...] = field(init=False, default=(), repr=False)
    _seen: set[Path] = field(init=False, default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self.exclude = [self.exclude] if isinstance(self.exclude, str) else [*self.exclude]
        self._patterns = tuple(map(_pattern, self.exclude))

    def entries(self, folder: Path, root: Path) -> tuple[list[Path], list[Path], list[Path]]:
        """The folders, the photos and the linked folders in a folder, each in order.

        Linked folders are left to the caller: they are neither followed nor counted.

        Raises:
            SourceNotFound: it cannot be read, and is the root.
        """
        folders, photos, linked = [], [], []
        for entry in self._scan(folder, root):
            path = Path(entry.path)
            is_folder = _is_folder(entry)
            reason = self._reason_against(path, root, is_folder=is_folder)
            if reason is None and is_folder and not entry.is_symlink():
                folders.append(path)
            elif reason is None and is_folder:
                linked.append(path)
            elif reason is None and (reason := self._reason_against_file(entry)) is None:
                photos.append(path)
            if reason is not None:
                self.skip(path, reason, is_folder=is_folder)
        return folders, photos, linked

    def below(self, folder: Path, root: Path | None = None) -> list[Path]:
        """The photos in a folder and below it, in the order of their paths.

        Args:
            folder: where to look; it is taken itself, whatever its name.
            root: what paths are relative to for ``exclude``; the folder itself by default.

        Raises:
            SourceNotFound: the root cannot be read; of folders below, it is kept instead.
        """
        found: list[Path] = []
        waiting = [folder]  # no recursion: folders may be nested as deep as paths are long
        while waiting:
            folders, photos, linked = self.entries(waiting.pop(), root or folder)
            waiting += folders
            found += photos
            for path in linked:
                self.skip(path, Reason.LINKED, is_folder=True)
        return sorted(found, key=lambda photo: photo.parts)

    def allows(self, path: Path, base: Path) -> bool:
        """Whether something that a glob gave, below ``base``, is to be used; if not, it is kept.

        What is hidden is left to the glob, which meets it only where the pattern says so.
        """
        below = path.relative_to(base)
        for part in (*(base / step for step in [*reversed(below.parents)][1:]), path):
            is_folder = part != path or part.is_dir()
            reason = self._reason_against(part, base, is_folder=is_folder)
            if reason is not None and reason is not Reason.HIDDEN:
                self.skip(part, reason, is_folder=is_folder)
                return False
        return True

    def wants(self, path: Path) -> bool:
        """Whether a file is one of those that are looked for."""
        if self.suffixes is None:
            return looks_like_photo(path)
        return path.suffix.lower() in self.suffixes

    def excludes(self, path: Path) -> bool:
        """Whether a file that was named itself is excluded; if so, it is kept."""
        excluded = self._excludes(path, path.parent)
        if excluded:
            self.skip(path, Reason.EXCLUDED)
        return excluded

    def skip(
        self, path: Path, reason: Reason, *, is_folder: bool = False, detail: str = ""
    ) -> None:
        """Keep that something is not used."""
        self.keep(Skip(path, reason, is_folder, detail))

    def keep(self, skip: Skip) -> None:
        """As `skip`; what is met twice is kept once."""
        if skip.path not in self._seen:
            self._seen.add(skip.path)
            self.skipped.append(skip)

    def check_read(self) -> None:
        """Refuse what is not whole, where it would be taken for all there is.

        Raises:
            SourceNotFound: a folder could not be read.
        """
        unread = words_for(skip for skip in self.skipped if skip.reason is Reason.UNREADABLE)
        if unread:
            raise SourceNotFound(
                f"expected to read all folders, got {unread}; allow it, or exclude the folder"
            )

    def __str__(self) -> str:
        """What was passed over: ``3 files skipped: .txt 2, .xmp 1; …``; empty if nothing was."""
        return words_for(self.skipped)

    def _scan(self, folder: Path, root: Path) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            why = error.strerror or str(error)
            if folder == root:
                raise SourceNotFound(
                    f"expected to read the folder {shown(str(folder))}, got: {why}"
                ) from error
            place = shown(str(Path(root.name, folder.relative_to(root))))  # reports may hold it
            self.skip(folder, Reason.UNREADABLE, is_folder=True, detail=f"{place} ({why})")
            return []

    def _reason_against(self, path: Path, root: Path, *, is_folder: bool) -> Reason | None:
        name = path.name
        if self._excludes(path, root):
            return Reason.EXCLUDED
        # What begins with two dots would be a path, and is refused as a name, not passed over.
        if name.startswith(".") and not name.startswith(".."):
            return Reason.HIDDEN
        if not is_folder:
            return None
        small = name.casefold()
        if small in _SYSTEM_FOLDERS or small.endswith(_LIBRARIES):
            return Reason.SYSTEM
        if os.path.lexists(path / _NO_MEDIA):
            return Reason.NO_MEDIA
        return None

    def _reason_against_file(self, entry: os.DirEntry[str]) -> Reason | None:
        path = Path(entry.path)
        try:
            if not entry.is_file():
                return Reason.DEAD_LINK if entry.is_symlink() else Reason.IRREGULAR
        except OSError:
            return Reason.DEAD_LINK
        return None if self.wants(path) else Reason.SUFFIX

    def _excludes(self, path: Path, root: Path) -> bool:
        if not self._patterns:
            return False
        parts = tuple(map(_folded, path.relative_to(root).parts))
        return any(
            fnmatchcase(parts[-1], pattern[0]) if len(pattern) == 1 else matches(parts, pattern)
            for pattern in self._patterns
        )


def looks_like_photo(path: Path) -> bool:
    """Whether a file is a photo by its suffix; where that says nothing, by its content."""
    suffix = path.suffix.lower()
    if suffix in PHOTO_SUFFIXES:
        return True
    if suffix and suffix[1:] not in YALE_CONDITIONS:
        return False
    try:
        with path.open("rb") as file:
            recognise(file.read(SIGNATURE_BYTES))
    except (OSError, UnsupportedImage):
        return False
    return True


def matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether the parts of a path fit those of a pattern, in which ``**`` is any number of them."""
    reached = {0}  # how many parts of the path the pattern so far can have used up
    for wanted in pattern:
        if wanted == "**":
            reached = set(range(min(reached), len(parts) + 1)) if reached else reached
        else:
            reached = {
                place + 1
                for place in reached
                if place < len(parts) and fnmatchcase(parts[place], wanted)
            }
    return len(parts) in reached


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False


def _pattern(text: str) -> tuple[str, ...]:
    parts = tuple(_folded(part) for part in text.replace(os.sep, "/").split("/") if part != ".")
    parts = parts[:-1] if len(parts) > 1 and not parts[-1] else parts  # old/ is old
    if "\0" in text or not all(parts) or ".." in parts or not parts:
        raise InvalidOption(
            f"exclude: expected a pattern such as 'old' or '*/raw/*.jpg', got {text!r}"
        )
    return parts


def _folded(name: str) -> str:
    """A name as it is compared: macOS spells accents otherwise than Windows and Linux do."""
    return unicodedata.normalize("NFC", name).casefold()

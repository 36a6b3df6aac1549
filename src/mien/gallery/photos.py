"""Photos that people were enrolled from: their file names, where kept, and which one is meant."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from mien.errors import InvalidOption, PhotoNotFound
from mien.gallery.answers import EnrolledPhoto
from mien.gallery.database import Database
from mien.gallery.faults import damaged
from mien.gallery.rows import text_checksum

if TYPE_CHECKING:
    from mien.images import ImageSource

    PhotoReference: TypeAlias = str | ImageSource
    """A photo itself, or its digest, or the first eight or more digits of that."""

MAXIMUM_FILE_NAME = 2000  # 255 bytes, each of them escaped
_PREFIX = re.compile(r"[0-9a-fA-F]{8,64}")

FileNames: TypeAlias = dict[tuple[int, bytes], str]
"""By person and digest."""


def check_file_name(name: Any) -> str | None:
    """A photo's file name as it is kept: without its folder, with escapes for what is not UTF-8.

    Raises:
        InvalidOption: if it is no text, too long, or a path.
    """
    if name is None:
        return None
    if not isinstance(name, str) or not 0 < len(name) <= MAXIMUM_FILE_NAME or "\0" in name:
        raise InvalidOption(
            f"file_name: expected 1 to {MAXIMUM_FILE_NAME} characters, got {name!r:.80}"
        )
    if "/" in name:
        raise InvalidOption(f"file_name: expected a name without a folder, got {name!r:.80}")
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def keep_file_name(connection: sqlite3.Connection, template: int, name: str) -> bool:
    """Keep a template's file name; False where it has one already."""
    added = connection.execute(
        "INSERT OR IGNORE INTO file_name (template, name, checksum) VALUES (?, ?, ?)",
        (template, name, text_checksum(template, name)),
    )
    return added.rowcount == 1


def file_names(
    database: Database, connection: sqlite3.Connection, person: int | None = None
) -> FileNames:
    """All file names that were kept, or those of a person's photos.

    Raises:
        GalleryDamaged: a row is not as it was written.
    """
    if not are_kept(connection):
        return {}
    chosen = "" if person is None else "WHERE person = ?"
    found = {}
    for id_, owner, digest, name, checksum in connection.execute(
        "SELECT file_name.template, person, digest, name, file_name.checksum FROM file_name "  # noqa: S608 (constants)
        f"JOIN template ON template.id = file_name.template {chosen}",
        () if person is None else (person,),
    ):
        if text_checksum(id_, name) != checksum:
            raise damaged(database.place, f"a damaged file name of template {id_}")
        found[owner, digest] = name
    return found


def are_kept(connection: sqlite3.Connection) -> bool:
    """Whether the format can hold file names: one that is only read may be older."""
    row = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'file_name'").fetchone()
    return row is not None


def digests_of(
    references: PhotoReference | Collection[PhotoReference],
    photos: Sequence[EnrolledPhoto],
    name: str,
) -> set[str]:
    """The digests of those of a person's photos that are meant: one, or a list of some.

    Raises:
        PhotoNotFound: one is none of them.
        InvalidOption: the beginning of several digests.
        InputError: a photo that cannot be read.
    """
    wanted = references if isinstance(references, (list, tuple, set)) else [references]
    return {_digest_of(one, [photo.digest for photo in photos], name) for one in wanted}


def _digest_of(reference: Any, digests: Sequence[str], name: str) -> str:
    cure = f"`mien gallery show` lists the photos of “{name}”"
    if isinstance(reference, str):
        begun = _PREFIX.fullmatch(reference) is not None
        found = [one for one in digests if begun and one.startswith(reference.lower())]
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidOption(
                f"photo: expected the beginning of one digest, got {reference!r}, with which "
                f"{len(found)} begin; give more of it: {cure}"
            )
        if not os.path.lexists(reference):
            raise PhotoNotFound(
                f"photo: expected a file, or 8 or more digits of the digest of one of “{name}”'s "
                f"photos, got {reference!r:.100}; {cure}"
            )
    from mien.images import photo_digest, read_image  # only where a picture is looked at

    digest = photo_digest(read_image(reference))
    if digest not in digests:
        what = repr(os.fsdecode(reference)) if isinstance(reference, (str, os.PathLike)) else "one"
        raise PhotoNotFound(
            f"photo: expected one that “{name}” was enrolled from, got {what}, whose pixels are "
            f"others; {cure}"
        )
    return digest

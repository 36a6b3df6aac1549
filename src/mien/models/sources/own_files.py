"""Weights that the user already has: a file, or folders that are searched by name and by hash."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mien.errors import ModelUnavailable
from mien.models.cards import WeightFile
from mien.models.placing import sha256_of
from mien.models.progress import Notify


def find_own_file(file: WeightFile, places: Iterable[Path], notify: Notify) -> Path | None:
    """The first file with the card's size and hash, under whatever name; None if there is none.

    A file that has the right name and the wrong content is passed over, aloud.

    Args:
        file: what to look for.
        places: files and folders; a folder's own files are looked at, not its subfolders.
        notify: hears what was passed over.

    Raises:
        ModelUnavailable: a place does not exist or cannot be read.
    """
    for place in places:
        try:
            for path in _files_at(place, file.name):
                fits = path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256
                if fits:
                    return path
                if path.name == file.name:
                    notify(f"{path}: passed over, it has not the SHA-256 of {file.name}")
        except OSError as error:
            raise ModelUnavailable(
                f"{place}: expected a readable file or folder with weights, "
                f"got: {error.strerror or error}"
            ) from error
    return None


def _files_at(place: Path, name: str) -> list[Path]:
    """The regular files of a place, the one with the right name first (a pipe would block)."""
    paths = sorted(place.iterdir()) if place.is_dir() else [place]
    if not place.exists():
        raise FileNotFoundError(2, "no such file or folder")
    return sorted((path for path in paths if path.is_file()), key=lambda path: path.name != name)

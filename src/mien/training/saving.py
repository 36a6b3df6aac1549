"""Writing a model's folder so that it is there whole, or not at all.

Everything is written into a hidden folder beside the place, flushed to the disk, listed in
``manifest.json`` last, and moved into place in one step. Whatever goes wrong before, nothing
half-written stays, and a model that stood there is as it was.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from mien.errors import InvalidOption, MienError, ModelUnavailable, OutputUnwritable
from mien.images.reading import shown
from mien.models.placing import sync_folder
from mien.models.trained_folder import MANIFEST, ModelKind, write_manifest

_OF_THE_DISK: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM}
)


def check_output(
    out: Path, *, overwrite: bool = False, needed_bytes: int = 0, data: Path | None = None
) -> None:
    """Refuse a place where a model could not be written, before any work is spent on it.

    Args:
        out: the folder to be.
        overwrite: whether a model of mien that stands there may be replaced.
        needed_bytes: what will be written, estimated.
        data: the folder that is learned from; the model must not lie in it.

    Raises:
        OutputUnwritable: a file or a folder of something else stands there, or a model and not
            ``overwrite``; it lies in ``data``; nothing can be made there; too little space.
    """
    place = _possible(out)
    if data is not None and place.resolve().is_relative_to(data.resolve()):
        raise _unwritable(out, f"a place in the data {shown(str(data))}", "choose another folder")
    _check_free(out, overwrite)
    above = next(folder for folder in place.parents if folder.exists())
    probe = above / f".mien-{secrets.token_hex(8)}"
    try:
        probe.mkdir()  # os.access does not know of read-only disks
        probe.rmdir()
        free = shutil.disk_usage(above).free
    except OSError as error:
        raise _unwritable(out, error.strerror or str(error), "choose another folder") from error
    if free < needed_bytes:
        raise _unwritable(
            out,
            f"{free / 2**20:,.0f} MiB of free space where about {needed_bytes / 2**20:,.0f} MiB "
            "are needed",
            "free some, or choose another disk",
        )


class ModelFolderWriter:
    """Collects the files of a model; on leaving the block they are in place, or none is.

    ::

        with ModelFolderWriter(out, ModelKind.CLASSIFIER) as writer:
            writer.write("model.json", text)
            draw(writer.path("pictures/learning_curves.png"))

    Args:
        out: the folder to be; its parents are made.
        kind: what the model does.
        overwrite: whether a model of mien that stands there may be replaced.

    Raises:
        OutputUnwritable: on entering, on writing and on leaving: see `check_output`.
    """

    def __init__(self, out: Path, kind: ModelKind, *, overwrite: bool = False) -> None:
        self.out = out
        self._place = out.resolve()  # a link to a folder stays, and leads to the new model
        self._kind = kind
        self._overwrite = overwrite
        # without the model's name, which may be as long as a name can be
        self._part = self._place.parent / f".mien-{secrets.token_hex(8)}.partial"

    def __enter__(self) -> ModelFolderWriter:
        check_output(self._place, overwrite=self._overwrite)
        with self._translated():
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._part.mkdir()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            if error is None:
                with self._translated():
                    self._write_manifest()
                    self._move_into_place()
        finally:
            shutil.rmtree(self._part, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, MienError) and self._is_ours(error):
            raise self._failure(error) from error

    def path(self, name: str) -> Path:
        """Where to write a file of that name, such as ``pictures/a.png``; its folder is made.

        Raises:
            InvalidOption: the name leads out of the model, or is the manifest's.
        """
        parts = PurePosixPath(name)
        plain = name and "\\" not in name and "\0" not in name and not parts.is_absolute()
        if not plain or any(one.startswith(".") for one in parts.parts) or name == MANIFEST:
            raise InvalidOption(f"file: expected a name inside the model's folder, got {name!r}")
        place = self._part / parts
        with self._translated():
            place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file whole; text as UTF-8.

        Raises:
            OutputUnwritable: it cannot be written.
            InvalidOption: as `path`.
        """
        place = self.path(name)
        data = content.encode() if isinstance(content, str) else content
        with self._translated():
            place.write_bytes(data)
        return place

    def _write_manifest(self) -> None:
        from mien import __version__

        for path in self._part.rglob("*"):
            if path.is_dir():
                sync_folder(path)
            else:
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        try:
            write_manifest(self._part, self._kind, __version__)
        except ModelUnavailable as error:  # that it goes to a cache is what others use it for
            raise self._failure(error.__cause__ or error) from error

    def _move_into_place(self) -> None:
        _check_free(self.out, self._overwrite)  # anew: hours may have passed
        if not self._place.exists():
            self._part.rename(self._place)
        elif not any(self._place.iterdir()):
            self._place.rmdir()
            self._part.rename(self._place)
        elif not _exchange(self._part, self._place):  # afterwards the old one is removed
            aside = self._part.with_suffix(".old")
            self._place.rename(aside)
            try:
                self._part.rename(self._place)
            except BaseException:
                aside.rename(self._place)
                raise
            shutil.rmtree(aside, ignore_errors=True)
        sync_folder(self._place.parent)

    def _is_ours(self, error: OSError) -> bool:
        """Whether the error came from writing here, not from something else that was read."""
        named = error.filename if isinstance(error.filename, str) else ""
        if named:
            return Path(named).is_relative_to(self._part)
        return error.errno in _OF_THE_DISK

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except MienError:
            raise
        except (OSError, ValueError) as error:
            raise self._failure(error) from error

    def _failure(self, error: BaseException) -> OutputUnwritable:
        reason = getattr(error, "strerror", None) or str(error)
        return _unwritable(self.out, reason, "nothing of it was kept; choose another folder")


def _possible(out: Path) -> Path:
    """The absolute path, unless no file system could have it: too long a name, a NUL."""
    try:
        out.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unwritable(out, reason, "choose another name") from error
    return out.absolute()


def _check_free(out: Path, overwrite: bool) -> None:
    """Refuse a place that holds something, but for a model that may be replaced."""
    try:
        if not os.path.lexists(out):
            return
        if not out.is_dir():
            raise _unwritable(out, "something that is no folder", "choose another name")
        if not any(out.iterdir()):
            return
    except OSError as error:
        if isinstance(error, MienError):
            raise
        raise _unwritable(out, error.strerror or str(error), "choose another folder") from error
    if not _is_model(out):
        raise _unwritable(
            out, "a folder with other things in it", "nothing was touched; choose another folder"
        )
    if not overwrite:
        raise _unwritable(
            out, "a model that is there already", "choose another folder, or allow to overwrite it"
        )


def _is_model(folder: Path) -> bool:
    """Whether mien wrote this folder: its manifest says so and every file is in the manifest."""
    try:
        manifest: Any = json.loads((folder / MANIFEST).read_text("utf-8"))
        named = {*manifest["files"], MANIFEST}
        ModelKind(manifest["kind"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return files <= named


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step where the system can (Linux); else nothing."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)  # glibc 2.28
    if rename is None:
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE: man 2 renameat2
    return bool(rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


def _unwritable(out: Path, what: str, cure: str) -> OutputUnwritable:
    place = shown(str(out))
    return OutputUnwritable(f"out: expected to write a model to {place}, got {what}; {cure}")

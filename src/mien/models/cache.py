"""Where files of cards lie on the disk, and who may change them.

::

    ROOT/models/CARD/FILE           verified files
    ROOT/models/CARD/.*.partial     a pull under way, or the rest of one that was killed
    ROOT/derived/CARD/HASH/         converted files with their manifests
    ROOT/locks/CARD.lock            held by the one process that changes the card's files
    ROOT/KIND/                      what a runtime keeps for itself
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mien.errors import InvalidOption, ModelUnavailable
from mien.models.cards import ModelCard, WeightFile
from mien.models.placing import PARTIAL, cache_unwritable
from mien.models.progress import Notify
from mien.process import load_library

LOCK_SECONDS = 600.0
_PATIENCE_SECONDS = 0.5
_KIND = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Cache:
    """The user's folder of model files.

    Attributes:
        root: absolute; it need not exist yet.
    """

    root: Path

    @staticmethod
    def at(folder: Path | None = None) -> Cache:
        """The cache in ``folder``, else in ``$MIEN_CACHE``, else in the user's cache folder."""
        if folder is None and (named := os.environ.get("MIEN_CACHE")):
            folder = Path(named)
        if folder is None:
            folder = Path(load_library("platformdirs").user_cache_dir("mien", appauthor=False))
        return Cache(folder.expanduser().absolute())

    def file(self, card: ModelCard, file: WeightFile) -> Path:
        """Where that file lies, or would lie."""
        return self._card_folder(card) / file.name

    def derived_folder(self, card: ModelCard, file: WeightFile) -> Path:
        """Where conversions of that file lie; another version of the file has another folder."""
        return self.root / "derived" / card.name / file.sha256[:16]

    def folder(self, kind: str) -> Path:
        """A folder of that name below the root, made if need be.

        Raises:
            InvalidOption: no plain folder name, or one of the cache's own.
            ModelUnavailable: it cannot be made.
        """
        if not _KIND.fullmatch(kind) or kind in ("models", "derived", "locks"):
            raise InvalidOption(
                f"kind: expected a plain folder name such as openvino, got {kind!r}"
            )
        return _made(self.root / kind)

    @contextmanager
    def locked(self, card: ModelCard, notify: Notify) -> Iterator[None]:
        """Be the only process that changes the files of a card.

        Raises:
            ModelUnavailable: another process holds the lock for too long, or the
                cache cannot be written.
        """
        import filelock

        path = _made(self.root / "locks") / f"{card.name}.lock"
        lock = filelock.FileLock(path)
        try:
            try:
                lock.acquire(timeout=_PATIENCE_SECONDS)
            except filelock.Timeout:
                notify(f"{card.name}: waiting for another process that is fetching it")
                lock.acquire(timeout=LOCK_SECONDS)
        except filelock.Timeout as error:
            raise ModelUnavailable(
                f"{card.name}: expected its lock within {LOCK_SECONDS:g} s, but another process "
                f"holds {path}; wait for it, or end it"
            ) from error
        except (OSError, NotImplementedError) as error:
            raise cache_unwritable(self.root, OSError(*error.args)) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def workshop(self, card: ModelCard) -> Iterator[Path]:
        """A scratch folder beside the card's files, gone afterwards; only under :meth:`locked`.

        What killed processes left of theirs is removed first.
        """
        home = _made(self._card_folder(card))
        remove_partials(home)
        folder = _made(home / f".{secrets.token_hex(4)}{PARTIAL}")
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep_latest(self, card: ModelCard, file: WeightFile, most: int, notify: Notify) -> None:
        """Remove the conversions of a card's other files, but for the ``most`` used last.

        A trained model gets a new file with every training, and each would leave its compiled
        form behind. What is removed is made again at its next use. A cache that cannot be changed
        keeps them.
        """
        own = self.derived_folder(card, file)
        with suppress(OSError, ModelUnavailable):
            os.utime(own)  # a folder's time is that of its last use
            others = [folder for folder in own.parent.iterdir() if folder != own]
            if len(others) < most:
                return
            others.sort(key=lambda folder: folder.stat().st_mtime)
            with self.locked(card, notify):
                for folder in others[: len(others) - most + 1]:
                    shutil.rmtree(folder, ignore_errors=True)

    def forget(self, card: ModelCard, notify: Notify) -> None:
        """Remove the card's files and their conversions.

        Raises:
            ModelUnavailable: they cannot be removed.
        """
        folders = (self._card_folder(card), self.root / "derived" / card.name)
        if not any(folder.exists() for folder in folders):
            return
        with self.locked(card, notify):
            for folder in folders:
                try:
                    shutil.rmtree(folder)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    raise cache_unwritable(folder, error) from error

    def _card_folder(self, card: ModelCard) -> Path:
        return self.root / "models" / card.name


def remove_partials(folder: Path) -> None:
    """Remove what unfinished writers left in ``folder``; only under the card's lock."""
    for path in folder.glob(f".*{PARTIAL}"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cache_unwritable(folder, error) from error
    return folder

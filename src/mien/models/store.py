"""Weights as verified bytes: from the user's cache, or fetched into it once.

Everything that leaves this file has the SHA-256 of its card, checked on every
load: 10 MB take some 10 ms, and a network that is silently wrong costs more.
After the first pull nothing here touches the network.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mien.errors import ModelHashMismatch, ModelUnavailable, SourceNotFound
from mien.models.cache import Cache
from mien.models.cards import ModelCard, WeightFile
from mien.models.catalogue import CARDS, UNPINNED, find_card
from mien.models.derived import Derivation
from mien.models.own_models import OwnCards, OwnModels
from mien.models.placing import sha256_of
from mien.models.progress import Notify, ProgressReporter, silent_notify, silent_progress
from mien.models.unpinned import UnpinnedEmbedder

Content = bytes  # in the class below, bytes is a method


class FileState(StrEnum):
    """What the cache holds of a file."""

    CACHED = "cached"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class FileStatus:
    """A card's file and what the cache holds of it."""

    card: ModelCard
    file: WeightFile
    path: Path
    state: FileState


class ModelStore:
    """Finds, fetches, verifies and keeps the files of cards.

    Sources, in this order: the cache; ``weights`` and the folder ``$MIEN_MODELS``;
    the file's own sources. A source that delivers other bytes is passed over aloud,
    and is an error where no other source delivers.

    Args:
        cache: folder to keep files in; ``$MIEN_CACHE`` or the user's cache folder if None.
        weights: a file or folder of the user's own to look in first.
        cards: the cards that go by name, beside those that the user added or pinned.
        unpinned: the cards without a published hash; see ``mien.models.unpinned``.
        notify: hears one line about a licence before a model's first use, a
            source that was passed over, a wait for another process.
        progress: hears how far a transfer is.
    """

    def __init__(
        self,
        cache: Path | None = None,
        *,
        weights: Path | None = None,
        cards: Mapping[str, ModelCard] = CARDS,
        unpinned: Mapping[str, UnpinnedEmbedder] = UNPINNED,
        notify: Notify | None = None,
        progress: ProgressReporter | None = None,
    ) -> None:
        self.cache = Cache.at(cache)
        self.own = OwnModels(self.cache.root / "cards", unpinned)
        self._given = cards
        self._own_cards: OwnCards | None = None
        self._weights = weights
        self._weights_checked = False
        self.notify = notify or silent_notify
        self.progress = progress or silent_progress

    @property
    def cards(self) -> Mapping[str, ModelCard]:
        """The cards that go by name: those given, then those that the user added or pinned."""
        return {**self._given, **self._read_own().cards}

    @property
    def reserved(self) -> frozenset[str]:
        """Names that a card of the user's own may not have."""
        return frozenset((*self._given, *self.own.unpinned))

    def reload(self) -> None:
        """Read the user's own cards again at the next call."""
        self._own_cards = None

    def card(self, card: ModelCard | str) -> ModelCard:
        """The card itself, or the one of that name.

        Raises:
            UnknownModel: there is none.
            ModelUnavailable: its publisher states no hash, and the user has pinned none.
            ModelInvalid: the record of the user's own card cannot be read.
        """
        if not isinstance(card, str):
            return card
        if card in self._read_own().faults:
            raise self._read_own().faults[card]
        cards = self.cards
        if card not in cards and card in self.own.unpinned:
            raise self.own.unpinned[card].refusal()
        return find_card(card, cards)

    def path(self, card: ModelCard | str, file: str | None = None) -> Path:
        """A verified file, fetched if need be.

        The file could change between the check and its use: what can take
        bytes should take :meth:`bytes`.

        Raises:
            UnknownModel, ModelUnavailable, ModelHashMismatch: see :meth:`pull`.
        """
        card = self.card(card)
        wanted = card.file(file)
        return self._ensure(card, (wanted,), self.progress)[0]

    def bytes(self, card: ModelCard | str, file: str | None = None) -> Content:
        """The content of a verified file: the very bytes that were hashed.

        Raises:
            UnknownModel, ModelUnavailable, ModelHashMismatch: see :meth:`pull`.
        """
        card = self.card(card)
        wanted = card.file(file)
        self._check_weights(card)
        data = _read_verified(self._place(card, wanted), wanted)
        if data is None:
            path = self._ensure(card, (wanted,), self.progress)[0]
            data = _read_verified(path, wanted)
        if data is None:
            raise ModelUnavailable(
                f"{card.name}: expected {wanted.name} to stay as it was fetched, but it changed at "
                f"once; see what else writes to {self.cache.root}"
            )
        return data

    def pull(
        self, card: ModelCard | str, progress: ProgressReporter | None = None
    ) -> tuple[Path, ...]:
        """Make sure that all files of a card are in the cache.

        Raises:
            UnknownModel: there is no such card.
            ModelUnavailable: no source delivers, or the cache cannot be written.
            ModelHashMismatch: no source delivers the right bytes, and one delivered others.
            SourceNotFound: ``weights`` does not exist.
        """
        card = self.card(card)
        return self._ensure(card, card.files, progress or self.progress)

    def check(self) -> tuple[FileStatus, ...]:
        """What the cache holds of every card, in the order of the cards; fetches nothing."""
        return tuple(
            FileStatus(card, file, self._place(card, file), self._state(card, file))
            for card in self.cards.values()
            for file in card.files
        )

    def forget(self, card: ModelCard | str) -> None:
        """Remove a card's files and what was derived from them; no error if there are none.

        A card that the user added is then unknown, and a pinned one is to be pinned again.

        Raises:
            UnknownModel: there is no such card.
            ModelUnavailable: the cache cannot be written.
        """
        name = card if isinstance(card, str) else card.name
        if name not in self._read_own().faults:
            self.cache.forget(self.card(card), self.notify)
        self.own.remove(name)
        self.reload()

    def derived(
        self,
        card: ModelCard | str,
        key: str,
        build: Callable[[Content], Content],
        file: str | None = None,
    ) -> Content:
        """What ``build`` makes of a verified file, made once and kept.

        Args:
            card: whose file.
            key: name and version of the conversion, e.g. ``folded-fp32-v1``; a new
                version of the conversion needs a new key.
            build: from the file's bytes to the converted ones; its errors pass through
                and leave nothing behind.
            file: the file's name, where the card has several.

        Raises:
            UnknownModel, ModelUnavailable, ModelHashMismatch: see :meth:`pull`.
        """
        card = self.card(card)
        wanted = card.file(file)
        folder = self.cache.derived_folder(card, wanted)
        derivation = Derivation(folder, key, wanted.sha256)
        data = derivation.load()
        if data is None:
            data = build(self.bytes(card, wanted.name))
            try:
                derivation.keep(data, self.cache.locked(card, self.notify))
            except ModelUnavailable as error:  # a read-only cache slows down, it does not stop
                self.notify(f"{key} of {card.name} was made but not kept: {error}")
        return data

    def cache_folder(self, kind: str) -> Path:
        """A folder for what a runtime keeps for itself, e.g. ``openvino``; made if need be.

        Raises:
            InvalidOption: ``kind`` is no plain folder name.
            ModelUnavailable: the folder cannot be made.
        """
        return self.cache.folder(kind)

    def _read_own(self) -> OwnCards:
        if self._own_cards is None:
            found = self.own.read()
            for name, fault in found.faults.items():
                self.notify(f"the record of {name} is passed over: {fault}")
            cards = {name: card for name, card in found.cards.items() if name not in self._given}
            self._own_cards = OwnCards(cards, found.faults)
        return self._own_cards

    def _place(self, card: ModelCard, file: WeightFile) -> Path:
        return file.lies_at or self.cache.file(card, file)

    def _state(self, card: ModelCard, file: WeightFile) -> FileState:
        path = self._place(card, file)
        try:
            if path.stat().st_size != file.size_bytes or sha256_of(path) != file.sha256:
                return FileState.DAMAGED
        except FileNotFoundError:
            return FileState.MISSING
        except OSError:  # a folder of that name, no permission, a broken disk
            return FileState.DAMAGED
        return FileState.CACHED

    def _ensure(
        self, card: ModelCard, files: tuple[WeightFile, ...], progress: ProgressReporter
    ) -> tuple[Path, ...]:
        """The paths of verified files; what is missing or damaged is fetched under the lock."""
        self._check_weights(card)
        paths = tuple(self._place(card, file) for file in files)
        lacking = [file for file in files if self._state(card, file) is not FileState.CACHED]
        if not lacking:
            return paths
        for file in lacking:
            if file.lies_at is not None:
                raise ModelHashMismatch(
                    f"{file.lies_at}: expected {file.size_bytes:,} bytes with SHA-256 "
                    f"{file.sha256}, got another file or none: it was changed since it was opened"
                )
        places = self.own_places
        licence = f"{card.name}: licence {card.licence}"
        self.notify(f"{licence}; {card.licence_note}" if card.licence_note else licence)
        with self.cache.locked(card, self.notify), self.cache.workshop(card) as workshop:
            from mien.models.delivery import Delivery, deliver

            delivery = Delivery(card, workshop, places, self.notify, progress)
            for file, path in zip(files, paths, strict=True):
                state = self._state(card, file)  # another process may have been faster
                if state is FileState.DAMAGED:
                    self.notify(f"{path}: damaged, not used; it is fetched again")
                if state is not FileState.CACHED:
                    deliver(file, path, delivery)
        return paths

    @property
    def own_places(self) -> tuple[Path, ...]:
        """The user's own file or folder, then the one that the environment names."""
        named = os.environ.get("MIEN_MODELS")
        folders = (Path(named),) if named else ()
        return folders if self._weights is None else (self._weights, *folders)

    def _check_weights(self, card: ModelCard) -> None:
        """Say at once, and not only on a cache miss, that the user's own file fits no card.

        Raises:
            SourceNotFound: there is no such file or folder.
            ModelHashMismatch: it is a file, and no card's.
        """
        if self._weights is None or self._weights_checked:
            return
        if not self._weights.exists():
            raise SourceNotFound(
                f"weights: expected a file or a folder, got {self._weights}, which does not exist"
            )
        if self._weights.is_file():
            got = _own_sha256(self._weights)
            files = [file for known in (card, *self.cards.values()) for file in known.files]
            if all(file.sha256 != got for file in files):
                raise ModelHashMismatch(
                    f"weights: expected a known card's file, such as {files[0].name} with "
                    f"SHA-256 {files[0].sha256}, got {self._weights} with {got}; "
                    "see `mien models list`"
                )
        self._weights_checked = True


def _read_verified(path: Path, file: WeightFile) -> Content | None:
    """The file's bytes if they are the card's, else None; nothing beyond its size is read."""
    try:
        with path.open("rb") as stream:
            data = stream.read(file.size_bytes + 1)
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == file.sha256 else None


def _own_sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise SourceNotFound(
            f"weights: {path} cannot be read: {error.strerror or error}"
        ) from error

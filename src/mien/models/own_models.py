"""What the user added: cards of his own and pinned hashes, as small records in the cache's folder.

::

    ROOT/cards/NAME.json        a card of the user's own, with the place of its weights
    ROOT/cards/NAME.pin.json    the hash that the user pinned for a card without a published one

A record is written whole or not at all. One that does not read is reported, and named again when
its model is asked for; the other models go on working.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mien.errors import InvalidOption, MienError, ModelInvalid
from mien.models.cards import EmbedderCard
from mien.models.placing import cache_unwritable, write_whole
from mien.models.unpinned import UnpinnedEmbedder
from mien.models.user_cards import Table, card_from_table

_PIN = ".pin.json"
_CARD = ".json"


@dataclass(frozen=True, slots=True)
class OwnCards:
    """What the records say.

    Attributes:
        cards: by name.
        faults: of the records that could not be read, by name.
    """

    cards: Mapping[str, EmbedderCard] = field(default_factory=dict)
    faults: Mapping[str, ModelInvalid] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnModels:
    """The folder of records.

    Attributes:
        folder: absolute; it need not exist.
        unpinned: the cards that wait for a hash.
    """

    folder: Path
    unpinned: Mapping[str, UnpinnedEmbedder]

    def read(self) -> OwnCards:
        """Every record."""
        cards: dict[str, EmbedderCard] = {}
        faults: dict[str, ModelInvalid] = {}
        for path in sorted(self.folder.glob(f"*{_CARD}")):
            if path.name.startswith("."):  # being written
                continue
            pin = path.name.endswith(_PIN)
            name = path.name.removesuffix(_PIN if pin else _CARD)
            try:
                card = self._pinned(path, name) if pin else _user_card(path)
                if card.name != name:
                    raise InvalidOption(f"name: expected {name}, got {card.name}")
                cards[name] = card
            except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
                reason = str(error) if isinstance(error, MienError) else repr(error)
                faults[name] = ModelInvalid(
                    f"{name}: expected a readable record at {path}, got: {reason}; "
                    f"run `mien models forget {name}` and add or pin it again"
                )
        return OwnCards(cards, faults)

    def add(self, card: EmbedderCard, table: Table, weights: Path) -> None:
        """Record a card of the user's own.

        Raises:
            ModelUnavailable: the folder cannot be written.
        """
        size_bytes = card.file().size_bytes
        record = {"card": table, "weights": str(weights), "size_bytes": size_bytes}
        write_whole(self.folder / f"{card.name}{_CARD}", json.dumps(record, indent=1).encode())

    def pin(self, card: EmbedderCard) -> None:
        """Record the hash and size of a pinned card's file.

        Raises:
            ModelUnavailable: the folder cannot be written.
        """
        record = {"sha256": card.file().sha256, "size_bytes": card.file().size_bytes}
        write_whole(self.folder / f"{card.name}{_PIN}", json.dumps(record, indent=1).encode())

    def remove(self, name: str) -> None:
        """Remove the records of a name; no error if there are none.

        Raises:
            ModelUnavailable: the folder cannot be written.
        """
        for path in (self.folder / f"{name}{_CARD}", self.folder / f"{name}{_PIN}"):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise cache_unwritable(self.folder, error) from error

    def _pinned(self, path: Path, name: str) -> EmbedderCard:
        record = _record(path)
        return self.unpinned[name].pinned(record["sha256"], record["size_bytes"])


def _user_card(path: Path) -> EmbedderCard:
    record = _record(path)
    return card_from_table(record["card"], Path(record["weights"]), record["size_bytes"])


def _record(path: Path) -> dict[str, Any]:
    record = json.loads(path.read_text("utf-8"))
    if not isinstance(record, dict):
        raise TypeError("not a JSON object")
    return record

"""A model of the user's own: added by its card, or pinned by its file; tried before it counts."""

from __future__ import annotations

from pathlib import Path

from mien.errors import InvalidOption, ModelError, ModelHashMismatch, SourceNotFound, UnknownModel
from mien.models import runtime
from mien.models.cards import EmbedderCard, OwnFileSource
from mien.models.fitting import rows_at_once, vectors_of
from mien.models.loading import graph
from mien.models.placing import sha256_of
from mien.models.runtime import Plan
from mien.models.selection import noise_batch
from mien.models.store import ModelStore
from mien.models.user_cards import Table, read_card


def add_model(store: ModelStore, card_file: Path) -> EmbedderCard:
    """Make the embedder of a card file known by its name; its weights are copied to the cache.

    The network is run once before it is recorded, so a card that does not fit its file is refused
    here and not at the first photo. Adding the same card again changes nothing.

    Raises:
        SourceNotFound: there is no such card, or no weights beside it.
        InvalidOption: the card is not sound, or its name is taken.
        ModelHashMismatch: the weights have another SHA-256 than the card says.
        ModelInvalid: the network does not load or does not fit the card.
        ModelUnavailable: the cache cannot be written.
    """
    card, table, weights = _read(store, card_file)
    known = store.cards.get(card.name)
    if known == card:
        return card
    if known is not None:
        raise InvalidOption(
            f"name: expected one that is not taken, got {card.name!r}, which was added with "
            f"another card; run `mien models forget {card.name}` first"
        )
    _pull_and_try(store, card)
    store.own.add(card, table, weights)
    store.reload()
    return card


def card_of_file(store: ModelStore, card_file: Path) -> EmbedderCard:
    """The card of a card file, to be used without adding it.

    Raises:
        SourceNotFound, InvalidOption: see :func:`add_model`.
    """
    return _read(store, card_file)[0]


def pin_model(store: ModelStore, name: str, weights: Path) -> EmbedderCard:
    """Say which file a card without a published hash means; from now on its SHA-256 decides.

    The file is imported and run once before the hash is recorded.

    Raises:
        UnknownModel: no card of that name waits for a hash.
        SourceNotFound: there is no such file.
        ModelHashMismatch: another file was pinned before.
        ModelInvalid: the file is not that network; the message names the layer.
        ModelUnavailable: the cache cannot be written.
    """
    waiting = store.own.unpinned.get(name)
    if waiting is None:
        known = ", ".join(store.own.unpinned)
        raise UnknownModel(f"pin: expected a card without a published hash ({known}), got {name!r}")
    path = weights.expanduser().absolute()
    try:
        if not path.is_file():
            raise FileNotFoundError(2, "no such file")
        card = waiting.pinned(sha256_of(path), path.stat().st_size, OwnFileSource(path))
    except OSError as error:
        raise SourceNotFound(
            f"weights: {path} cannot be read: {error.strerror or error}"
        ) from error
    known_card = store.cards.get(name)
    if known_card is not None and known_card.file().sha256 != card.file().sha256:
        raise ModelHashMismatch(
            f"{name}: expected the pinned SHA-256 {known_card.file().sha256}, got {path} with "
            f"{card.file().sha256}; to mean another file run `mien models forget {name}` first"
        )
    _pull_and_try(store, card)
    store.own.pin(card)
    store.reload()
    return card


def _read(store: ModelStore, card_file: Path) -> tuple[EmbedderCard, Table, Path]:
    card, table = read_card(card_file)
    if card.name in store.reserved:
        raise InvalidOption(
            f"{card_file}: name: expected one that mien's own cards do not have, got {card.name!r}"
        )
    (source,) = card.file().sources
    if not isinstance(source, OwnFileSource):
        raise InvalidOption(f"{card_file}: file: expected a file beside the card, got {source}")
    return card, table, source.path


def _pull_and_try(store: ModelStore, card: EmbedderCard) -> None:
    """Have the card's file in the cache, and its network run once; else leave nothing of it."""
    try:
        store.pull(card)
        network = runtime.load_network(graph(store, card), Plan(threads=1))
        rows_at_once(network, card)
        side = (card.input.size_wh or (0, 0))[0]
        vectors_of(network.run(noise_batch((1, 3, side, side), rows=1)), card, 1)
    except ModelError:
        if card.name not in store.cards:
            store.cache.forget(card, lambda _: None)
        raise

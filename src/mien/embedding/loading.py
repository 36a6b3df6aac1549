"""The embedders by name."""

from __future__ import annotations

from pathlib import Path

from mien.embedding.embedder import Embedder
from mien.errors import UnknownModel
from mien.models.adding import card_of_file
from mien.models.cards import EmbedderCard, ModelCard
from mien.models.loading import RuntimeOptions, open_network
from mien.models.store import ModelStore


def load_embedder(
    name: str,
    store: ModelStore,
    options: RuntimeOptions | None = None,
    *,
    mirror: bool = False,
) -> Embedder:
    """An embedder by its card's name or card file, its weights fetched if need be.

    Raises:
        UnknownModel: there is no embedder of that name.
        SourceNotFound, InvalidOption: the card file is not there or not sound.
        ModelError: its weights cannot be had or do not load.
    """
    card = find_embedder_card(name, store)
    return Embedder(open_network(store, card, options), card, mirror=mirror)


def find_embedder_card(name: str, store: ModelStore) -> EmbedderCard:
    """An embedder's card by its name, or from its card file.

    Raises:
        UnknownModel, SourceNotFound, InvalidOption: as `load_embedder`.
    """
    if name.endswith(".toml"):
        card: ModelCard | None = card_of_file(store, Path(name))
    else:
        try:
            card = store.card(name)
        except UnknownModel:
            card = None  # the message below names the embedders alone
    if not isinstance(card, EmbedderCard):
        known = [card.name for card in store.cards.values() if isinstance(card, EmbedderCard)]
        raise UnknownModel(f"embedder: expected one of {', '.join(known)}; got {name!r}")
    return card

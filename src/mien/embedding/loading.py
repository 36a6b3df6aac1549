"""The embedders by name."""

from __future__ import annotations

from pathlib import Path

from mien.embedding.embedder import Embedder
from mien.embedding.fusion import FUSIONS, FusedEmbedder, Fusion, find_fusion
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
) -> Embedder | FusedEmbedder:
    """An embedder by its card's name, card file or fusion's name, its weights fetched if need be.

    Names with a plus between them that are no known fusion are one whose parts weigh the same.

    Raises:
        UnknownModel: there is no embedder of that name.
        SourceNotFound, InvalidOption: the card file is not there or not sound.
        ModelError: its weights cannot be had or do not load.
    """
    parts = [
        Embedder(open_network(store, card, options), card, mirror=mirror)
        for card in find_embedder_cards(name, store)
    ]
    fusion = _fusion(name, store)
    return parts[0] if fusion is None else FusedEmbedder(name, parts, fusion.weights)


def find_embedder_cards(name: str, store: ModelStore) -> tuple[EmbedderCard, ...]:
    """The cards of an embedder's networks by its name: several only for a fusion.

    Raises:
        UnknownModel, SourceNotFound, InvalidOption: as `load_embedder`.
    """
    fusion = _fusion(name, store)
    return tuple(_card(one, store) for one in (fusion.parts if fusion else (name,)))


def _fusion(name: str, store: ModelStore) -> Fusion | None:
    own = name in store.cards or name.endswith(".toml")  # whose name may hold a plus
    return None if own else find_fusion(name)


def _cure(name: str) -> str:
    """A trained model's vectors have a name, but its network is found by its folder alone."""
    if not name.startswith("trained-"):
        return ""
    return ": a trained model of that name; give its folder with --model (Settings(model=...))"


def _card(name: str, store: ModelStore) -> EmbedderCard:
    if name.endswith(".toml"):
        card: ModelCard | None = card_of_file(store, Path(name))
    else:
        try:
            card = store.card(name)
        except UnknownModel:
            card = None  # the message below names the embedders alone
    if not isinstance(card, EmbedderCard):
        known = [card.name for card in store.cards.values() if isinstance(card, EmbedderCard)]
        raise UnknownModel(
            f"embedder: expected one of {', '.join([*known, *FUSIONS])}; got {name!r}{_cure(name)}"
        )
    return card

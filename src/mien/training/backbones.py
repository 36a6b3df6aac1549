"""The backbones by name: from a name to published weights to torch modules that can be trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import nn

from mien.errors import UnknownModel
from mien.models import BackboneCard, EmbedderCard, ModelStore
from mien.models.graph_record import read_graph
from mien.models.loading import graph
from mien.networks.backbone import Backbone, BackboneFacts
from mien.networks.from_graph import blocks_of
from mien.networks.image_networks import mobilenet_v2
from mien.networks.state_dict import read_state_dict

BACKBONES = {
    "sface": "a network of faces (9.6 M parameters), SFace; the usual choice",
    "dlib-resnet": "a network of faces (5.6 M), dlib's",
    "mobilenetv2": "a small network of pictures (2.2 M), trained on ImageNet",
}
"""What can be named, and what each is."""

Blocks = list[tuple[str, nn.Module]]


def load_backbone(name: str, store: ModelStore) -> Backbone:
    """A backbone with its published weights, nothing frozen, in evaluation mode.

    Args:
        name: one of `BACKBONES`.
        store: where the weights come from.

    Raises:
        UnknownModel: there is none of that name.
        ModelError: its weights cannot be had, or are not what they should be.
    """
    if name in ("sface", "dlib-resnet"):
        return _face_network(name, store)
    if name in IMAGE_NETWORKS:
        card, build = IMAGE_NETWORKS[name]
        return _image_network(name, card, build, store)
    raise UnknownModel(f"backbone: expected one of {', '.join(BACKBONES)}; got {name!r}")


def _face_network(name: str, store: ModelStore) -> Backbone:
    card = store.card(name)
    if not isinstance(card, EmbedderCard):
        raise UnknownModel(f"backbone: expected an embedder under the name {name}")
    facts = BackboneFacts(name, card.input, card.template, card.file().sha256)
    return Backbone(facts, blocks_of(read_graph(graph(store, card))))


def _image_network(
    name: str, card_name: str, build: Callable[[bytes], Blocks], store: ModelStore
) -> Backbone:
    card = store.card(card_name)
    if not isinstance(card, BackboneCard):
        raise UnknownModel(f"backbone: expected a backbone under the name {card_name}")
    facts = BackboneFacts(name, card.input, card.template, card.file().sha256)
    return Backbone(facts, build(store.bytes(card)))


def _mobilenet_v2(content: bytes) -> Blocks:
    return mobilenet_v2(read_state_dict(content, "mobilenetv2"))


IMAGE_NETWORKS: Mapping[str, tuple[str, Callable[[bytes], Blocks]]] = {
    "mobilenetv2": ("imagenet-mobilenetv2", _mobilenet_v2),
}

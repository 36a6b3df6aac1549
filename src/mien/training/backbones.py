"""The backbones by name: from a name to published weights to torch modules that can be trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import nn

from mien.errors import ModelInvalid, ModelUnavailable, UnknownModel
from mien.models import BackboneCard, EmbedderCard, ModelStore
from mien.models.convert.hed_vgg16 import convolutions
from mien.models.graph_record import read_graph
from mien.models.loading import graph
from mien.networks.backbone import Backbone, BackboneFacts
from mien.networks.efficientnet_lite import efficientnet_lite0
from mien.networks.from_graph import blocks_of
from mien.networks.image_networks import mobilenet_v2, vgg16
from mien.networks.state_dict import read_state_dict
from mien.training.backbone_names import BACKBONES
from mien.training.torchvision_weights import torchvision_backbone, torchvision_names

__all__ = ["BACKBONES", "load_backbone"]

FACE_NETWORKS = ("sface", "dlib-resnet")

Blocks = list[tuple[str, nn.Module]]


@dataclass(frozen=True, slots=True)
class ImageNetwork:
    """A network of pictures with a card: from the file's bytes to blocks."""

    card: str
    build: Callable[[bytes], Blocks]


IMAGE_NETWORKS: Mapping[str, ImageNetwork] = {
    "mobilenetv2": ImageNetwork(
        "imagenet-mobilenetv2",
        lambda content: mobilenet_v2(read_state_dict(content, "mobilenetv2")),
    ),
    "efficientnet-lite0": ImageNetwork(
        "imagenet-efficientnet-lite0",
        lambda content: efficientnet_lite0(
            read_state_dict(content, "efficientnet-lite0")
        ).feature_blocks(),
    ),
    "vgg16-hed": ImageNetwork("vgg16-hed", lambda content: vgg16(convolutions(content))),
}


def load_backbone(name: str, store: ModelStore) -> Backbone:
    """A backbone with its published weights, nothing frozen, in evaluation mode.

    Args:
        name: one of `BACKBONES`, or a classifier of torchvision. ``vgg16`` takes torchvision's
            weights where they can be had, else those of ``vgg16-hed``, says so to the store's
            listener, and is then named ``vgg16-hed``.
        store: where the weights come from.

    Raises:
        UnknownModel: there is none of that name.
        ModelUnavailable: its weights cannot be had; the message says how to hand them over.
        ModelError: they are not what they should be, or a library is missing.
    """
    if name in FACE_NETWORKS:
        return _face_network(name, store)
    if name in IMAGE_NETWORKS:
        return _image_network(name, store)
    if name == "vgg16":
        return _vgg16(store)
    if name in torchvision_names():
        return torchvision_backbone(name, store)
    raise UnknownModel(
        f"backbone: expected one of {', '.join(BACKBONES)}, or a classifier of torchvision "
        f"such as convnext_tiny; got {name!r}"
    )


def _face_network(name: str, store: ModelStore) -> Backbone:
    card = store.card(name)
    if not isinstance(card, EmbedderCard):
        raise ModelInvalid(f"{name}: expected the card of an embedder, got {card.task}")
    facts = BackboneFacts(name, card.input, card.template, card.file().sha256)
    return Backbone(facts, blocks_of(read_graph(graph(store, card))))


def _image_network(name: str, store: ModelStore) -> Backbone:
    network = IMAGE_NETWORKS[name]
    card = store.card(network.card)
    if not isinstance(card, BackboneCard):
        raise ModelInvalid(f"{name}: expected the card of a backbone, got {card.task}")
    facts = BackboneFacts(name, card.input, card.template, card.file().sha256)
    return Backbone(facts, network.build(store.bytes(card)))


def _vgg16(store: ModelStore) -> Backbone:
    try:
        return torchvision_backbone("vgg16", store)
    except ModelUnavailable as error:
        store.notify(
            f"vgg16: torchvision's ImageNet weights are not to be had here, so those of vgg16-hed "
            f"are used (ImageNet, then trained further to find edges); {error}"
        )
        return _image_network("vgg16-hed", store)

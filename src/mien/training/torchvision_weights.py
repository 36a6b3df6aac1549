"""torchvision's published weights: which file, how pixels go in, under which licence."""

from __future__ import annotations

from typing import Any

from torchvision import models

from mien.errors import ModelInvalid
from mien.models import ModelStore
from mien.models.backbone_cards import IMAGE_TEMPLATE
from mien.models.cards import ChannelOrder, NetworkInput
from mien.models.published import PublishedFile, published_card
from mien.networks.backbone import Backbone, BackboneFacts
from mien.networks.image_networks import feature_blocks, new_model
from mien.networks.state_dict import filled, read_state_dict

BYTES_PER_PARAMETER = 4
HALVES = ("googlenet", "inception_v3")


def torchvision_names() -> list[str]:
    """torchvision's classifiers of pictures, e.g. ``resnet50``."""
    return list(models.list_models(module=models))


def torchvision_backbone(name: str, store: ModelStore, weights: Any = None) -> Backbone:
    """A classifier of torchvision as a backbone.

    Args:
        name: one of `torchvision_names`.
        store: where the weights come from.
        weights: a ``torchvision.models.Weights``; by default those that torchvision recommends.

    Raises:
        ModelUnavailable: they cannot be had; the message says how to hand them over.
        ModelError: they are not what they should be.
    """
    weights = weights or models.get_model_weights(name).DEFAULT
    card = published_card(store, published_file(name, weights))
    eats = _eats(name, weights)
    facts = BackboneFacts(name, eats, IMAGE_TEMPLATE, card.file().sha256)
    side = eats.size_wh[0] if eats.size_wh else 0
    state = read_state_dict(store.bytes(card), name)
    return Backbone(facts, feature_blocks(filled(new_model(name, side), state, name)))


def published_file(name: str, weights: Any) -> PublishedFile:
    """Where the weights lie, and how their SHA-256 begins."""
    size_bytes = BYTES_PER_PARAMETER * int(weights.meta["num_params"])
    return PublishedFile(
        name=f"torchvision-{name.replace('_', '-')}",
        description=f"{name} of torchvision, to train from",
        licence=str(weights.meta.get("license", "BSD-3-Clause")),
        url=str(weights.url),
        limit_bytes=2 * size_bytes + (64 << 20),  # layers that only training used are in it too
    )


def _eats(name: str, weights: Any) -> NetworkInput:
    """torchvision's own evaluation transform, in pixels of 0-255."""
    transform = weights.transforms()
    (side,) = set(transform.crop_size)
    mean, std = _three(name, transform.mean), _three(name, transform.std)
    if name in HALVES:  # they turn torchvision's mean and std into their authors', 0.5, themselves
        mean = std = (127.5, 127.5, 127.5)
    return NetworkInput(ChannelOrder.RGB, (side, side), mean=mean, std=std)


def _three(name: str, numbers: list[float]) -> tuple[float, float, float]:
    """Of pixels in 0-1 to of pixels in 0-255, without the noise of binary fractions."""
    if len(numbers) != 3:
        raise ModelInvalid(f"{name}: expected weights for three channels, got {len(numbers)}")
    red, green, blue = (round(255 * number, 6) for number in numbers)
    return red, green, blue

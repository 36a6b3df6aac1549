"""A pretrained network without its last layer: pictures in, features out, in blocks.

Yosinski et al., "How transferable are features in deep neural networks?" (NIPS 2014): the first
layers see edges and colours and serve every task, the last ones are made for the task that they
were trained on. So blocks are counted from the input, and what is trained anew begins at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from mien.checks import check_count, check_fraction
from mien.errors import InvalidOption, ModelInvalid
from mien.models.cards import ChannelOrder, NetworkInput


@dataclass(frozen=True, slots=True)
class BackboneFacts:
    """What is known of a backbone beside its layers.

    Attributes:
        name: as it stands in reports; it says which weights are in use.
        eats: what the first layer wants; ``size_wh`` is that of the square crop.
        template: name of the alignment's five points for the crop.
        weights_sha256: of the published file of its weights.
    """

    name: str
    eats: NetworkInput
    template: str
    weights_sha256: str


class Backbone(nn.Module):
    """Maps ``(N, 3, S, S) float32`` RGB pixels in 0-255 to features.

    Features are ``(N, C, h, w)`` for networks of pictures and ``(N, D)``, of any length, for
    networks of faces. Channel order, mean and standard deviation are part of the network.

    Attributes:
        facts: its name, its input, its weights.
        blocks: pairs of a name and the modules behind it, from the input to the output; every
            parameter belongs to exactly one.
        feature_shape: of one picture's features.

    Args:
        facts: what is known of it.
        blocks: from the input to the output, each taking what the one before it gives.

    Raises:
        ModelInvalid: the blocks do not follow on each other, or share a parameter.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, facts: BackboneFacts, blocks: Sequence[tuple[str, nn.Module]]) -> None:
        super().__init__()
        self.facts = facts
        self.body = nn.Sequential(*(module for _, module in blocks))
        self.blocks: tuple[tuple[str, tuple[nn.Module]], ...] = tuple(
            (name, (module,)) for name, module in blocks
        )
        self._frozen = 0
        counted = sum(len(list(module.parameters())) for _, module in blocks)
        if counted != len(list(self.body.parameters())):
            raise ModelInvalid(f"{facts.name}: expected blocks that share no parameter")
        for key, values in (("mean", facts.eats.mean), ("std", facts.eats.std)):
            self.register_buffer(key, torch.tensor(values).reshape(1, 3, 1, 1), persistent=False)
        self.feature_shape = self._measured_shape()

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def side(self) -> int:
        """Of the square crop that goes in, pixels."""
        return self.facts.eats.size_wh[0] if self.facts.eats.size_wh else 0

    @property
    def template(self) -> str:
        """Name of the alignment's template for the crop."""
        return self.facts.template

    @property
    def frozen_blocks(self) -> int:
        """How many of the first blocks stay as they are; see `freeze`."""
        return self._frozen

    def forward(self, pixels: Tensor) -> Tensor:
        features: Tensor = self.body(self.prepare(pixels))
        return features

    def prepare(self, pixels: Tensor) -> Tensor:
        """What the first block wants of RGB pixels in 0-255."""
        eats = self.facts.eats
        if eats.channels is ChannelOrder.BGR:
            pixels = pixels[:, [2, 1, 0]]
        if any(eats.mean):
            pixels = pixels - self.mean
        return pixels / self.std if eats.std != (1.0, 1.0, 1.0) else pixels

    def train(self, mode: bool = True) -> Self:
        """As of every module, but frozen blocks stay as they are in use.

        Their batch norms keep the statistics that belong to their weights, and they drop nothing:
        a frozen block gives the same answer in training and in use.
        """
        super().train(mode)
        for module in list(self.body)[: self._frozen]:
            module.eval()
        return self

    def freeze_first(self, count: int) -> None:
        """Let the first ``count`` blocks stay as they are, and the others learn.

        Raises:
            InvalidOption: there are not so many.
        """
        check_count(count, "blocks to freeze", 0, len(self.blocks))
        self._frozen = count
        for index, module in enumerate(self.body):
            module.requires_grad_(index >= count)
        self.train(self.training)

    def first_blocks(self, count: int) -> Backbone:
        """A backbone of its first ``count`` blocks alone; the weights are shared.

        Raises:
            InvalidOption: there are not so many.
        """
        check_count(count, "blocks", 1, len(self.blocks))
        return Backbone(self.facts, [(name, parts[0]) for name, parts in self.blocks[:count]])

    def _measured_shape(self) -> tuple[int, ...]:
        first = next(self.body.parameters())
        nothing = torch.zeros(1, 3, self.side, self.side, device=first.device)
        self.eval()
        try:
            with torch.no_grad():
                features = self.body(nothing)
        except RuntimeError as error:
            raise ModelInvalid(
                f"{self.name}: expected blocks that follow on each other, got {error}"
            ) from error
        return tuple(features.shape[1:])


def freeze(backbone: Backbone, unfreeze: int | None) -> None:
    """Choose what of a backbone learns.

    Args:
        backbone: it is changed.
        unfreeze: None lets everything learn, 0 nothing, K the last K blocks.

    Raises:
        InvalidOption: there are fewer blocks.
    """
    count = len(backbone.blocks)
    learning = count if unfreeze is None else check_count(unfreeze, "unfreeze", 0, count)
    backbone.freeze_first(count - learning)


def with_side(backbone: Backbone, side: int) -> Backbone:
    """The same network, sharing its layers, for square crops of another size.

    Raises:
        InvalidOption: a network of faces, whose last layer counts its places.
    """
    eats = backbone.facts.eats
    if len(backbone.feature_shape) == 1 and side != backbone.side:
        raise InvalidOption(
            f"side: expected {backbone.side} for {backbone.name}, got {side}; only networks of "
            "pictures take other crops"
        )
    facts = replace(backbone.facts, eats=replace(eats, size_wh=(side, side)))
    return Backbone(facts, [(name, module) for name, (module,) in backbone.blocks])


def parameter_groups(
    backbone: Backbone, head: nn.Module, learning_rate: float, decay: float
) -> list[dict[str, Any]]:
    """What learns, in groups for an optimiser, the head first.

    The head gets the learning rate, the last block ``decay`` times it, the one before it
    ``decay`` times that, and so on: discriminative fine-tuning, Howard and Ruder, "Universal
    Language Model Fine-tuning for Text Classification" (ACL 2018), section 3.2. Frozen blocks
    are left out.

    Args:
        backbone: after `freeze`.
        head: with all its parameters.
        learning_rate: above 0.
        decay: above 0, at most 1; 1 gives every block the head's rate.

    Returns:
        Dicts with ``params``, ``lr`` and ``name``, as torch's optimisers take them.

    Raises:
        InvalidOption: a rate or a decay outside its range.
    """
    rate = check_fraction(learning_rate, "learning_rate", 1e-12, 1e3)
    check_fraction(decay, "decay", 1e-6, 1.0)
    groups = [_group("head", head.parameters(), rate)]
    for name, modules in reversed(backbone.blocks):
        rate *= decay
        groups.append(_group(name, (one for each in modules for one in each.parameters()), rate))
    return [group for group in groups if group["params"]]


def _group(name: str, parameters: Iterable[nn.Parameter], rate: float) -> dict[str, Any]:
    return {"params": [one for one in parameters if one.requires_grad], "lr": rate, "name": name}

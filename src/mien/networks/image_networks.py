"""torchvision's classifiers without what classifies: pictures in, maps of features out.

Their forward passes are chains of their children (vision transformers apart), so the chain up to
the pooling is taken, cut into blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.densenet import DenseNet
from torchvision.models.vision_transformer import VisionTransformer

from mien.networks.blocks import in_blocks
from mien.networks.state_dict import filled
from mien.records import FloatArray

_BEHIND_THE_FEATURES = {"avgpool", "flatten", "dropout", "fc", "classifier", "head", "heads"}
_BESIDE_THE_CHAIN = {"aux1", "aux2", "AuxLogits"}  # GoogLeNet's and Inception's second answers


class Tokens(nn.Module):
    """The first step of a vision transformer: a picture's patches as a sequence of vectors.

    Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021), section 3.1.
    """

    def __init__(self, model: VisionTransformer) -> None:
        super().__init__()
        self.patches = model.conv_proj
        self.class_token = model.class_token
        self.places = model.encoder.pos_embedding
        self.dropout = model.encoder.dropout

    def forward(self, picture: Tensor) -> Tensor:
        patches = self.patches(picture).flatten(2).transpose(1, 2)
        first = self.class_token.expand(len(picture), -1, -1)
        tokens: Tensor = self.dropout(torch.cat([first, patches], dim=1) + self.places)
        return tokens


class FirstToken(nn.Module):
    """What a vision transformer says of the whole picture."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, 0]


def feature_blocks(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """The blocks of a torchvision classifier up to its pooling, named as its own layers are.

    A vision transformer gives ``(N, D)``, everything else ``(N, C, h, w)``.
    """
    if isinstance(model, VisionTransformer):
        return in_blocks(_transformer(model))
    layers: list[tuple[str, nn.Module]] = []
    for name, child in model.named_children():
        if name in _BEHIND_THE_FEATURES:
            break
        if name not in _BESIDE_THE_CHAIN:
            layers.extend(_flattened(name, child))
    if isinstance(model, DenseNet):
        layers.append(("relu", nn.ReLU()))  # a function in its forward pass
    return in_blocks(layers)


def mobilenet_v2(state: Mapping[str, Tensor]) -> list[tuple[str, nn.Module]]:
    """The 19 blocks of MobileNetV2 with these weights.

    Raises:
        ModelInvalid: they are another network's.
    """
    with torch.device("meta"):
        model = models.mobilenet_v2(weights=None)
    return feature_blocks(filled(model, state, "mobilenetv2"))


def vgg16(convolutions: Sequence[tuple[FloatArray, FloatArray]]) -> list[tuple[str, nn.Module]]:
    """The 13 blocks of VGG16, a convolution each, with these kernels and biases.

    Args:
        convolutions: from the input on: ``(out, in, 3, 3)`` and ``(out,)``.

    Raises:
        ModelInvalid: they are another network's.
    """
    with torch.device("meta"):
        features = models.vgg16(weights=None).features
    tensors = [torch.from_numpy(array) for pair in convolutions for array in pair]
    state = dict(zip(features.state_dict(), tensors, strict=False))
    return in_blocks(_flattened("features", filled(features, state, "vgg16")))


def new_model(name: str, side: int) -> nn.Module:
    """A classifier of torchvision without weights, for square pictures of ``side`` pixels."""
    options: dict[str, Any] = {}
    if name.startswith("vit_"):
        options["image_size"] = side
    if name in ("googlenet", "inception_v3") or name.startswith("vgg"):
        options["init_weights"] = False  # slow, and what is published comes over it
    model: nn.Module = models.get_model(name, weights=None, **options)
    return model.eval()


def _flattened(name: str, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    if type(module) in (nn.Sequential, nn.ModuleList):  # subclasses are units of their own
        for key, child in module.named_children():
            yield from _flattened(f"{name}.{key}", child)
    else:
        yield name, module


def _transformer(model: VisionTransformer) -> Iterator[tuple[str, nn.Module]]:
    yield "tokens", Tokens(model)
    yield from model.encoder.layers.named_children()
    yield "ln", model.encoder.ln
    yield "first_token", FirstToken()

"""EfficientNet-Lite0: EfficientNet-B0 without squeeze-and-excitation, ReLU6 in place of swish.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (ICML 2019),
table 1; the changes of "Lite": stem and head keep their width, TensorFlow's
``efficientnet/lite``. The names of the layers are those of the published file.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mien.networks.state_dict import filled

CLASSES = 1000


@dataclass(frozen=True, slots=True)
class Stage:
    """Inverted residuals of one kind: the first changes the size, the others keep it."""

    kernel: int
    stride: int
    expansion: int
    outputs: int
    repeats: int


STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
)


class SamePadding(nn.Module):
    """Zeros around as TensorFlow's ``same``: where they are odd, one more below and on the right.

    ``(H + stride - 1) // stride`` rows come out of a convolution behind it, whatever H is.
    """

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, picture: Tensor) -> Tensor:
        height, width = (self._missing(int(side)) for side in picture.shape[2:])
        around = (width // 2, width - width // 2, height // 2, height - height // 2)
        return nn.functional.pad(picture, around)

    def _missing(self, side: int) -> int:
        steps = (side - 1) // self.stride
        return max(steps * self.stride + self.kernel - side, 0)


class InvertedResidual(nn.Sequential):
    """Sandler et al., "MobileNetV2" (CVPR 2018), section 3.3."""

    def __init__(self, stage: Stage, inputs: int, stride: int) -> None:
        inner = inputs * stage.expansion
        layers: dict[str, nn.Module] = {}
        if stage.expansion != 1:
            layers["_expand_conv"] = nn.Conv2d(inputs, inner, 1, bias=False)
            layers |= {"_bn0": _norm(inner), "relu0": nn.ReLU6()}
        layers["padding"] = SamePadding(stage.kernel, stride)
        layers["_depthwise_conv"] = nn.Conv2d(
            inner, inner, stage.kernel, stride, groups=inner, bias=False
        )
        layers |= {"_bn1": _norm(inner), "relu1": nn.ReLU6()}
        layers["_project_conv"] = nn.Conv2d(inner, stage.outputs, 1, bias=False)
        layers["_bn2"] = _norm(stage.outputs)
        super().__init__(OrderedDict(layers))
        self.adds = stride == 1 and inputs == stage.outputs

    def forward(self, picture: Tensor) -> Tensor:
        seen = picture
        for layer in self:
            seen = layer(seen)
        return picture + seen if self.adds else seen


class EfficientNetLite0(nn.Module):
    """The whole classifier: ``(N, 3, H, W)`` to ``(N, 1000)`` logits."""

    def __init__(self) -> None:
        super().__init__()
        self._padding = SamePadding(3, 2)
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        blocks, inputs = [], 32
        for stage in STAGES:
            for repeat in range(stage.repeats):
                blocks.append(InvertedResidual(stage, inputs, 1 if repeat else stage.stride))
                inputs = stage.outputs
        self._blocks = nn.Sequential(*blocks)
        self._conv_head = nn.Conv2d(inputs, 1280, 1, bias=False)
        self._bn1 = _norm(1280)
        self._fc = nn.Linear(1280, CLASSES)

    def forward(self, picture: Tensor) -> Tensor:
        for _, block in self.feature_blocks():
            picture = block(picture)
        logits: Tensor = self._fc(picture.mean((2, 3)))
        return logits

    def feature_blocks(self) -> list[tuple[str, nn.Module]]:
        """The 18 blocks up to the pooling: stem, 16 inverted residuals, head."""
        stem = nn.Sequential(self._padding, self._conv_stem, self._bn0, nn.ReLU6())
        head = nn.Sequential(self._conv_head, self._bn1, nn.ReLU6())
        residuals = [(f"blocks.{name}", block) for name, block in self._blocks.named_children()]
        return [("stem", stem), *residuals, ("head", head)]


def efficientnet_lite0(state: Mapping[str, Tensor]) -> EfficientNetLite0:
    """The classifier with these weights, in evaluation mode.

    Raises:
        ModelInvalid: they are another network's.
    """
    with torch.device("meta"):
        model = EfficientNetLite0()
    return filled(model, state, "efficientnet-lite0").eval()


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)

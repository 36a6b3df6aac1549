"""VGGFace2's ResNet-50 and SENet-50 from keras-vggface's files to ONNX graphs.

Cao et al., "VGGFace2", FG 2018; He et al., "Deep Residual Learning", CVPR 2016; Hu et al.,
"Squeeze-and-Excitation Networks", CVPR 2018. The published files are ports of Caffe networks: the
stride of a stage sits on its first 1 × 1 convolution, the stem's pooling is not padded, and the
batch normalisation's epsilon is Keras's 1e-3 for ResNet-50 but 1e-4 for SENet-50. The descriptor
is the mean over the last 7 × 7 cells; a classifier, where the file has one, is left out.

Batch normalisation at inference is a factor and a shift for each channel, so it goes into the
convolution in front of it (computed in fp64).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.errors import ModelInvalid
from mien.models.convert.keras_h5 import BATCH_NORMALISATION, Weight, WeightReader, open_weights
from mien.models.convert.onnx_builder import GraphBuilder, Tensor
from mien.records import FloatArray

CLASSIFIER = "classifier"


@dataclass(frozen=True, slots=True)
class Stage:
    """Blocks of one resolution: inner channels, output channels, how many blocks."""

    inner: int
    outputs: int
    blocks: int


@dataclass(frozen=True, slots=True)
class ResNet50:
    """The architecture; tests build narrow ones.

    Attributes:
        model: the card's name, for messages.
        epsilon: of every batch normalisation.
        squeeze: SENet's reduction, or None for plain ResNet.
        side: of the input, pixels.
        stem: output channels of the first convolution.
        stages: numbered from 2 in the file.
    """

    model: str
    epsilon: float = 1e-3
    squeeze: int | None = None
    side: int = 224
    stem: int = 64
    stages: tuple[Stage, ...] = (
        Stage(64, 256, 3),
        Stage(128, 512, 4),
        Stage(256, 1024, 6),
        Stage(512, 2048, 3),
    )

    def convert(self, content: bytes) -> bytes:
        """An ONNX model: ``(N, 3, side, side)`` to ``(N, channels of the last stage)``.

        Raises:
            EngineMissing: h5py is not installed.
            ModelInvalid: the file has another layout; the message names the layer.
        """
        with open_weights(content, self.model) as reader:
            network = _Assembly(self, GraphBuilder(self.side), reader)
            value = network.stem()
            for number, stage in enumerate(self.stages, start=2):
                for block in range(1, stage.blocks + 1):
                    value = network.block(value, stage, f"conv{number}_{block}", first=block == 1)
            reader.finish(ignored=(CLASSIFIER,))
        return network.graph.finish(network.graph.mean_over_picture(value))


@dataclass(frozen=True, slots=True)
class _Assembly:
    network: ResNet50
    graph: GraphBuilder
    reader: WeightReader

    def stem(self) -> Tensor:
        value = self.normalised(
            self.graph.image, "conv1/7x7_s2", self.network.stem, 7, stride=2, same=True
        )
        return self.graph.max_pool(self.graph.relu(value), 3, 2)

    def block(self, value: Tensor, stage: Stage, name: str, *, first: bool) -> Tensor:
        """A bottleneck; the first of a stage projects its shortcut, and halves from stage 3 on."""
        stride = 2 if first and not name.startswith("conv2_") else 1
        graph = self.graph
        inner = graph.relu(
            self.normalised(value, f"{name}_1x1_reduce", stage.inner, 1, stride=stride)
        )
        inner = graph.relu(self.normalised(inner, f"{name}_3x3", stage.inner, 3, same=True))
        inner = self.normalised(inner, f"{name}_1x1_increase", stage.outputs, 1)
        if self.network.squeeze is not None:
            inner = self.excited(inner, name, self.network.squeeze)
        if first:
            value = self.normalised(value, f"{name}_1x1_proj", stage.outputs, 1, stride=stride)
        return graph.relu(graph.add(inner, value))

    def excited(self, value: Tensor, name: str, reduction: int) -> Tensor:
        """Squeeze and excitation: each channel times a factor in 0-1 from all channels' means."""
        graph = self.graph
        narrow = value.channels // reduction
        factors = graph.mean_over_picture(value)
        factors = graph.relu(self.biased(factors, f"{name}_1x1_down", narrow))
        factors = graph.sigmoid(self.biased(factors, f"{name}_1x1_up", value.channels))
        return graph.scale(value, factors)

    def normalised(
        self,
        value: Tensor,
        name: str,
        outputs: int,
        size: int,
        *,
        stride: int = 1,
        same: bool = False,
    ) -> Tensor:
        """Convolution without bias, then batch normalisation, as one convolution."""
        (kernel,) = self.reader.take(
            name, [Weight("kernel", (size, size, value.channels, outputs))]
        )
        parameters = self.reader.take(
            f"{name}/bn", [Weight(role, (outputs,)) for role in BATCH_NORMALISATION]
        )
        if (parameters[-1] < 0).any():
            raise ModelInvalid(f"{self.network.model}: {name}/bn: expected variances, got some < 0")
        kernel, bias = fold_normalisation(kernel, parameters, self.network.epsilon)
        return self.graph.conv(value, kernel, bias, stride=stride, same=same)

    def biased(self, value: Tensor, name: str, outputs: int) -> Tensor:
        """A 1 × 1 convolution with bias."""
        kernel, bias = self.reader.take(
            name, [Weight("kernel", (1, 1, value.channels, outputs)), Weight("bias", (outputs,))]
        )
        return self.graph.conv(value, kernel, bias, same=False)


def fold_normalisation(
    kernel: FloatArray, parameters: tuple[FloatArray, ...], epsilon: float
) -> tuple[FloatArray, FloatArray]:
    """Kernel ``(k, k, in, out)`` and gamma, beta, mean, variance to one kernel and one bias."""
    gamma, beta, mean, variance = (values.astype(np.float64) for values in parameters)
    factor = gamma / np.sqrt(variance + epsilon)
    return (
        np.asarray(kernel * factor, dtype=np.float32),
        np.asarray(beta - mean * factor, dtype=np.float32),
    )

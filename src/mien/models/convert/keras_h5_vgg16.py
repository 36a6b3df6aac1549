"""VGG-Face (VGG16) from its two published Keras files to one ONNX graph.

Parkhi et al., "Deep Face Recognition", BMVC 2015: 13 convolutions and three layers of 4096, 4096
and 2622. The descriptor is what the last layer gives before the softmax. Two files hold it:

* keras-vggface's ``rcmalli_vggface_tf_vgg16.h5``: layers by name (``conv1_1`` ... ``fc8``), the
  last three dense;
* DeepFace's ``vgg_face_weights.h5``: a sequential model without names of its own (``conv2d_1`` or
  whatever), the last three as convolutions; read in order.

Both flatten 7 × 7 × 512 in the order height, width, channel, so a dense kernel reshaped is the
convolution's.
"""

from __future__ import annotations

from dataclasses import dataclass

from mien.models.convert.keras_h5 import Weight, WeightReader, open_weights
from mien.models.convert.onnx_builder import GraphBuilder, Tensor
from mien.records import FloatArray


@dataclass(frozen=True, slots=True)
class Vgg16:
    """The architecture; tests build narrow ones.

    Attributes:
        model: the card's name, for messages.
        side: of the input, pixels.
        blocks: output channels of the convolutions of each block; each ends in a halving.
        hidden: output channels of fc6 and fc7.
        outputs: of fc8, the descriptor's length.
    """

    model: str
    side: int = 224
    blocks: tuple[tuple[int, ...], ...] = (
        (64, 64),
        (128, 128),
        (256, 256, 256),
        (512, 512, 512),
        (512, 512, 512),
    )
    hidden: tuple[int, int] = (4096, 4096)
    outputs: int = 2622

    def convert(self, content: bytes) -> bytes:
        """An ONNX model: ``(N, 3, side, side)`` to ``(N, outputs)``.

        Raises:
            EngineMissing: h5py is not installed.
            ModelInvalid: the file is not one of the two; the message names the layer.
        """
        graph = GraphBuilder(self.side)
        with open_weights(content, self.model) as reader:
            named = "conv1_1" in reader
            value = graph.image
            for block, widths in enumerate(self.blocks, start=1):
                for number, width in enumerate(widths, start=1):
                    layer = f"conv{block}_{number}"
                    kernel, bias = _convolution(reader, layer, value.channels, width, 3, named)
                    value = graph.relu(graph.conv(value, kernel, bias, same=True))
                value = graph.max_pool(value, 2, 2)
            value = self._head(graph, reader, value, named)
            reader.finish()
        return graph.finish(value)

    def _head(
        self, graph: GraphBuilder, reader: WeightReader, value: Tensor, named: bool
    ) -> Tensor:
        read = _dense if named else _convolution
        for layer, width in zip(("fc6", "fc7"), self.hidden, strict=True):
            kernel, bias = read(reader, layer, value.channels, width, value.side, named)
            value = graph.relu(graph.conv(value, kernel, bias, same=False))
        kernel, bias = read(reader, "fc8", value.channels, self.outputs, 1, named)
        return graph.conv(value, kernel, bias, same=False)


def _convolution(
    reader: WeightReader, layer: str, inputs: int, outputs: int, side: int, named: bool
) -> tuple[FloatArray, FloatArray]:
    expected = (Weight("kernel", (side, side, inputs, outputs)), Weight("bias", (outputs,)))
    take = reader.take if named else reader.take_next
    kernel, bias = take(layer, expected)
    return kernel, bias


def _dense(
    reader: WeightReader, layer: str, inputs: int, outputs: int, side: int, named: bool
) -> tuple[FloatArray, FloatArray]:
    expected = (Weight("kernel", (side * side * inputs, outputs)), Weight("bias", (outputs,)))
    kernel, bias = reader.take(layer, expected)
    return kernel.reshape(side, side, inputs, outputs), bias

"""``dlib_face_recognition_resnet_model_v1.dat`` to a plain ONNX graph; no dlib at run time.

The network is the ``anet_type`` of dlib's example ``dnn_face_recognition_ex.cpp``: 29 convolutions
in fourteen residual blocks after the first one, then the average of each channel and a matrix to
128 numbers. dlib writes a network from the outside in: first the version of every layer from the
last to the first, then the input's constants, then the parameters from the first to the last.
"""

from __future__ import annotations

from mien.models.convert.dlib_graph import DlibNetwork, build_graph
from mien.models.convert.dlib_layers import (
    Add,
    Affine,
    Convolution,
    FullyConnected,
    Layer,
    Parameters,
    Pool,
    Relu,
    Skip,
    Tag,
)
from mien.models.convert.dlib_stream import DlibReader

VERSION = "1"  # part of the converted file's cache key: raise it when the output changes
SIDE = 150

_FIRST, _BLOCK_OR_REST, _WITHOUT_PARAMETERS = 3, 2, 1  # versions of a layer's wrapping


def to_onnx(model: bytes) -> bytes:
    """Turn dlib's network into an ONNX graph.

    Args:
        model: the published file's bytes; their SHA-256 has been checked by the caller.

    Returns:
        The bytes of an ONNX model, opset 13. Input ``image``, ``(N, 3, 150, 150) float32``, RGB,
        0-255: the mean and the scale are inside. Output ``vector``, ``(N, 128) float32``, as dlib
        gives it: not of unit length.

    Raises:
        ModelInvalid: if the bytes are not this network; says which layer was expected.
    """
    return build_graph(read_network(model))


def read_network(model: bytes) -> DlibNetwork:
    """The network's layers with their parameters, from the input to the output.

    Raises:
        ModelInvalid: if the bytes are not this network; says which layer was expected.
    """
    layers = face_recognition_layers()
    reader = DlibReader(model, "the loss layer's version")
    reader.demand(reader.integer(), 1, "version")
    reader.expected = "the loss layer"
    reader.demand(reader.text(), "loss_metric_2", "layer")
    reader.number(), reader.number()  # margin and threshold: for training
    for index in reversed(range(len(layers))):
        reader.expected = f"the version of {describe(layers, index)}"
        reader.demand(reader.integer(), _wrapping(layers, index), "version")
    mean = _read_input(reader)
    parameters: list[Parameters] = []
    for index, layer in enumerate(layers):
        reader.expected = describe(layers, index)
        if isinstance(layer, Tag | Skip):
            parameters.append(())
        else:
            parameters.append(layer.read(reader))
            _skip_state(reader, first=index == 0)
    reader.expected = "the end of the file"
    reader.finish()
    return DlibNetwork(SIDE, mean, layers, tuple(parameters))


def face_recognition_layers() -> tuple[Layer, ...]:
    """The layers of ``anet_type``, from the input to the output."""
    layers: list[Layer] = [Convolution(32, 3, 7, 2), Affine(32), Relu(), Pool("max", 3, 2)]
    channels = 32
    for filters, blocks in ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1)):
        for block in range(blocks):
            shrinks = block == 0 and len(layers) > 4  # all groups but the first
            layers += [
                Tag(1),
                Convolution(filters, channels, 3, 2 if shrinks else 1),
                Affine(filters),
                Relu(),
                Convolution(filters, filters, 3, 1),
                Affine(filters),
            ]
            layers += [Tag(2), Skip(1), Pool("avg", 2, 2), Add(2)] if shrinks else [Add(1)]
            layers.append(Relu())
            channels = filters
    return (*layers, Pool("avg", 0, 1), FullyConnected(channels, 128))


def describe(layers: tuple[Layer, ...], index: int) -> str:
    """How a layer is called in errors, e.g. ``layer 3 of 130, Relu()``."""
    return f"layer {index + 1} of {len(layers)}, {layers[index]}"


def _wrapping(layers: tuple[Layer, ...], index: int) -> int:
    if index == 0:
        return _FIRST
    return _WITHOUT_PARAMETERS if isinstance(layers[index], Tag | Skip) else _BLOCK_OR_REST


def _read_input(reader: DlibReader) -> tuple[float, float, float]:
    """The mean that is taken off red, green and blue."""
    reader.expected = f"an RGB input of {SIDE}x{SIDE}"
    reader.demand(reader.text(), "input_rgb_image_sized", "layer")
    mean = (reader.number(), reader.number(), reader.number())
    reader.demand((reader.integer(), reader.integer()), (SIDE, SIDE), "size")
    return mean


def _skip_state(reader: DlibReader, *, first: bool) -> None:
    """What training left behind: three truth values and three tensors; a factor on the first."""
    for _ in range(3):
        reader.flag()
    for _ in range(3):
        reader.tensor()
    if first:
        reader.demand(reader.integer(), 1, "samples for each image")

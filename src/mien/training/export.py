"""From a trained module to an ONNX graph, and the proof that both compute the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.errors import ModelInvalid
from mien.models.parity import LARGEST_DIFFERENCE, largest_difference, plain_graph
from mien.training.quiet import quiet

INPUT = "pixels"
LARGEST_BYTES = 2_000_000_000
"""A protobuf message ends at 2 GiB."""

BATCH = 16
PARITY_CROPS = 16
"""How many real crops a graph is compared on."""


def weight_bytes(module: nn.Module) -> int:
    """Bytes of all weights and statistics: about what a graph of it takes on the disk."""
    return sum(one.numel() * one.element_size() for one in module.state_dict().values())


def export_onnx(
    module: nn.Module, side: int, outputs: Sequence[str] = ("embedding", "logits")
) -> bytes:
    """A module in evaluation mode as one ONNX graph that takes any number of pictures.

    Args:
        module: from ``(N, 3, side, side) float32`` RGB pixels in 0-255 to a tensor ``(N, D)``, or
            a tuple of them; it is left as it was.
        side: of the picture, pixels.
        outputs: a name for each tensor.

    Returns:
        The graph's bytes; its input is named ``pixels``, and nothing of it lies elsewhere.

    Raises:
        ModelInvalid: the module cannot be exported, gives another number of tensors, or has more
            weights than one file holds.
    """
    weights = weight_bytes(module)
    if weights > LARGEST_BYTES:
        raise ModelInvalid(
            f"expected weights of at most {LARGEST_BYTES:,} bytes, got {weights:,}: "
            "take a smaller backbone"
        )
    with _in_use(module), quiet("torch.onnx", "torch.export", "onnxscript"):
        pixels = torch.zeros(2, 3, side, side, device=_device(module))
        given = _tensors(module(pixels))
        if len(given) != len(outputs):
            raise ModelInvalid(f"expected {', '.join(outputs)}, got {len(given)} tensors")
        try:
            program = torch.onnx.export(
                module,
                (pixels,),
                dynamo=True,
                input_names=[INPUT],
                output_names=list(outputs),
                dynamic_shapes=({0: torch.export.Dim("N")},),
                external_data=False,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise ModelInvalid(f"expected a module that ONNX can hold, got: {error}") from error
        if program is None:
            raise ModelInvalid("expected a graph from torch's exporter, got none")
        return plain_graph(program.model_proto.SerializeToString())


def check_parity(model: bytes, module: nn.Module, pixels: NDArray[np.float32]) -> float:
    """Compare a graph with the module that it was exported from.

    Args:
        model: of `export_onnx`.
        module: it is left as it was.
        pixels: ``(N, 3, S, S) float32``, RGB, 0-255; real crops.

    Returns:
        The largest absolute difference of any output, in rows brought to unit length where they
        are longer.

    Raises:
        ModelInvalid: it is above ``LARGEST_DIFFERENCE``, or the outputs are not the same ones.
    """
    largest = 0.0
    for start in range(0, len(pixels), BATCH):
        batch = np.ascontiguousarray(pixels[start : start + BATCH], dtype=np.float32)
        with _in_use(module):
            given = _tensors(module(torch.from_numpy(batch).to(_device(module))))
        expected = [one.float().cpu().numpy() for one in given]
        largest = max(largest, largest_difference(model, batch, expected))
    if largest > LARGEST_DIFFERENCE:
        raise ModelInvalid(
            f"expected the exported graph within {LARGEST_DIFFERENCE:g} of the module, "
            f"got {largest:.2e}; nothing of it may be used"
        )
    return largest


def _tensors(given: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (given,) if isinstance(given, Tensor) else tuple(given)


def _device(module: nn.Module) -> torch.device:
    first = next(module.parameters(), None)
    return torch.device("cpu") if first is None else first.device


@contextmanager
def _in_use(module: nn.Module) -> Iterator[None]:
    """In evaluation mode, without gradients; afterwards every part is in the mode that it was."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, mode in modes:
            part.training = mode

"""Layers that follow on each other, put together to blocks: what is frozen or trained as one."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

WEIGHING = (nn.Conv2d, nn.Linear)


def in_blocks(layers: Iterable[tuple[str, nn.Module]]) -> list[tuple[str, nn.Module]]:
    """Blocks from the input to the output.

    What holds a convolution or a matrix begins a block. Norms, activations and pools belong to
    the block before them (in front of the first, to the first), and the 1x1 convolution behind a
    depthwise one to the same block as that.

    Args:
        layers: names and modules; each takes what the one before it gives.

    Returns:
        The blocks, each with the name of the layer that began it.
    """
    blocks: list[tuple[str, list[nn.Module]]] = []
    for name, module in layers:
        weighing = [one for one in blocks[-1][1] if _weighs(one)] if blocks else []
        begins = _weighs(module) and weighing and not _is_depthwise(weighing, module)
        if begins or not blocks:
            blocks.append((name, []))
        elif _weighs(module) and not weighing:
            blocks[-1] = (name, blocks[-1][1])
        blocks[-1][1].append(module)
    return [(name, nn.Sequential(*modules)) for name, modules in blocks]


def _weighs(module: nn.Module) -> bool:
    return any(isinstance(part, WEIGHING) for part in module.modules())


def _is_depthwise(before: list[nn.Module], module: nn.Module) -> bool:
    """Whether ``module`` is the 1x1 convolution behind a depthwise one."""
    first = before[0]
    return (
        len(before) == 1
        and isinstance(first, nn.Conv2d)
        and first.groups == first.in_channels > 1
        and isinstance(module, nn.Conv2d)
        and module.kernel_size == (1, 1)
    )

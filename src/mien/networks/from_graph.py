"""A recorded graph as torch modules that can be trained, cut into blocks that follow on each other.

A graph is cut wherever a single tensor carries everything that comes later: between layers, but
not inside a residual unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from mien.errors import ModelInvalid
from mien.models.graph_record import GraphRecord, NodeRecord
from mien.networks.blocks import in_blocks
from mien.networks.graph_modules import Add, module_of

FLATTENING = {"Flatten"}


@dataclass(frozen=True, slots=True)
class Step:
    """A module of a segment: the tensors that it takes and the one that it gives, by number."""

    inputs: tuple[int, ...]
    output: int


class Segment(nn.Module):
    """Modules with branches between one tensor that comes in and one that goes out.

    Args:
        modules: in the order in which they are computed.
        steps: what each takes and gives; 0 is what comes in, the last output goes out.
    """

    def __init__(self, modules: Sequence[nn.Module], steps: Sequence[Step]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(modules)
        self.steps = tuple(steps)

    def forward(self, tensor: Tensor) -> Tensor:
        held = {0: tensor}
        for module, step in zip(self.layers, self.steps, strict=True):
            held[step.output] = module(*(held[number] for number in step.inputs))
        return held[self.steps[-1].output]


def blocks_of(graph: GraphRecord) -> list[tuple[str, nn.Module]]:
    """A graph's blocks from the input to the output, named by their number.

    Raises:
        ModelInvalid: the graph has an operation that is not known, or does not end in its output.
    """
    numbered = (("", module) for module in _segments(graph))
    blocks = in_blocks(numbered)
    return [(f"block{index}", module) for index, (_, module) in enumerate(blocks, 1)]


def _segments(graph: GraphRecord) -> Iterator[nn.Module]:
    """The graph's parts between its cuts, each a module of one tensor."""
    last_use = {name: index for index, node in enumerate(graph.nodes) for name in node.inputs}
    last_use[graph.output] = len(graph.nodes)
    flat: set[str] = set()
    start, entry, alive = 0, graph.input, {graph.input}
    for index, node in enumerate(graph.nodes):
        taken = [name for name in node.inputs if name in alive]
        if node.kind in FLATTENING or any(name in flat for name in taken):
            flat.add(node.output)
        alive.add(node.output)
        alive = {name for name in alive if last_use.get(name, -1) > index}
        if alive == {node.output}:
            yield _segment(graph, graph.nodes[start : index + 1], entry, flat)
            start, entry = index + 1, node.output
    if start != len(graph.nodes) or entry != graph.output:
        raise ModelInvalid(f"expected a graph that ends in {graph.output}, got one with loose ends")


def _segment(
    graph: GraphRecord, nodes: Sequence[NodeRecord], entry: str, flat: set[str]
) -> nn.Module:
    numbers = {entry: 0}
    modules, steps = [], []
    for node in nodes:
        module = module_of(node, graph, flat=any(name in flat for name in node.inputs))
        taken = tuple(numbers[name] for name in node.inputs if name in numbers)
        if len(taken) != (2 if isinstance(module, Add) else 1):
            raise ModelInvalid(f"{node.kind} at {node.output}: expected constants beside its input")
        numbers[node.output] = len(numbers)
        modules.append(module)
        steps.append(Step(taken, numbers[node.output]))
    return modules[0] if len(modules) == 1 else Segment(modules, steps)

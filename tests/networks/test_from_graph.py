"""Published ONNX graphs as torch modules: the same answers, and everything learns."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")

from torch import nn  # noqa: E402

from face_crops import face_crops  # noqa: E402
from mien.errors import ModelInvalid  # noqa: E402
from mien.models.graph_record import read_graph  # noqa: E402
from mien.models.loading import graph  # noqa: E402
from mien.models.runtime import Plan, load_network  # noqa: E402
from mien.networks.from_graph import blocks_of  # noqa: E402
from mien.networks.graph_modules import Pad, Scale  # noqa: E402

RNG = np.random.default_rng(5)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def chain(model: bytes) -> nn.Sequential:
    return nn.Sequential(*(module for _, module in blocks_of(read_graph(model)))).eval()


def onnx_answer(model: bytes, batch: np.ndarray) -> np.ndarray:
    (answer,) = load_network(model, Plan(threads=1)).run(batch).values()
    return answer


def small_graph(*nodes, axes: int = 4, **constants) -> bytes:
    """A graph from ``x``, ``(N, 4, 9, 9)``, to ``y`` with so many axes."""
    one = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 4, 9, 9])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, list("NCHW"[:axes]))],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(one, opset_imports=opset, ir_version=8).SerializeToString()


def noise(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def conv(source: str, target: str, weight: str, **attributes):
    return helper.make_node("Conv", [source, weight], [target], **attributes)


@pytest.mark.parametrize(("name", "blocks"), [("sface", 15), ("dlib-resnet", 16)])
def test_the_face_networks_answer_as_in_onnx_runtime(
    name, blocks, model_store, pull, recognizer, picture
):
    pull(name)
    card = model_store.card(name)
    model = graph(model_store, card)
    faces = face_crops(recognizer, picture, card.template, card.input.size_wh[0])
    ported = chain(model)
    with torch.no_grad():
        got = ported(torch.from_numpy(faces)).numpy()
    assert len(ported) == blocks
    assert len(faces) == 8
    assert np.abs(unit(got) - unit(onnx_answer(model, faces))).max() <= 1e-4


def test_all_that_was_learnt_goes_on_learning(model_store):
    ported = chain(graph(model_store, model_store.card("sface"))).train()
    kinds = {type(module) for module in ported.modules()}
    assert {nn.Conv2d, nn.BatchNorm2d, nn.PReLU, nn.Linear, nn.BatchNorm1d} <= kinds
    ported(255 * torch.rand(2, 3, 112, 112)).square().sum().backward()
    assert all(one.grad is not None and one.grad.any() for one in ported.parameters())
    fixed = {name for name, _ in ported.named_buffers() if "running" not in name}
    assert {name.rpartition(".")[2] for name in fixed} == {
        *("addend", "factor", "num_batches_tracked")
    }
    (first,) = [module for module in ported.modules() if isinstance(module, Scale)]
    assert first.factor.item() == pytest.approx(1 / 128, rel=0.01)


GRAPHS = {
    "residual unit with a wider branch": small_graph(
        conv("x", "a", "w", pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("AveragePool", ["x"], ["b"], kernel_shape=[1, 1], strides=[2, 2]),
        helper.make_node("Pad", ["b", "amounts"], ["c"]),
        helper.make_node("Add", ["a", "c"], ["d"]),
        helper.make_node("Relu", ["d"], ["y"]),
        w=noise(6, 4, 3, 3),
        amounts=np.array([0, 2, 0, 0, 0, 0, 0, 0]),
    ),
    "pools with zeros around": small_graph(
        helper.make_node(
            "MaxPool", ["x"], ["a"], kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 0]
        ),
        helper.make_node("AveragePool", ["a"], ["b"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        conv("b", "c", "w", group=2, dilations=[2, 2]),
        helper.make_node("GlobalAveragePool", ["c"], ["d"]),
        helper.make_node("Flatten", ["d"], ["e"]),
        helper.make_node("Gemm", ["e", "m", "bias"], ["y"]),
        axes=2,
        w=noise(4, 2, 2, 2),
        m=noise(4, 3),
        bias=noise(3),
    ),
    "constants in front": small_graph(
        helper.make_node("Sub", ["x", "mean"], ["a"]),
        helper.make_node("Mul", ["a", "factor"], ["b"]),
        helper.make_node("Add", ["b", "more"], ["c"]),
        conv("c", "y", "w"),
        mean=np.float32(2.0),
        factor=noise(1, 4, 1, 1),
        more=noise(1),
        w=noise(2, 4, 1, 1),
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_computes_what_onnx_runtime_computes(name):
    batch = noise(3, 4, 9, 9)
    with torch.no_grad():
        got = chain(GRAPHS[name])(torch.from_numpy(batch)).numpy()
    np.testing.assert_allclose(got, onnx_answer(GRAPHS[name], batch), atol=1e-5)


def test_a_residual_unit_stays_in_one_block():
    ((_, block),) = blocks_of(read_graph(GRAPHS["residual unit with a wider branch"]))
    assert any(isinstance(module, Pad) for module in block.modules())


WRONG = {
    "expected one of Conv.*got Sigmoid": helper.make_node("Sigmoid", ["x"], ["y"]),
    "as much padding on both sides": conv("x", "y", "w", pads=[0, 0, 1, 1]),
    "ceil_mode 0, got 1": helper.make_node(
        "MaxPool", ["x"], ["y"], kernel_shape=[2, 2], ceil_mode=1
    ),
    "constants and sizes that fit": helper.make_node("Mul", ["x", "x"], ["y"]),
}


@pytest.mark.parametrize("reason", WRONG)
def test_what_is_not_known_is_refused(reason):
    with pytest.raises(ModelInvalid, match=reason):
        blocks_of(read_graph(small_graph(WRONG[reason], w=noise(4, 4, 2, 2))))

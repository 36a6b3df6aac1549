"""Block-quantised graphs to plain ones, held against ONNX's own reference and other runtimes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from mien.errors import ModelInvalid
from mien.models.convert.block_quantised import dequantise, fold
from mien.models.loading import BLOCK_QUANTISED, graph
from mien.models.runtime import Network, Plan, load_network
from mien.models.store import ModelStore

SFACE_AXES = BLOCK_QUANTISED["sface"]


@pytest.fixture(scope="module")
def folded(model_store: ModelStore) -> Callable[[str], Network]:
    """From a card's name to the folded network in fp32."""
    kept: dict[str, Network] = {}

    def network(name: str) -> Network:
        if name not in kept:
            kept[name] = load_network(graph(model_store, model_store.card(name)), Plan())
        return kept[name]

    return network


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(7).uniform(0, 255, shape).astype(np.float32)


def quantised_model(
    x: NDArray[np.int8], scale: NDArray[np.float32], zero: NDArray[np.int8], axis: int, block: int
) -> onnx.ModelProto:
    """An image times a block-quantised weight."""
    nodes = [
        helper.make_node("DequantizeLinear", ["x", "s", "z"], ["w"], axis=axis, block_size=block),
        helper.make_node("MatMul", ["image", "w"], ["out"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, x.shape[0]])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, x.shape[1]])
    values = [
        numpy_helper.from_array(value, name)
        for name, value in {"x": x, "s": scale, "z": zero}.items()
    ]
    body = helper.make_graph(nodes, "tiny", [image], [out], values)
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    axis=st.integers(0, 1),
    block=st.integers(1, 10),
    seed=st.integers(0, 2**31),
)
def test_dequantisation_is_a_loop_over_blocks(
    rows: int, columns: int, axis: int, block: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(-128, 128, (rows, columns), dtype=np.int8)
    blocks = [rows, columns]
    blocks[axis] = -(-blocks[axis] // block)
    scale = rng.uniform(0.001, 1, blocks).astype(np.float32)
    zero = rng.integers(-5, 6, blocks).astype(np.int8)
    got = dequantise(x, scale, zero, axis=axis, block_size=block)
    for row in range(rows):
        for column in range(columns):
            at = (row // block, column) if axis == 0 else (row, column // block)
            want = np.float32(int(x[row, column]) - int(zero[at])) * scale[at]
            assert got[row, column] == pytest.approx(want, rel=1e-6)


def test_dequantisation_is_what_onnx_itself_computes() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(-128, 128, (8, 6), dtype=np.int8)
    scale = rng.uniform(0.01, 1, (2, 6)).astype(np.float32)
    zero = rng.integers(-3, 4, (2, 6)).astype(np.int8)
    model = quantised_model(x, scale, zero, axis=0, block=4)
    image = rng.normal(size=(1, 8)).astype(np.float32)
    (want,) = ReferenceEvaluator(model).run(None, {"image": image})
    network = load_network(fold(model.SerializeToString(), {0: "N"}), Plan())
    np.testing.assert_allclose(network.run(image)["out"], want, rtol=1e-5, atol=1e-4)
    many = rng.normal(size=(5, 8)).astype(np.float32)
    want_many = many @ dequantise(x, scale, zero, axis=0, block_size=4)
    np.testing.assert_allclose(network.run(many)["out"], want_many, rtol=1e-4, atol=1e-3)


def test_folded_yunet_gives_what_opencv_makes_of_the_published_file(
    model_store: ModelStore, folded: Callable[[str], Network]
) -> None:
    # Not OpenVINO: it reads the published file, but now and then folds its blocks wrongly.
    batch = noise(1, 3, 640, 640)
    published = cv2.dnn.readNetFromONNX(np.frombuffer(model_store.bytes("yunet"), np.uint8))
    published.setInput(batch)
    names = list(published.getUnconnectedOutLayersNames())
    got = folded("yunet").run(batch)
    assert got.keys() == set(names)
    for name, value in zip(names, published.forward(names), strict=True):
        np.testing.assert_allclose(got[name], value, atol=1e-4 * max(1.0, np.abs(value).max()))


def test_folded_sface_gives_what_opencv_makes_of_the_published_file(
    model_store: ModelStore, folded: Callable[[str], Network]
) -> None:
    data = np.frombuffer(model_store.bytes("sface"), dtype=np.uint8)
    published = cv2.dnn.readNetFromONNX(data)
    batch = noise(1, 3, 112, 112)
    published.setInput(batch)
    want, got = published.forward()[0], folded("sface").run(batch)["fc1"][0]
    assert want @ got / np.linalg.norm(want) / np.linalg.norm(got) >= 0.999999
    np.testing.assert_allclose(got, want, atol=1e-4 * max(1.0, float(np.abs(want).max())))


@pytest.mark.parametrize(
    ("name", "shape"), [("yunet", (3, 3, 160, 96)), ("sface", (3, 3, 112, 112))]
)
def test_a_batch_of_three_is_three_singles(
    folded: Callable[[str], Network], name: str, shape: tuple[int, ...]
) -> None:
    network = folded(name)
    batch = noise(*shape)
    together = network.run(batch)
    for row in range(3):
        alone = network.run(batch[row : row + 1])
        for output, value in alone.items():
            np.testing.assert_allclose(together[output][row], value[0], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 320), (352, 128)])
def test_yunet_takes_any_multiple_of_32(
    folded: Callable[[str], Network], height: int, width: int
) -> None:
    outputs = folded("yunet").run(noise(2, 3, height, width))
    for stride in (8, 16, 32):
        cells = height * width // stride**2
        assert outputs[f"bbox_{stride}"].shape == (2, cells, 4)


def test_a_folded_graph_has_one_input_and_no_trace_of_quantisation(model_store: ModelStore) -> None:
    model = onnx.load_model_from_string(graph(model_store, model_store.card("sface")))
    assert len(model.graph.input) == 1
    kinds = {node.op_type for node in model.graph.node}
    assert not kinds & {"DequantizeLinear", "Dropout"}
    assert {tensor.data_type for tensor in model.graph.initializer} <= {
        TensorProto.FLOAT,
        TensorProto.INT64,
    }


LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 122489\n"
)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 4096, np.random.default_rng(0).bytes(8192), LFS_POINTER, b"\x80\x04N."],
    ids=["empty", "zeros", "noise", "git-lfs pointer", "pickle"],
)
def test_what_is_no_graph_is_an_invalid_model(data: bytes) -> None:
    with pytest.raises(ModelInvalid):
        fold(data, SFACE_AXES)
    with pytest.raises(ModelInvalid):
        load_network(data, Plan())


@pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", ["yunet", "sface"])
def test_a_truncated_file_is_an_invalid_model(
    model_store: ModelStore, name: str, part: float
) -> None:
    data = model_store.bytes(name)
    with pytest.raises(ModelInvalid):
        fold(data[: int(len(data) * part)], BLOCK_QUANTISED[name])


def test_flipped_bits_give_a_model_or_an_invalid_one_and_nothing_else(
    model_store: ModelStore,
) -> None:
    rng = np.random.default_rng(3)
    published = model_store.bytes("yunet")
    for _ in range(25):
        data = bytearray(published)
        for position in rng.integers(0, len(data), 20):
            data[position] ^= 1 << int(rng.integers(8))
        with contextlib.suppress(ModelInvalid):
            fold(bytes(data), BLOCK_QUANTISED["yunet"])


def tiny() -> onnx.ModelProto:
    x = np.ones((4, 2), np.int8)
    return quantised_model(x, np.ones((1, 2), np.float32), np.zeros((1, 2), np.int8), 0, 4)


def test_weights_in_another_file_are_never_read() -> None:
    model = tiny()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../../etc/passwd"
    with pytest.raises(ModelInvalid, match="other files"):
        fold(model.SerializeToString(), {0: "N"})


def test_a_constant_in_another_file_is_never_read() -> None:
    model = tiny()
    tensor = TensorProto(name="c", data_type=TensorProto.FLOAT, dims=[4])
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../../etc/passwd"
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=tensor))
    with pytest.raises(ModelInvalid, match="other files"):
        fold(model.SerializeToString(), {0: "N"})


def test_two_images_are_an_invalid_model() -> None:
    model = tiny()
    second = helper.make_tensor_value_info("second", TensorProto.FLOAT, [1, 4])
    model.graph.input.append(second)
    model.graph.node.append(helper.make_node("MatMul", ["second", "w"], ["unused"]))
    with pytest.raises(ModelInvalid, match="one image input"):
        fold(model.SerializeToString(), {0: "N"})


def test_an_input_without_the_wanted_axis_is_an_invalid_model() -> None:
    with pytest.raises(ModelInvalid):
        fold(tiny().SerializeToString(), {7: "N"})


@pytest.mark.parametrize("missing", ["axis", "block_size"])
def test_a_dequantisation_of_another_kind_is_an_invalid_model(missing: str) -> None:
    model = tiny()
    node = model.graph.node[0]
    kept = [attribute for attribute in node.attribute if attribute.name != missing]
    del node.attribute[:]
    node.attribute.extend(kept)
    with pytest.raises(ModelInvalid):
        fold(model.SerializeToString(), {0: "N"})

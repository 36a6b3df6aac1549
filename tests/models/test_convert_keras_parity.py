"""The whole architectures, imported, against Keras itself; only where Keras is installed.

Keras and a back end are large, so they are in no extra: ``pip install keras torch`` into the
environment of the tests, and these run.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from mien.models.convert.keras_h5_resnet50 import ResNet50
from mien.models.convert.keras_h5_vgg16 import Vgg16
from mien.models.runtime import Plan, load_network
from models import keras_networks

pytest.importorskip("h5py", reason="h5py, of the extra keras-weights, is not installed")

NARROW = Vgg16("vggface-vgg16", hidden=keras_networks.VGG_HIDDEN)
NETWORKS: dict[str, tuple[Callable[[], Any], Vgg16 | ResNet50]] = {
    "vgg16-by-name": (keras_networks.vgg16_by_name, NARROW),
    "vgg16-in-order": (keras_networks.vgg16_in_order, NARROW),
    "resnet50": (lambda: keras_networks.resnet50(squeezed=False), ResNet50("resnet")),
    "senet50": (lambda: keras_networks.resnet50(squeezed=True), ResNet50("senet", 1e-4, 16)),
}


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    backend = next((name for name in ("torch", "jax") if importlib.util.find_spec(name)), None)
    if backend is None or importlib.util.find_spec("keras") is None:
        pytest.skip("Keras with torch or jax is not installed: pip install keras torch")
    os.environ.setdefault("KERAS_BACKEND", backend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other people's deprecations are not tested here
        return importlib.import_module("keras")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_imported_network_computes_what_keras_computes(
    name: str, keras: ModuleType, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    keras.backend.clear_session()
    build, architecture = NETWORKS[name]
    model = build()
    keras_networks.randomise(model, seed=3)
    pictures = np.random.default_rng(4).uniform(-120, 150, (2, 224, 224, 3)).astype(np.float32)
    expected = keras_networks.predict(model, pictures)
    graph = architecture.convert(keras_networks.save(model, tmp_path / "weights.h5"))
    batch = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
    got = load_network(graph, Plan()).run(batch)["embedding"]
    difference = float(np.abs(got - expected).max() / np.abs(expected).max())
    record_property("largest_difference", difference)
    assert got.shape == expected.shape
    assert np.linalg.norm(got[0] - got[1]) > 0.01 * np.linalg.norm(got[0])
    assert difference <= 1e-4
    # of vectors of unit length, as they are compared
    units = [
        vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (got, expected)
    ]
    assert np.abs(units[0] - units[1]).max() <= 1e-4

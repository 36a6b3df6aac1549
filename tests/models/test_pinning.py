"""Cards without a published hash: refused until pinned, then as strict as every other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from mien.embedding import load_embedder
from mien.errors import (
    ModelHashMismatch,
    ModelInvalid,
    ModelUnavailable,
    SourceNotFound,
    UnknownModel,
)
from mien.models import Engine, ModelStore, RuntimeOptions
from mien.models.adding import pin_model
from mien.models.cards import ChannelOrder, NetworkInput, PublisherSource
from mien.models.catalogue import UNPINNED
from mien.models.loading import CONVERSIONS
from mien.models.unpinned import UnpinnedEmbedder
from models import keras_networks
from models.conftest import Web
from models.keras_files import Weights, write_weights
from models.small_embedder import DIMENSIONS, MEAN, SIDE, STD, expected_vectors, onnx_file

PLAIN = RuntimeOptions(Engine.ONNXRUNTIME, threads=1)
CROPS = np.random.default_rng(9).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture
def waiting(web: Web) -> UnpinnedEmbedder:
    return UnpinnedEmbedder(
        name="waiting",
        description="a test's",
        licence="MIT",
        licence_note="",
        file_name="small.onnx",
        publisher=PublisherSource(web.offer("/small.onnx", onnx_file())),
        download_megabytes=1,
        input=NetworkInput(ChannelOrder.BGR, (SIDE, SIDE), mean=MEAN, std=STD),
        template="arcface-112",
        dimensions=DIMENSIONS,
        preprocessing="test-v1",
    )


@pytest.fixture
def store(tmp_path: Path, isolated: Path, waiting: UnpinnedEmbedder) -> ModelStore:
    return ModelStore(tmp_path / "cache", unpinned={"waiting": waiting})


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "downloaded.onnx"
    path.write_bytes(onnx_file())
    return path


def test_without_a_pin_nothing_is_fetched_or_used(store: ModelStore, web: Web) -> None:
    message = r"waiting: expected a pinned SHA-256.*from http://.*`mien models pin waiting small"
    with pytest.raises(ModelUnavailable, match=message):
        store.bytes("waiting")
    with pytest.raises(ModelUnavailable, match=message):
        store.pull("waiting")
    with pytest.raises(ModelUnavailable, match=message):
        load_embedder("waiting", store, PLAIN)
    assert web.asked == []


def test_even_a_file_named_by_the_user_is_no_pin(store: ModelStore, own: Path) -> None:
    named = ModelStore(store.cache.root, weights=own, unpinned=store.own.unpinned)
    with pytest.raises(ModelUnavailable, match="mien models pin"):
        named.bytes("waiting")


def test_a_pinned_file_is_an_embedder_in_every_later_process(store: ModelStore, own: Path) -> None:
    card = pin_model(store, "waiting", own)
    assert card.file().sha256 == hashlib.sha256(own.read_bytes()).hexdigest()
    assert not card.verified
    own.unlink()
    fresh = ModelStore(store.cache.root, unpinned=store.own.unpinned)
    vectors, _ = load_embedder("waiting", fresh, PLAIN).embed(CROPS)
    np.testing.assert_allclose(vectors, expected_vectors(CROPS), atol=1e-5)


def test_a_pin_holds_against_the_publisher(store: ModelStore, own: Path, web: Web) -> None:
    card = pin_model(store, "waiting", own)
    own.unlink()
    store.path("waiting").unlink()
    assert store.bytes("waiting") == onnx_file()  # fetched, and the same
    store.path("waiting").unlink()
    web.offer("/small.onnx", onnx_file()[:-1] + b"x")
    with pytest.raises(ModelHashMismatch, match=card.file().sha256):
        store.bytes("waiting")


def test_another_file_is_refused_once_one_is_pinned(store: ModelStore, own: Path) -> None:
    pin_model(store, "waiting", own)
    assert pin_model(store, "waiting", own).name == "waiting"
    own.write_bytes(onnx_file(batch=1))
    with pytest.raises(ModelHashMismatch, match="mien models forget waiting"):
        pin_model(store, "waiting", own)
    store.forget("waiting")
    assert pin_model(store, "waiting", own).file().size_bytes == own.stat().st_size


def test_a_file_that_does_not_work_is_not_pinned(store: ModelStore, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not ONNX")
    with pytest.raises(ModelInvalid):
        pin_model(store, "waiting", wrong)
    assert "waiting" not in store.cards
    assert list(store.cache.root.rglob("*.onnx")) == []


def test_a_pin_names_its_card_and_a_file_that_is_there(store: ModelStore, own: Path) -> None:
    with pytest.raises(UnknownModel, match=r"without a published hash \(waiting\), got 'sface'"):
        pin_model(store, "sface", own)
    with pytest.raises(SourceNotFound, match="no such file"):
        pin_model(store, "waiting", own.with_name("none"))


def test_a_damaged_pin_is_no_pin(store: ModelStore, own: Path) -> None:
    pin_model(store, "waiting", own)
    (store.cache.root / "cards" / "waiting.pin.json").write_text('{"sha256": "x"}')
    fresh = ModelStore(store.cache.root, unpinned=store.own.unpinned)
    with pytest.raises(ModelInvalid, match="mien models forget waiting"):
        fresh.bytes("waiting")


def test_the_classics_wait_for_their_hashes_and_have_an_importer_each() -> None:
    assert list(UNPINNED) == ["vggface-vgg16", "vggface2-resnet50", "vggface2-senet50"]
    for name, card in UNPINNED.items():
        assert card.name == name
        assert card.input.size_wh == (224, 224)
        assert card.input.channels is ChannelOrder.BGR
        assert card.input.std == (1.0, 1.0, 1.0)
        assert name in CONVERSIONS
    means = [card.input.mean for card in UNPINNED.values()]
    assert means[0] == (93.5940, 104.7624, 129.1863)
    assert means[1] == means[2] == (91.4953, 103.8827, 131.0912)


def senet_of_constants() -> Weights:
    """Every layer of the published SENet-50 under its name and in its shape."""
    layers: Weights = {}

    def unit(name: str, inputs: int, outputs: int, size: int) -> None:
        layers[name] = {"kernel": np.full((size, size, inputs, outputs), 1e-3, np.float32)}
        roles = ("gamma", "beta", "moving_mean", "moving_variance")
        layers[f"{name}/bn"] = {role: np.full(outputs, 0.5, np.float32) for role in roles}

    def plain(name: str, inputs: int, outputs: int) -> None:
        kernel = np.zeros((1, 1, inputs, outputs), np.float32)
        layers[name] = {"kernel": kernel, "bias": np.zeros(outputs, np.float32)}

    unit("conv1/7x7_s2", 3, 64, 7)
    before = 64
    for stage, (inner, outputs, blocks) in enumerate(keras_networks.STAGES, start=2):
        for block in range(1, blocks + 1):
            name = f"conv{stage}_{block}"
            unit(f"{name}_1x1_reduce", before, inner, 1)
            unit(f"{name}_3x3", inner, inner, 3)
            unit(f"{name}_1x1_increase", inner, outputs, 1)
            plain(f"{name}_1x1_down", outputs, outputs // 16)
            plain(f"{name}_1x1_up", outputs // 16, outputs)
            if block == 1:
                unit(f"{name}_1x1_proj", before, outputs, 1)
            before = outputs
    return layers


def test_a_whole_senet_is_pinned_imported_and_run(tmp_path: Path, isolated: Path) -> None:
    pytest.importorskip("h5py", reason="h5py, of the extra keras-weights, is not installed")
    store = ModelStore(tmp_path / "cache")
    path = tmp_path / "rcmalli_vggface_tf_notop_senet50.h5"
    layers = senet_of_constants()
    write_weights(path, layers)
    with pytest.raises(ModelInvalid, match=r"vggface2-resnet50: expected no further layer.*down"):
        pin_model(store, "vggface2-resnet50", path)
    pin_model(store, "vggface2-senet50", path)
    crops = np.full((1, 224, 224, 3), 90, np.uint8)
    vectors, norms = load_embedder("vggface2-senet50", store, PLAIN).embed(crops)
    assert vectors.shape == (1, 2048)
    assert norms[0] > 0

"""Embedders of the user's own: from a card and a file to vectors, and every wrong card refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.embedding import Embedder, load_embedder
from mien.errors import (
    InvalidOption,
    ModelHashMismatch,
    ModelInvalid,
    SourceNotFound,
    UnknownModel,
)
from mien.models import Engine, ModelStore, RuntimeOptions
from mien.models.adding import add_model
from mien.models.cards import ChannelOrder
from mien.models.user_cards import LARGEST_CARD_BYTES, read_card
from models.small_embedder import SIDE, expected_vectors, onnx_file, write_card

PLAIN = RuntimeOptions(Engine.ONNXRUNTIME, threads=1)
CROPS = np.random.default_rng(9).integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture
def store(tmp_path: Path, isolated: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


def embedder(store: ModelStore, name: str | Path = "small") -> Embedder:
    return load_embedder(str(name), store, PLAIN)


def test_an_added_model_is_an_embedder_by_its_name_in_every_later_process(
    store: ModelStore, tmp_path: Path
) -> None:
    card = write_card(tmp_path / "mine")
    assert add_model(store, card).name == "small"
    (card.parent / "small.onnx").unlink()  # the cache has a copy
    fresh = ModelStore(store.cache.root)
    vectors, _ = embedder(fresh).embed(CROPS)
    np.testing.assert_allclose(vectors, expected_vectors(CROPS), atol=1e-5)
    assert "small" in fresh.cards


def test_a_card_file_serves_without_being_added(store: ModelStore, tmp_path: Path) -> None:
    card = write_card(tmp_path / "mine")
    vectors, _ = embedder(store, card).embed(CROPS)
    np.testing.assert_allclose(vectors, expected_vectors(CROPS), atol=1e-5)
    with pytest.raises(UnknownModel, match=r"embedder: expected one of sface.*got 'small'"):
        embedder(store)


def test_a_trained_model_s_vectors_lead_to_its_folder(store: ModelStore) -> None:
    with pytest.raises(UnknownModel, match=r"'trained-mine': .+ give its folder with --model"):
        load_embedder("trained-mine", store)


@pytest.mark.parametrize("engine", list(Engine))
def test_a_network_with_a_fixed_batch_of_one_gets_the_faces_one_by_one(
    engine: Engine, store: ModelStore, tmp_path: Path
) -> None:
    pytest.importorskip(engine.value)
    card = write_card(tmp_path / "mine", onnx_file(batch=1))
    options = RuntimeOptions(engine, threads=1)
    vectors, _ = load_embedder(str(card), store, options, mirror=False).embed(CROPS)
    np.testing.assert_allclose(vectors, expected_vectors(CROPS), atol=2e-2)


def test_the_fastest_plan_is_measured_for_a_fixed_batch_too(
    store: ModelStore, tmp_path: Path
) -> None:
    card = write_card(tmp_path / "mine", onnx_file(batch=1))
    vectors, _ = load_embedder(str(card), store).embed(CROPS)
    assert (vectors * expected_vectors(CROPS)).sum(axis=1).min() > 0.999


def test_the_named_output_is_the_vector(store: ModelStore, tmp_path: Path) -> None:
    network = onnx_file(extra_output=True)
    card = write_card(tmp_path / "mine", network, output="vector")
    add_model(store, card)
    np.testing.assert_allclose(embedder(store).embed(CROPS)[0], expected_vectors(CROPS), atol=1e-5)


def test_adding_the_same_card_again_changes_nothing(store: ModelStore, tmp_path: Path) -> None:
    card = write_card(tmp_path / "mine")
    assert add_model(store, card) == add_model(store, card)


def test_another_card_of_that_name_needs_the_first_forgotten(
    store: ModelStore, tmp_path: Path
) -> None:
    add_model(store, write_card(tmp_path / "mine"))
    other = write_card(tmp_path / "other", channels="rgb")
    with pytest.raises(InvalidOption, match="mien models forget small"):
        add_model(store, other)
    store.forget("small")
    assert not any((store.cache.root / "cards").iterdir())
    card = add_model(store, other)
    assert card.input.channels is ChannelOrder.RGB


def test_vectors_of_another_preprocessing_live_in_another_space(tmp_path: Path) -> None:
    spaces = {
        read_card(write_card(tmp_path, **changes))[0].space.preprocessing
        for changes in ({}, {"channels": "rgb"}, {"mean": [1, 2, 3]}, {"std": [1, 2, 3]})
    }
    assert len(spaces) == 4


def test_offline_a_card_can_be_added(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    assert add_model(store, write_card(tmp_path / "mine")).name == "small"


@pytest.mark.parametrize("name", ["sface", "vggface-vgg16", "sample-group"])
def test_the_name_of_one_of_miens_own_cards_is_taken(
    name: str, store: ModelStore, tmp_path: Path
) -> None:
    card = write_card(tmp_path / "mine", name=name)
    with pytest.raises(InvalidOption, match="mien's own cards"):
        add_model(store, card)
    with pytest.raises(InvalidOption, match="mien's own cards"):
        embedder(store, card)


def test_weights_with_another_hash_are_refused_and_nothing_is_kept(
    store: ModelStore, tmp_path: Path
) -> None:
    card = write_card(tmp_path / "mine", sha256="0" * 64)
    with pytest.raises(ModelHashMismatch, match=r"0{64}"):
        add_model(store, card)
    assert_nothing_is_kept(store)


MISFITS: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "another size": (onnx_file(), {"size": 32}, r"\(any or 1, 3, 32, 32\), got \(any, 3, 16, 16\)"),
    "another length": (onnx_file(), {"dimensions": 6}, r"1 finite vectors of 6, got vector"),
    "two outputs": (onnx_file(extra_output=True), {}, "expected one output, got flat, vector"),
    "no such output": (onnx_file(), {"output": "v"}, "expected an output 'v', got vector"),
    "a batch of two": (onnx_file(batch=2), {}, r"got \(2, 3, 16, 16\)"),
    "no network": (b"not ONNX", {}, "does not load"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_network_that_its_card_does_not_fit_is_refused_and_nothing_is_kept(
    name: str, store: ModelStore, tmp_path: Path
) -> None:
    network, changes, message = MISFITS[name]
    with pytest.raises(ModelInvalid, match=message):
        add_model(store, write_card(tmp_path / "mine", network, **changes))
    assert_nothing_is_kept(store)


def assert_nothing_is_kept(store: ModelStore) -> None:
    assert "small" not in store.cards
    root = store.cache.root
    left = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "misspelt": ({"extra": 1}, "input: expected the keys size.*got unknown 'extra'"),
    "unknown": ({"colour": "rgb"}, "card: expected the keys.*got unknown 'colour'"),
    "missing": ({"template": None}, "got no template"),
    "without input": ({"input": None}, r"got no input|expected a table"),
    "input no table": ({"input": "rgb"}, r"got no input|expected a table"),
    "bad name": ({"name": "../x"}, "card name"),
    "long name": ({"name": "x" * 65}, "name: expected one line of 1 to 64"),
    "short hash": ({"sha256": "b7"}, "sha256"),
    "no licence": ({"licence": ""}, "licence: expected one line"),
    "two lines": ({"licence": "MIT\nor not"}, "licence: expected one line"),
    "number as text": ({"dimensions": "128"}, "dimensions: expected a whole number"),
    "yes as number": ({"dimensions": True}, "dimensions: expected a whole number"),
    "no dimensions": ({"dimensions": 0}, "dimensions: expected a whole number, 2 to"),
    "size of a wall": ({"size": 100_000}, "input.size: expected a whole number, 16 to 1024"),
    "channels": ({"channels": "grb"}, "input.channels: expected one of rgb, bgr, got 'grb'"),
    "two means": ({"mean": [1, 2]}, "input.mean: expected three numbers"),
    "mean as text": ({"mean": ["1", "2", "3"]}, "input.mean: expected three numbers"),
    "no deviation": ({"std": [1, 0, 1]}, "input.std: expected three numbers above 0"),
    "text output": ({"output": 3}, "output: expected one line"),
    "absolute": ({"file": "/etc/passwd"}, "file: expected a path relative to the card"),
    "upwards": ({"file": "../small.onnx"}, "file: expected a path relative to the card"),
    "backwards": ({"file": "..\\small.onnx"}, "file: expected a path relative to the card"),
    "drive": ({"file": "C:small.onnx"}, "file: expected a path relative to the card"),
    "not here": ({"file": "other.onnx"}, "expected the weights at .*other.onnx"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_card_that_is_not_sound_names_the_key(name: str, tmp_path: Path) -> None:
    changes, message = BAD[name]
    card = write_card(tmp_path, **changes)
    with pytest.raises((InvalidOption, SourceNotFound), match=message) as caught:
        read_card(card)
    assert str(card) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e9", "true"])
def test_a_mean_that_is_no_pixel_value_is_refused(number: str, tmp_path: Path) -> None:
    card = write_card(tmp_path)
    text = card.read_text("utf-8").replace("mean = [120.0", f"mean = [{number}")
    card.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidOption, match=r"input\.mean: expected three numbers"):
        read_card(card)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"name = ",
        b"a = 1\na = 2",
        b"#" * (LARGEST_CARD_BYTES + 1),
        b"a=" + b"[" * 9000,
    ],
    ids=["not UTF-8", "cut", "twice", "long", "deep"],
)
def test_what_is_no_toml_card_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    card.write_bytes(content)
    with pytest.raises(InvalidOption, match="expected a card") as caught:
        read_card(card)
    assert "\n" not in str(caught.value)


def test_a_card_that_is_not_there_or_no_file_is_said_so(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match=r"card: .*cannot be read"):
        embedder(store, tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SourceNotFound, match="expected a file"):
        embedder(store, tmp_path / "folder.toml")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.toml")  # would block for ever
        with pytest.raises(SourceNotFound, match="expected a file"):
            embedder(store, tmp_path / "pipe.toml")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"card": 3, "weights": 4}', b"\xff"])
def test_a_damaged_record_stops_its_own_model_alone(
    content: bytes, store: ModelStore, tmp_path: Path
) -> None:
    add_model(store, write_card(tmp_path / "mine"))
    (store.cache.root / "cards" / "small.json").write_bytes(content)
    heard: list[str] = []
    fresh = ModelStore(store.cache.root, notify=heard.append)
    assert "sface" in fresh.cards
    assert "small" in heard[0]
    with pytest.raises(ModelInvalid, match="mien models forget small"):
        embedder(fresh)
    fresh.forget("small")
    with pytest.raises(UnknownModel):
        fresh.card("small")


def test_a_record_cannot_take_the_place_of_one_of_miens_own_cards(
    store: ModelStore, tmp_path: Path
) -> None:
    add_model(store, write_card(tmp_path / "mine"))
    record = store.cache.root / "cards" / "small.json"
    forged = record.read_text("utf-8").replace('"small"', '"sface"')
    record.with_name("sface.json").write_text(forged, encoding="utf-8")
    fresh = ModelStore(store.cache.root)
    assert fresh.card("sface").verified


def test_a_damaged_copy_is_taken_again_from_where_the_card_lay(
    store: ModelStore, tmp_path: Path
) -> None:
    card = add_model(store, write_card(tmp_path / "mine"))
    store.path(card).write_bytes(b"damaged")
    assert store.bytes("small") == onnx_file()


@pytest.mark.torture
def test_mobilefacenet_reaches_its_accuracy_on_lfw(
    bench_data: Path, model_store: ModelStore, tmp_path: Path
) -> None:
    """100 pairs of LFW, 5 genuine and 5 impostor of each fold."""
    weights = bench_data.parent / "weights" / "mobilefacenet" / "MobileFaceNet.onnx"
    if not weights.is_file():
        pytest.skip(f"expected {weights}, got none")
    store = ModelStore(tmp_path / "cache", weights=model_store.path("yunet").parent)
    assert lfw_accuracy(weights, bench_data, tmp_path, store) >= 0.97


def lfw_accuracy(weights: Path, data: Path, folder: Path, store: ModelStore) -> float:
    from mien.api import Settings, build_recognizer
    from mien.evaluation import evaluate_verification, read_lfw_pairs
    from mien.pipeline import EncodedPhoto, FaceChoice

    card = folder / "mobilefacenet.toml"
    (folder / weights.name).symlink_to(weights)
    card.write_text(
        'name = "mobilefacenet"\n'
        f'file = "{weights.name}"\n'
        'sha256 = "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507"\n'
        'licence = "Apache-2.0"\ndimensions = 128\ntemplate = "arcface-112"\n'
        '[input]\nsize = 112\nchannels = "rgb"\n'
        "mean = [123.675, 116.28, 103.53]\nstd = [58.395, 57.12, 57.375]\n",
        encoding="utf-8",
    )
    images = data / "lfw" / "images"
    pairs = read_lfw_pairs(data / "lfw" / "pairs.txt", images)[::60]
    photos = list(dict.fromkeys(path for pair in pairs for path in (pair.path1, pair.path2)))
    recognizer = build_recognizer(Settings(embedder=str(card)), store)
    vectors: dict[str, np.ndarray] = {}
    for path, photo in zip(
        photos, recognizer.encode_photos([images / path for path in photos]), strict=True
    ):
        assert isinstance(photo, EncodedPhoto)
        if any(face.quality.usable for face in photo.faces):
            vectors[path] = recognizer.choose(photo, FaceChoice.CENTRAL).vector
    nobody = np.full(128, np.nan)
    scores = [vectors.get(p.path1, nobody) @ vectors.get(p.path2, nobody) for p in pairs]
    accuracy = evaluate_verification(pairs, scores).accuracy
    assert accuracy is not None
    return accuracy

"""Folders of trained models as they must not be: each is refused by name, none is parsed first."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from mien.errors import MienError, ModelHashMismatch, ModelInvalid, SourceNotFound
from mien.models import ModelStore
from mien.models.trained_folder import LARGEST_FILE_BYTES, ModelKind, open_trained_folder
from mien.records import Threshold
from mien.trained import TrainedModel, load_trained
from mien.trained.recognizer import KEPT_VERSIONS
from trained import sface_folder

SIDE, DIMENSIONS = 16, 4
CENTRES = {"Ada": np.eye(DIMENSIONS)[0], "Bo": np.eye(DIMENSIONS)[1]}
MATRIX = np.random.default_rng(5).normal(size=(3 * SIDE * SIDE, DIMENSIONS)).astype(np.float32)


def small_network(outside: str = "") -> bytes:
    """One matrix product; ``outside`` is a file in which its weights are said to lie."""
    weights = numpy_helper.from_array(MATRIX, "matrix")
    if outside:
        weights.ClearField("raw_data")
        weights.data_location = TensorProto.EXTERNAL
        entry = weights.external_data.add()
        entry.key, entry.value = "location", outside
    nodes = [
        helper.make_node("Flatten", ["pixels"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["embedding"]),
        helper.make_node("Slice", ["embedding", "zero", "two", "one"], ["logits"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([number]), name)
        for name, number in (("zero", 0), ("two", 2), ("one", 1))
    ]
    eats = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])
    gives = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size])
        for name, size in (("embedding", DIMENSIONS), ("logits", 2))
    ]
    graph = helper.make_graph(nodes, "small", [eats], gives, [weights, *constants])
    opsets = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def table(**changes: Any) -> dict[str, Any]:
    small = {"input": {"side": SIDE, "template": "arcface-112"}, "dimensions": DIMENSIONS}
    classes = sface_folder.classes(CENTRES)
    return sface_folder.settings(ModelKind.CLASSIFIER, **{**classes, **small, **changes})


Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A sound small folder; ``model`` changes ``model.json``, ``network`` replaces the ONNX."""

    def one(network: bytes | None = None, **model: Any) -> Path:
        data = small_network() if network is None else network
        return sface_folder.write(tmp_path / "MODEL", data, table(**model))

    return one


def sealed_by_hand(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Its manifest with something changed: somebody who lies makes fitting hashes too."""
    place = folder / "manifest.json"
    manifest = json.loads(place.read_text("utf-8"))
    for name, row in manifest["files"].items():
        data = (folder / name).read_bytes()
        row.update(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
    change(manifest)
    place.write_text(json.dumps(manifest), "utf-8")
    return folder


def test_a_sound_folder_says_what_it_is(make):
    model = TrainedModel.open(make())
    assert (model.kind, model.name, model.labels) == ("classifier", "statesmen", ("Ada", "Bo"))
    assert model.card.input.size_wh == (SIDE, SIDE)
    np.testing.assert_array_equal(model.classes.centres, np.eye(DIMENSIONS)[:2])
    assert not model.classes.centres.flags.writeable
    assert model.classes.threshold == Threshold(
        0.4, 0.01, 0.0, 0.02, 200, "six strangers of a group photo"
    )


def test_its_network_runs_with_the_numbers_of_its_matrix(make, tmp_path):
    model = TrainedModel.open(make())
    embedder = load_trained(model, ModelStore(tmp_path / "cache"))
    crop = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    _, _, logits = embedder.classify_views([(crop,)])
    raw = crop.transpose(2, 0, 1).reshape(-1).astype(np.float64) @ MATRIX
    np.testing.assert_allclose(logits[0], raw[:2], rtol=0.02)  # bf16, where that is the plan


# The folder ---------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["nowhere", "a\0b", "x" * 5000])
def test_no_folder_is_said_to_be_none(tmp_path, place):
    with pytest.raises(SourceNotFound, match="model"):
        TrainedModel.open(tmp_path / place)


def test_a_file_in_place_of_the_folder_is_named(make):
    with pytest.raises(SourceNotFound, match="a file"):
        TrainedModel.open(make() / "model.onnx")


def test_without_a_manifest_it_is_unfinished(make):
    folder = make()
    (folder / "manifest.json").unlink()
    with pytest.raises(ModelInvalid, match="unfinished"):
        TrainedModel.open(folder)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damaged_byte_of_any_file_is_refused(tmp_path_factory, data):
    folder = sface_folder.write(tmp_path_factory.mktemp("m") / "MODEL", small_network(), table())
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(files), label="file")
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1), label="byte")
    content[place] ^= 1 << data.draw(st.integers(0, 7), label="bit")
    path.write_bytes(content)
    if path.name == "manifest.json":  # the one file that no hash guards: refused, or as it was
        try:
            opened = TrainedModel.open(folder)
        except (ModelInvalid, ModelHashMismatch):
            return
        assert opened.labels == ("Ada", "Bo")
    else:
        with pytest.raises(ModelHashMismatch, match=path.name):
            TrainedModel.open(folder)


@pytest.mark.parametrize("name", ["model.onnx", "model.json", "history.csv"])
def test_a_file_that_is_cut_longer_or_gone_is_named(make, name):
    folder = make()
    content = (folder / name).read_bytes()
    for other in (content[:-1], content + b"\n", b""):
        (folder / name).write_bytes(other)
        with pytest.raises(ModelHashMismatch, match=name):
            TrainedModel.open(folder)
    (folder / name).unlink()
    with pytest.raises(ModelInvalid, match=f"expected {name}"):
        TrainedModel.open(folder)


def test_a_file_that_the_manifest_does_not_name_is_refused(make):
    folder = make()
    (folder / "pictures" / "more.png").write_bytes(b"x")
    with pytest.raises(ModelInvalid, match=r"pictures/more\.png"):
        TrainedModel.open(folder)


def test_what_systems_leave_in_folders_is_passed_over(make):
    folder = make()
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "pictures" / "Thumbs.db").write_bytes(b"x")
    assert TrainedModel.open(folder).labels == ("Ada", "Bo")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on this system")
@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_a_pipe_in_place_of_a_file_does_not_block(make, name):
    folder = make()
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ModelInvalid, match=r"expected a file|without manifest\.json"):
        TrainedModel.open(folder)


# The manifest -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("../secret", "pictures/../../secret", "/etc/passwd", "C:\\x", "a\\b", "~/x", "", "."),
        *("a//b", "a/b/c/d/e", ".hidden", "-rf", "a\0b", "x" * 200, "manifest.json", "é.png"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(make, name, tmp_path):
    (tmp_path / "secret").write_bytes(b"")
    empty = {"sha256": hashlib.sha256(b"").hexdigest(), "bytes": 0}
    folder = sealed_by_hand(make(), lambda manifest: manifest["files"].update({name: empty}))
    with pytest.raises(ModelInvalid, match="files: expected"):
        TrainedModel.open(folder)


@pytest.mark.parametrize("size", [3_000_000_000, 10**400, -1, 1.5, True, "12", None])
def test_sizes_that_no_file_has_are_refused_before_anything_is_read(make, size):
    folder = sealed_by_hand(
        make(), lambda manifest: manifest["files"]["model.onnx"].update(bytes=size)
    )
    (folder / "model.onnx").unlink()  # it is not even looked for
    with pytest.raises(ModelInvalid, match=f"bytes: expected 0 to {LARGEST_FILE_BYTES:,}"):
        TrainedModel.open(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2, "mien": "9.1"}, r"later format 2 of mien 9\.1; update mien"),
        ({"format": 0}, "format: expected 1"),
        ({"format": True}, "format: expected 1"),
        ({"kind": "detector"}, "kind: expected classifier or embedder"),
        ({"kind": ["classifier"]}, "kind: expected"),
        ({"files": []}, "files: expected"),
        ({"files": {}}, "files: expected"),
        ({"files": {str(n): {} for n in range(2000)}}, "files: expected 2 to 1000"),
        ({"files": {"a": 1, "b": 2}}, "sha256: expected 64"),
    ],
)
def test_a_manifest_that_is_not_sound_is_refused(make, change, message):
    folder = sealed_by_hand(make(), lambda manifest: manifest.update(change))
    with pytest.raises(ModelInvalid, match=message):
        TrainedModel.open(folder)


@pytest.mark.parametrize("missing", ["model.onnx", "model.json"])
def test_the_two_files_that_are_used_must_be_listed(make, missing):
    folder = sealed_by_hand(make(), lambda manifest: manifest["files"].pop(missing))
    (folder / missing).unlink()
    with pytest.raises(ModelInvalid, match=missing):
        TrainedModel.open(folder)


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"[]", b"1", b"{", b'{"format": 1, "format": 1}', b'{"a": NaN}', b'{"a": 1e999}'),
        *(b'{"a": -Infinity}', b"[" * 100_000, b"\xff\xfe{}", b'{"a": ' + b"1" * 10_000 + b"}"),
        b"{}" + b" " * (1 << 20),
    ],
    ids=range(12),
)
def test_a_manifest_that_is_no_strict_json_is_refused(make, text):
    folder = make()
    (folder / "manifest.json").write_bytes(text)
    with pytest.raises(ModelInvalid, match=r"manifest\.json: expected"):
        TrainedModel.open(folder)


# model.json ---------------------------------------------------------------------------------

ROW = [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "later format 2"),
        ({"name": ""}, "name: expected one line"),
        ({"name": "a\nb"}, "name: expected one line"),
        ({"backbone": 3}, "backbone: expected one line"),
        ({"input": None}, "input: expected an object"),
        ({"input": {"side": 10**9, "template": "arcface-112"}}, r"input\.side: expected"),
        ({"input": {"side": 112.0, "template": "arcface-112"}}, r"input\.side: expected"),
        ({"input": {"side": 112, "template": "../x"}}, "template: expected one of"),
        ({"dimensions": True}, "dimensions: expected"),
        ({"labels": []}, "labels: expected a list"),
        ({"labels": ["Ada", "../x"]}, "name: expected a name"),
        ({"labels": ["Ada", "ada"]}, "one person twice"),
        ({"labels": ["Ada", " Bo"]}, "as a gallery writes them"),
        ({"labels": ["Ada", 3]}, "name: expected text"),
        ({"labels": ["Ada", "Bo", "Cy"]}, "centres: expected a list of 3"),
        ({"centres": [ROW, ROW[:3]]}, "centres: expected a list of 4, got 3"),
        ({"centres": [ROW, [2.0, 0.0, 0.0, 0.0]]}, "centres: expected unit length"),
        ({"centres": [ROW, [1e300, 0.0, 0.0, 0.0]]}, "centres: expected unit length"),
        ({"centres": [ROW, [10**400, 0, 0, 0]]}, "centres: expected"),
        ({"centres": [ROW, ["1", "0", "0", "0"]]}, "centres: expected numbers"),
        ({"centres": [ROW, [True, False, False, False]]}, "centres: expected numbers"),
        ({"similarity": "euclidean"}, "similarity: expected cosine or relative"),
        ({"temperature": 0}, "temperature: expected"),
        ({"temperature": None}, "temperature: expected a number"),
        ({"known": {"slope": -1.0, "offset": 0.0}}, "positive slope"),
        ({"known": [14.2, -5.1]}, "known: expected an object"),
        ({"threshold": 0.4}, "threshold: expected an object"),
        ({"threshold": {"similarity": 1.5, "origin": "x"}}, r"threshold\.similarity: expected"),
        ({"threshold": {"similarity": 0.4}}, r"threshold\.origin: expected"),
        ({"threshold": {"similarity": 0.4, "origin": "x", "pairs": -1}}, "pairs: expected"),
        ({"margin": 3.0}, "margin: expected"),
        ({"verification": {"similarity": 0.4}}, "verification: expected a list"),
        ({"verification": [{"similarity": 0.4, "origin": "x", "fmr": 2}]}, "fmr: expected"),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_the_key(make, change, message):
    with pytest.raises(ModelInvalid, match=message) as caught:
        TrainedModel.open(make(**change))
    assert "model.json" in str(caught.value)


def test_the_manifest_and_the_settings_mean_the_same_kind(make):
    folder = sealed_by_hand(make(), lambda manifest: manifest.update(kind="embedder"))
    with pytest.raises(ModelInvalid, match="kind: expected embedder, got 'classifier'"):
        TrainedModel.open(folder)


def test_numbers_that_are_none_are_refused(make):
    folder = make()
    for text in ("NaN", "Infinity", "1e999"):
        sound = json.dumps(table())
        (folder / "model.json").write_text(sound.replace("1.0", text), "utf-8")
        sealed_by_hand(folder, lambda _: None)
        with pytest.raises(ModelInvalid, match="strict JSON"):
            TrainedModel.open(folder)


def test_keys_of_a_later_writer_are_passed_over_and_what_was_not_measured_may_be_null(make):
    folder = make(more={"x": 1}, known=None, threshold=None, verification=[])
    classes = TrainedModel.open(folder).classes
    assert (classes.known, classes.threshold) == (None, None)


# The network --------------------------------------------------------------------------------


class _Trap:
    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.place,))


@pytest.mark.parametrize("kind", ["pickle", "empty", "text", "half", "outside", "outside, deep"])
def test_a_network_that_is_none_is_refused_and_nothing_of_it_runs(make, tmp_path, kind):
    bad = {
        "pickle": pickle.dumps(_Trap(tmp_path / "sprung")),
        "empty": b"\0",
        "text": b"<!doctype html>",
        "half": small_network()[: len(small_network()) // 2],
        "outside": small_network(outside="../../../../etc/passwd"),
        "outside, deep": hidden_in_a_branch("weights.bin"),
    }[kind]
    model = TrainedModel.open(make(network=bad))  # whole, by its hashes
    with pytest.raises(ModelInvalid, match="expected"):
        load_trained(model, ModelStore(tmp_path / "cache"))
    assert not (tmp_path / "sprung").exists()


def test_of_many_trainings_of_one_name_only_the_last_stay_compiled(tmp_path):
    store, cards = ModelStore(tmp_path / "cache"), []
    for turn in range(KEPT_VERSIONS + 2):
        MATRIX[0, 0] = turn  # each training gives another network
        folder = sface_folder.write(tmp_path / str(turn), small_network(), table())
        model = TrainedModel.open(folder)
        load_trained(model, store)
        cards.append(model.card)
    homes = [store.cache.derived_folder(card, card.file()) for card in cards]
    assert [home.exists() for home in homes] == [False, False, *[True] * KEPT_VERSIONS]


def hidden_in_a_branch(outside: str) -> bytes:
    """The same network, and a branch of an ``If`` whose constant lies in another file."""
    proto = onnx.load_from_string(small_network())
    tensor = TensorProto(name="c", data_type=TensorProto.FLOAT, dims=[1], data_location=1)
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", outside
    result = helper.make_tensor_value_info("c_out", TensorProto.FLOAT, [1])
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["c_out"], value=tensor)], "branch", [], [result]
    )
    proto.graph.node.append(
        helper.make_node("If", ["yes"], ["unused"], then_branch=branch, else_branch=branch)
    )
    proto.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    return proto.SerializeToString()


def test_the_folder_s_words_are_read_without_loading_onnx(make):
    import subprocess
    import sys

    code = (
        "import sys; from mien.trained import TrainedModel; TrainedModel.open(sys.argv[1]); "
        "print({'onnx', 'onnxruntime', 'openvino', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(make())], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_every_refusal_says_what_was_expected(make):
    folder = make(labels=["Ada", "../x"])
    with pytest.raises(MienError) as caught:
        TrainedModel.open(folder)
    assert all(word in str(caught.value) for word in ("expected", "got", "train again"))


def test_a_folder_is_verified_as_a_whole_and_named_by_its_manifest(make):
    folder = make()
    opened = open_trained_folder(folder)
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert (opened.sha256, opened.mien) == (digest, "0.1.0")
    assert set(opened.files) == {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    } - {"manifest.json"}

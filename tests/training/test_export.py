"""Trained modules as ONNX graphs: the same answers, in every runtime, for every number of faces."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")

from torch import Tensor, nn  # noqa: E402

from face_crops import face_crops  # noqa: E402
from mien.errors import ModelInvalid  # noqa: E402
from mien.models.cards import ChannelOrder, NetworkInput  # noqa: E402
from mien.models.parity import LARGEST_DIFFERENCE  # noqa: E402
from mien.models.runtime import Precision, available_plans, load_network  # noqa: E402
from mien.networks.backbone import Backbone, BackboneFacts, freeze  # noqa: E402
from mien.training.backbones import load_backbone  # noqa: E402
from mien.training.export import check_parity, export_onnx  # noqa: E402


class Classifier(nn.Module):
    """A backbone and a linear layer: a unit vector and logits."""

    def __init__(self, backbone: Backbone, people: int = 5) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(0.5)
        self.last = nn.Linear(backbone.feature_shape[0], people)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        features = self.backbone(pixels)
        pooled = features.mean((2, 3)) if features.ndim == 4 else features
        return nn.functional.normalize(pooled), self.last(self.dropout(pooled))


def small_backbone() -> Backbone:
    eats = NetworkInput(
        ChannelOrder.BGR, (24, 24), mean=(90.0, 100.0, 110.0), std=(60.0, 55.0, 50.0)
    )
    facts = BackboneFacts("small", eats, "arcface-112", "0" * 64)
    first = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU())
    return Backbone(facts, [("first", first), ("second", nn.Conv2d(8, 16, 3))])


@pytest.fixture(scope="module")
def small() -> Classifier:
    torch.manual_seed(0)
    return Classifier(small_backbone())


@pytest.fixture(scope="module")
def small_graph(small) -> bytes:
    return export_onnx(small, 24)


@pytest.fixture
def faces(recognizer, picture) -> np.ndarray:
    return face_crops(recognizer, picture, "arcface-112", 24)


def modes(module: nn.Module) -> list[bool]:
    return [part.training for part in module.modules()]


def test_sface_with_a_head_answers_alike_in_every_runtime(model_store, recognizer, picture):
    torch.manual_seed(1)
    module = Classifier(load_backbone("sface", model_store))
    model = export_onnx(module, 112)
    pixels = face_crops(recognizer, picture, "arcface-112", 112)
    pixels = np.concatenate([pixels, pixels[:, :, :, ::-1]])
    assert check_parity(model, module, pixels) <= LARGEST_DIFFERENCE
    module.eval()
    with torch.no_grad():
        wanted = [one.numpy() for one in module(torch.from_numpy(pixels))]
    for plan in available_plans(1):
        network = load_network(model, plan)
        assert network.input_name == "pixels"
        for rows in (1, 3, 16):
            answers = network.run(np.ascontiguousarray(pixels[:rows]))
            assert list(answers) == ["embedding", "logits"]
            assert answers["logits"].shape == (rows, 5)
            cosines = (answers["embedding"] * wanted[0][:rows]).sum(1)
            assert cosines.min() > (0.999 if plan.precision is Precision.BF16 else 0.99999)


def test_an_embedder_has_one_output(faces):
    module = nn.Sequential(small_backbone(), nn.Flatten())
    model = export_onnx(module, 24, outputs=("embedding",))
    (output,) = onnx.load_model_from_string(model).graph.output
    assert output.name == "embedding"
    assert check_parity(model, module, faces) <= LARGEST_DIFFERENCE


def test_a_graph_holds_its_weights_and_nothing_of_this_machine(small_graph):
    proto = onnx.load_model_from_string(small_graph)
    assert all(one.data_location != one.EXTERNAL for one in proto.graph.initializer)
    assert not any(node.metadata_props or node.doc_string for node in proto.graph.node)
    for place in (Path.cwd(), Path(torch.__file__).parent, Path.home()):
        assert os.fsencode(place) not in small_graph or len(place.parts) < 2


def test_the_same_module_gives_the_same_bytes(small, small_graph):
    assert export_onnx(small, 24) == small_graph


def test_a_module_is_left_as_it_was_and_nothing_is_said(small, faces):
    small.train()
    freeze(small.backbone, 1)
    before, state = modes(small), {key: one.clone() for key, one in small.state_dict().items()}
    said = io.StringIO()
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")
        check_parity(export_onnx(small, 24), small, faces)
    assert said.getvalue() == ""
    assert modes(small) == before
    assert True in before
    assert False in before
    assert all(torch.equal(one, state[key]) for key, one in small.state_dict().items())


def test_a_graph_of_another_module_is_refused(small, small_graph, faces):
    torch.manual_seed(9)
    other = Classifier(small_backbone())
    with pytest.raises(ModelInvalid, match=r"within 0.0001 of the module, got"):
        check_parity(small_graph, other, faces)
    with pytest.raises(ModelInvalid, match="expected outputs of shape"):
        check_parity(small_graph, Classifier(small_backbone(), people=6), faces)


def test_a_small_drift_is_seen(small, small_graph, faces):
    with torch.no_grad():
        first = small.last.bias[0].item()
        small.last.bias[0] += 0.01 * max(1.0, float(small(torch.from_numpy(faces))[1].norm()))
    try:
        with pytest.raises(ModelInvalid, match="within"):
            check_parity(small_graph, small, faces)
    finally:
        with torch.no_grad():
            small.last.bias[0] = first


def test_answers_that_are_no_numbers_are_refused(small_graph, small, faces):
    with pytest.raises(ModelInvalid, match="finite"):
        check_parity(small_graph, small, np.full_like(faces, np.nan))


def test_outputs_have_to_be_named_one_by_one(small):
    with pytest.raises(ModelInvalid, match="expected embedding, got 2 tensors"):
        export_onnx(small, 24, outputs=("embedding",))


class Deciding(nn.Module):
    """Does something else for every picture: no graph can hold that."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(3, 2)

    def forward(self, pixels: Tensor) -> Tensor:
        pooled = pixels.mean((2, 3))
        return self.last(pooled) if pooled.sum() > 0 else pooled[:, :2]


def test_what_no_graph_can_hold_is_refused():
    with pytest.raises(ModelInvalid, match="that ONNX can hold"):
        export_onnx(Deciding(), 24, outputs=("embedding",))

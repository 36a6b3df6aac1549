"""Backbones by name: where their weights come from, and what is said where they cannot be had."""

from __future__ import annotations

import hashlib
import io
from functools import partial
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")

from torchvision import models  # noqa: E402
from torchvision.transforms._presets import ImageClassification  # noqa: E402

from face_crops import face_crops  # noqa: E402
from mien.cli.failures import Status, status_of  # noqa: E402
from mien.errors import ModelHashMismatch, ModelInvalid, ModelUnavailable, UnknownModel  # noqa: E402
from mien.models import ModelStore  # noqa: E402
from mien.networks.image_networks import new_model  # noqa: E402
from mien.training.backbones import BACKBONES, load_backbone  # noqa: E402
from mien.training.torchvision_weights import (  # noqa: E402
    published_file,
    torchvision_backbone,
    torchvision_names,
)

CARDS = {
    "sface": ("sface", 112, "arcface-112", (128,), 15),
    "dlib-resnet": ("dlib-resnet", 150, "dlib-150", (128,), 16),
    "mobilenetv2": ("imagenet-mobilenetv2", 160, "vggface-224", (1280, 5, 5), 19),
    "efficientnet-lite0": ("imagenet-efficientnet-lite0", 160, "vggface-224", (1280, 5, 5), 18),
    "vgg16-hed": ("vgg16-hed", 224, "vggface-224", (512, 7, 7), 13),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_backbone_takes_faces_and_gives_features(name, model_store, pull, recognizer, picture):
    card, side, template, shape, blocks = CARDS[name]
    pull(card)
    backbone = load_backbone(name, model_store)
    assert (backbone.name, backbone.side, backbone.template) == (name, side, template)
    assert (backbone.feature_shape, len(backbone.blocks)) == (shape, blocks)
    assert backbone.facts.weights_sha256 == model_store.card(card).file().sha256
    faces = torch.from_numpy(face_crops(recognizer, picture, template, side)[:3])
    with torch.no_grad():
        features = backbone(faces)
        each = torch.cat([backbone(face[None]) for face in faces])
    assert features.shape == (3, *shape)
    torch.testing.assert_close(features, each, atol=1e-3, rtol=1e-3)
    assert features.std(0).max() > 0
    assert all(one.requires_grad for one in backbone.parameters())


def test_every_name_is_described_and_others_are_answered_with_them(model_store):
    assert set(CARDS) | {"vgg16", "resnet50"} == set(BACKBONES)
    assert all(BACKBONES.values())
    with pytest.raises(UnknownModel, match=r"sface, .*vgg16-hed.*convnext_tiny; got 'sfcae'"):
        load_backbone("sfcae", model_store)


def test_vgg16_says_which_weights_it_takes(pull, monkeypatch, tmp_path):
    pull("vgg16-hed")
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))  # torchvision's are in nobody's folder
    heard: list[str] = []
    store = ModelStore(notify=heard.append)
    if (store.cache.root / "published" / "torchvision-vgg16.json").exists():
        pytest.skip("torchvision's weights are in this machine's cache")
    backbone = load_backbone("vgg16", store)
    assert backbone.name == "vgg16-hed"
    (line,) = heard
    assert "those of vgg16-hed are used" in line
    assert "vgg16-397923af.pth" in line


# torchvision's own weights cannot be made here, but a file like theirs can --------------------


def like_torchvision(folder: Path, name: str, side: int) -> models.Weights:
    """Random weights of ``name`` in a file named as torchvision names its own."""
    torch.manual_seed(4)
    stream = io.BytesIO()
    torch.save(new_model(name, side).state_dict(), stream)
    sha256 = hashlib.sha256(stream.getvalue()).hexdigest()
    file = f"{name}-{sha256[:8]}.pth"
    (folder / file).write_bytes(stream.getvalue())
    published = models.get_model_weights(name).DEFAULT
    return models.Weights(
        url=f"https://weights.invalid/{file}",
        transforms=partial(ImageClassification, crop_size=side, resize_size=side),
        meta=published.meta,
    )


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No network, an empty cache, and the user's own folder of weights."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("MIEN_OFFLINE", "1")
    monkeypatch.setenv("MIEN_MODELS", str(folder))
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.mark.parametrize(
    ("name", "side", "shape"),
    [("shufflenet_v2_x0_5", 64, (1024, 2, 2)), ("googlenet", 64, (1024, 2, 2))],
)
def test_a_file_of_torchvision_becomes_a_backbone(name, side, shape, offline):
    weights = like_torchvision(offline, name, side)
    backbone = torchvision_backbone(name, ModelStore(), weights)
    assert (backbone.name, backbone.side, backbone.feature_shape) == (name, side, shape)
    content = next(offline.iterdir()).read_bytes()
    for file in offline.iterdir():
        file.unlink()  # it is in the cache now
    again = torchvision_backbone(name, ModelStore(), weights)
    # torchvision's own preprocessing and pass; GoogLeNet turns the pixels once more
    options = {"transform_input": True, "init_weights": False} if name == "googlenet" else {}
    whole = models.get_model(name, weights=None, **options).eval()
    whole.load_state_dict(torch.load(io.BytesIO(content), weights_only=True))
    pixels = torch.randint(256, (2, 3, side, side), dtype=torch.uint8)
    with torch.no_grad():
        got = whole.fc(again(pixels.float()).mean((2, 3)))
        wanted = whole(weights.transforms()(pixels))
    assert wanted.std() > 1e-3
    torch.testing.assert_close(got, wanted, atol=1e-4, rtol=1e-3)


def test_a_file_that_was_changed_or_is_of_another_network_is_refused(offline):
    weights = like_torchvision(offline, "resnet18", 64)
    with pytest.raises(ModelInvalid, match="resnet34: expected its own weights"):
        torchvision_backbone("resnet34", ModelStore(), weights)
    (file,) = offline.iterdir()
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    heard: list[str] = []
    with pytest.raises(ModelUnavailable):
        torchvision_backbone("resnet18", ModelStore(notify=heard.append), weights)
    assert "passed over" in heard[0]


def test_what_cannot_be_fetched_is_missing_with_its_cure(offline):
    with pytest.raises(ModelUnavailable) as caught:
        load_backbone("resnet50", ModelStore())
    assert status_of(caught.value) is Status.MISSING == 3
    for part in ("resnet50-11ad3fa6.pth", "MIEN_MODELS"):
        assert part in str(caught.value)
    assert not issubclass(ModelHashMismatch, ModelUnavailable)  # vgg16 falls back on the one alone


def test_every_classifier_of_torchvision_states_its_hash_and_its_side():
    assert {"resnet50", "vgg16", "convnext_tiny", "vit_b_16"} <= set(torchvision_names())
    for name in torchvision_names():
        weights = models.get_model_weights(name).DEFAULT
        file = published_file(name, weights)
        assert file.url.startswith("https://download.pytorch.org/models/")
        assert len(file.sha256_prefix) >= 8
        assert len(set(weights.transforms().crop_size)) == 1
        assert file.limit_bytes > weights.meta["_file_size"] * 2**20

"""Networks of pictures as backbones: the published answers, up to where they classify."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")

from torch import nn  # noqa: E402
from torchvision import models  # noqa: E402

from mien.errors import ModelInvalid  # noqa: E402
from mien.networks.efficientnet_lite import SamePadding, efficientnet_lite0  # noqa: E402
from mien.networks.image_networks import feature_blocks, mobilenet_v2, new_model  # noqa: E402
from mien.networks.state_dict import read_state_dict  # noqa: E402
from mien.training.backbones import load_backbone  # noqa: E402

CLASSES = models.MobileNet_V2_Weights.IMAGENET1K_V1.meta["categories"]
CLASSIFIERS = {
    "mobilenetv2": ("imagenet-mobilenetv2", "classifier.1"),
    "efficientnet-lite0": ("imagenet-efficientnet-lite0", "_fc"),
}


def square(picture: np.ndarray, side: int) -> torch.Tensor:
    """The middle of a picture, ``(1, 3, side, side) float32``."""
    height, width, _ = picture.shape
    half = min(height, width) // 2
    middle = picture[height // 2 - half :, width // 2 - half :][: 2 * half, : 2 * half]
    shrunk = cv2.resize(middle, (side, side), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(shrunk.astype(np.float32)).permute(2, 0, 1)[None]


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize(
    ("file", "wanted"),
    [("chelsea.png", {"Egyptian cat", "tiger cat", "tabby"}), ("coffee.png", {"espresso", "cup"})],
)
def test_the_published_classifier_behind_the_features_knows_cats_and_coffee(
    name, file, wanted, model_store, pull, picture
):
    card, classifier = CLASSIFIERS[name]
    pull(card)
    backbone = load_backbone(name, model_store)
    state = read_state_dict(model_store.bytes(card), name)
    with torch.no_grad():
        pooled = backbone(square(picture(file), backbone.side)).mean((2, 3))
        logits = pooled @ state[f"{classifier}.weight"].T + state[f"{classifier}.bias"]
    assert CLASSES[int(logits.argmax())] in wanted


def test_weights_of_another_network_are_refused(model_store, pull):
    pull("imagenet-efficientnet-lite0")
    state = dict(read_state_dict(model_store.bytes("imagenet-efficientnet-lite0"), "lite"))
    with pytest.raises(ModelInvalid, match="mobilenetv2: expected its own weights"):
        mobilenet_v2(state)
    state["_fc.bias"] = state["_fc.bias"][:-1]
    with pytest.raises(ModelInvalid, match=r"_fc\.bias"):
        efficientnet_lite0(state)


@pytest.mark.parametrize("side", [7, 8, 9, 112])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 2)])
def test_padding_is_that_of_tensorflow(side, kernel, stride):
    padded = SamePadding(kernel, stride)(torch.ones(1, 1, side, side))
    rows = (padded.shape[2] - kernel) // stride + 1
    assert rows == -(-side // stride)
    before, after = int(padded[0, 0, side // 2].argmax()), padded.shape[3] - side
    assert before == after // 2  # what is odd goes to the right


# One of each family: the smallest, and a side on which it is quick.
FAMILIES = {
    **{"alexnet": 64, "convnext_tiny": 32, "densenet121": 32, "efficientnet_b0": 32},
    **{"googlenet": 32, "inception_v3": 75, "mnasnet0_5": 32, "mobilenet_v3_small": 32},
    **{"regnet_y_400mf": 32, "resnet18": 32, "shufflenet_v2_x0_5": 32, "squeezenet1_1": 32},
    **{"swin_t": 32, "vgg11_bn": 32, "vit_b_32": 32},
}
BEHIND = ("avgpool", "classifier", "fc", "heads")


@pytest.mark.parametrize("name", FAMILIES)
def test_features_are_what_torchvision_s_own_pass_pools(name):
    torch.manual_seed(0)
    model = new_model(name, FAMILIES[name])
    side = FAMILIES[name]
    pixels = torch.rand(2, 3, side, side)
    seen = []
    behind = next(child for key, child in model.named_children() if key in BEHIND)
    behind.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    blocks = feature_blocks(model)
    with torch.no_grad():
        model(pixels)
        features = nn.Sequential(*(block for _, block in blocks))(pixels)
    pooled = features.mean((2, 3)) if features.ndim > seen[0].ndim else features
    torch.testing.assert_close(pooled, seen[0])
    assert len({name for name, _ in blocks}) == len(blocks) >= 5

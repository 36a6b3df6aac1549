"""What of a backbone learns, and what stays as it was published."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="torch, of the extra train, is not installed")

from torch import nn  # noqa: E402

from mien.errors import InvalidOption, ModelInvalid  # noqa: E402
from mien.models.cards import ChannelOrder, NetworkInput  # noqa: E402
from mien.networks.backbone import (  # noqa: E402
    Backbone,
    BackboneFacts,
    freeze,
    parameter_groups,
)

EATS = NetworkInput(ChannelOrder.BGR, (8, 8), mean=(1.0, 2.0, 3.0), std=(2.0, 4.0, 8.0))
FACTS = BackboneFacts("small", EATS, "arcface-112", "0" * 64)


def unit(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.Dropout(0.5)
    )


@pytest.fixture
def backbone() -> Backbone:
    torch.manual_seed(0)
    return Backbone(FACTS, [("first", unit(3, 4)), ("second", unit(4, 5)), ("third", unit(5, 6))])


@pytest.fixture
def pixels() -> torch.Tensor:
    return 255 * torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def one_step(backbone: Backbone, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
    """Everything that the backbone holds after a step of training."""
    backbone.train()
    learning = [one for one in backbone.parameters() if one.requires_grad]
    loss = backbone(pixels).square().mean()
    if learning:
        loss.backward()
        torch.optim.SGD(learning, lr=0.1).step()
    return {name: value.clone() for name, value in backbone.state_dict().items()}


def changed(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    """Numbers of the blocks of which anything changed."""
    return {name.split(".")[1] for name in before if not torch.equal(before[name], after[name])}


def test_pixels_are_brought_into_the_form_that_the_first_layer_wants(backbone, pixels):
    prepared = backbone.prepare(pixels)
    red, green, blue = pixels.unbind(1)
    wanted = torch.stack([(blue - 1) / 2, (green - 2) / 4, (red - 3) / 8], 1)
    torch.testing.assert_close(prepared, wanted)


def test_a_backbone_knows_its_side_and_the_shape_of_its_features(backbone, pixels):
    assert (backbone.name, backbone.side, backbone.template) == ("small", 8, "arcface-112")
    assert backbone(pixels).shape[1:] == backbone.feature_shape == (6, 8, 8)
    assert not backbone.training


@pytest.mark.parametrize("unfreeze", [None, 0, 1, 2, 3])
def test_exactly_the_last_blocks_learn_batch_norms_with_them(backbone, pixels, unfreeze):
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    freeze(backbone, unfreeze)
    learning = 3 if unfreeze is None else unfreeze
    assert changed(before, one_step(backbone, pixels)) == {"0", "1", "2"} - set(
        "012"[: -learning or 3]
    )
    assert backbone.frozen_blocks == 3 - learning


def test_a_frozen_backbone_answers_in_training_as_in_use(backbone, pixels):
    freeze(backbone, 0)
    in_use = backbone.eval()(pixels)
    assert torch.equal(backbone.train()(pixels), in_use)
    freeze(backbone, None)
    assert not torch.equal(backbone.train()(pixels), in_use)


def test_more_blocks_than_there_are_cannot_be_unfrozen(backbone):
    for wrong in (-1, 4, 1.5, True):
        with pytest.raises(InvalidOption, match="unfreeze: expected"):
            freeze(backbone, wrong)


def test_earlier_blocks_learn_more_slowly(backbone):
    head = nn.Linear(6, 2)
    freeze(backbone, 2)
    groups = parameter_groups(backbone, head, 0.1, 0.5)
    assert [group["name"] for group in groups] == ["head", "third", "second"]
    assert [group["lr"] for group in groups] == pytest.approx([0.1, 0.05, 0.025])
    held = [id(one) for group in groups for one in group["params"]]
    assert len(held) == len(set(held)) == 2 + 4 + 4
    torch.optim.AdamW(groups)  # as its optimiser takes them


@pytest.mark.parametrize(("rate", "decay"), [(0, 0.5), (-1, 0.5), (0.1, 0), (0.1, 1.5)])
def test_rates_have_to_be_rates(backbone, rate, decay):
    with pytest.raises(InvalidOption):
        parameter_groups(backbone, nn.Linear(6, 2), rate, decay)


def test_blocks_that_share_a_layer_or_do_not_fit_are_refused():
    shared = unit(3, 3)
    with pytest.raises(ModelInvalid, match="share no parameter"):
        Backbone(FACTS, [("a", shared), ("b", shared)])
    with pytest.raises(ModelInvalid, match="follow on each other"):
        Backbone(FACTS, [("a", unit(3, 4)), ("b", unit(5, 6))])

"""Learning on real crops: both paths agree, the best epoch is taken, a break changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

import torch

from mien.errors import InvalidOption, TrainingDiverged
from mien.models import ModelStore
from mien.networks.backbone import Backbone
from mien.training.array_folder import ArrayFolder
from mien.training.backbones import load_backbone
from mien.training.config import Augmentation
from mien.training.learner import Example, Learned, Learner
from training.learning import part_of, real_crops, small_run

EACH = 10


@pytest.fixture(scope="module")
def example(bench_data: Path, pull) -> Example:
    for card in ("imagenet-mobilenetv2", "sface"):
        pull(card)
    return real_crops(bench_data, mobilenet(), EACH)


def mobilenet() -> Backbone:
    return load_backbone("mobilenetv2", ModelStore())


def learn(example: Example, work: Path, kept: ArrayFolder | None = None, **changes) -> Learned:
    backbone = mobilenet()
    learner = Learner(small_run(backbone, **changes), backbone, kept)
    train, validation = part_of(example, slice(0, 14)), part_of(example, slice(14, None))
    return learner.learn(train, validation, 2, work)


def weights(learned: Learned) -> dict[str, np.ndarray]:
    parts = {**learned.head.state_dict(), **learned.learning.state_dict()}
    return {name: value.numpy() for name, value in parts.items()}


def largest_difference(first: Learned, second: Learned) -> float:
    ours, theirs = weights(first), weights(second)
    assert ours.keys() == theirs.keys()
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


@pytest.mark.parametrize("unfreeze", [0, 1], ids=["all frozen", "last block learns"])
def test_the_fast_path_learns_what_the_slow_one_does(example, tmp_path, unfreeze):
    fast = learn(example, tmp_path / "fast", unfreeze=unfreeze)
    slow = learn(example, tmp_path / "slow", unfreeze=unfreeze, fast=False)
    assert fast.fast
    assert not slow.fast
    assert largest_difference(fast, slow) < 1e-4
    for one, other in zip(fast.history.rows, slow.history.rows, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, abs=1e-4)
        assert one.validation_loss == pytest.approx(other.validation_loss, abs=1e-4)


def test_the_same_seed_gives_the_same_model_and_another_one_another(example, tmp_path):
    first = learn(example, tmp_path / "a", head="classic")
    again = learn(example, tmp_path / "b", head="classic")
    other = learn(example, tmp_path / "c", head="classic", seed=1)
    assert largest_difference(first, again) == 0.0
    assert largest_difference(first, other) > 1e-3


def test_a_run_that_was_broken_off_goes_on_to_the_same_end(example, tmp_path):
    kept = ArrayFolder(tmp_path / "features")
    whole = learn(example, tmp_path / "whole", kept, head="classic", unfreeze=1)

    class PowerCut(Exception):
        pass

    backbone = mobilenet()
    config = small_run(backbone, head="classic", unfreeze=1)
    train, validation = part_of(example, slice(0, 14)), part_of(example, slice(14, None))

    def cut(row) -> None:
        if row.epoch == 3:  # before this epoch's checkpoint was written
            raise PowerCut

    with pytest.raises(PowerCut):
        Learner(config, backbone, kept).learn(train, validation, 2, tmp_path / "cut", cut)
    resumed = learn(example, tmp_path / "cut", kept, head="classic", unfreeze=1, resume=True)
    assert largest_difference(whole, resumed) == 0.0
    assert resumed.history == whole.history


def test_what_is_frozen_stays_and_what_is_not_moves(example, tmp_path):
    published = mobilenet()
    learned = learn(example, tmp_path, unfreeze=2, fast=False)
    backbone = learned.frozen.backbone
    moved = [
        any(not torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
        for one, two in zip(published.body, backbone.body, strict=True)
    ]
    assert moved == [False] * (len(moved) - 2) + [True] * 2
    for one, two in zip(list(published.body)[:-2], list(backbone.body)[:-2], strict=True):
        for mine, theirs in zip(one.buffers(), two.buffers(), strict=True):
            assert torch.equal(mine, theirs)  # batch norms' statistics, too


def test_the_epoch_with_the_lowest_validation_loss_is_taken(example, tmp_path):
    options = {"epochs": 12, "patience": 2, "learning_rate": 0.05, "optimiser": "rmsprop"}
    learned = learn(example, tmp_path, optimisation=options)
    rows = learned.history.rows
    best = min(rows, key=lambda row: row.validation_loss)
    assert learned.history.best_epoch == best.epoch
    assert learned.history.stopped_early == (len(rows) < 12)
    backbone = mobilenet()
    learner = Learner(small_run(backbone), backbone)
    validation = part_of(example, slice(14, None))
    logits = torch.from_numpy(learner.answers(learned, validation.crops).logits)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(validation.classes))
    assert float(loss) == pytest.approx(best.validation_loss, abs=1e-3)


def test_features_are_found_again_by_what_they_were_made_of(example, tmp_path):
    kept, seen = ArrayFolder(tmp_path / "features"), []
    backbone = mobilenet()
    learner = Learner(small_run(backbone), backbone, kept, seen.append)
    augmentation = Augmentation(kind="classic", views=2)
    first = learner.features(example.crops[:4], augmentation)
    backbone.body = torch.nn.Sequential(*[_Unusable() for _ in backbone.body])
    again = learner.features(example.crops[:4], augmentation)
    assert np.array_equal(first, again)  # without running the network
    assert sum(seen) == 2 * 8
    damaged = sorted((tmp_path / "features").rglob("*.array"))[0]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with pytest.raises(RuntimeError, match="was run"):
        learner.features(example.crops[:4], augmentation)


class _Unusable(torch.nn.Module):
    def forward(self, _: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("the network was run")


def test_a_learning_rate_that_is_far_too_high_is_said_to_be(example, tmp_path):
    options = {"learning_rate": 1e3, "optimiser": "sgd", "epochs": 30}
    with pytest.raises(TrainingDiverged, match="lower --learning-rate"):
        learn(example, tmp_path, head="linear", unfreeze=4, optimisation=options)


def test_mirror_images_are_not_averaged_while_the_backbone_learns():
    with pytest.raises(InvalidOption, match="frozen"):
        small_run(mobilenet(), unfreeze=1, mirror=True)


def test_torch_s_settings_are_as_they_were_before(example, tmp_path):
    torch.manual_seed(5)
    before = torch.get_rng_state(), torch.get_num_threads()
    learn(example, tmp_path)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]
    assert not torch.are_deterministic_algorithms_enabled()

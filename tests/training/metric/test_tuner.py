"""Learning on real crops of six people: the same by both paths, and after a break."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

import torch

from mien.models import ModelStore
from mien.networks.backbone import Backbone, with_side
from mien.training.backbones import load_backbone
from mien.training.dataset import Part
from mien.training.learner import Example
from mien.training.listener import Listener
from mien.training.metric.tuner import Tuned, Tuner, compact, decided
from mien.training.preparing import example_of, prepare_faces
from mien.training.work import Work
from training.metric.six_people import photos_of_six, small_run

SIDE = 64
Parts = tuple[Example, Example]


def network() -> Backbone:
    return with_side(load_backbone("mobilenetv2", ModelStore()), SIDE)


@pytest.fixture(scope="module")
def parts(bench_data: Path, pull, model_store, tmp_path_factory) -> Parts:
    """Crops of the people who are learned from, and of those who choose the epoch."""
    pull("imagenet-mobilenetv2")
    place = tmp_path_factory.mktemp("six")
    (place / "photos").mkdir()
    config = small_run(photos_of_six(bench_data, place / "photos"), place / "out", None)
    with Work.of(config) as work:
        data = prepare_faces(config, network(), work, Listener(), model_store)
    train, validation = (example_of(data, part) for part in (Part.TRAIN, Part.VALIDATION))
    return compact(train), compact(validation)


def learn(parts: Parts, work: Path, told=None, **changes) -> tuple[Tuner, Tuned]:
    backbone = network()
    run = small_run(Path("data"), Path("out"), None, backbone="mobilenetv2", unfreeze=2, **changes)
    tuner = Tuner(decided(run, backbone), backbone)
    return tuner, tuner.learn(*parts, work, told)


def vectors(parts: Parts, learned: tuple[Tuner, Tuned]) -> np.ndarray:
    tuner, tuned = learned
    return tuner.embed(tuned, parts[1].crops).after


def test_both_paths_learn_the_same(parts, tmp_path):
    fast = learn(parts, tmp_path / "fast")
    slow = learn(parts, tmp_path / "slow", fast=False)
    assert fast[1].fast
    assert not slow[1].fast
    assert np.abs(vectors(parts, fast) - vectors(parts, slow)).max() < 1e-4


def test_a_run_that_was_broken_off_goes_on_to_the_same_end(parts, tmp_path):
    steps = {"epochs": 3}
    whole = learn(parts, tmp_path / "whole", steps=steps)

    class PowerCut(Exception):
        pass

    def cut(row) -> None:
        if row.epoch == 2:  # before this epoch's checkpoint was written
            raise PowerCut

    with pytest.raises(PowerCut):
        learn(parts, tmp_path / "cut", cut, steps=steps)
    resumed = learn(parts, tmp_path / "cut", steps=steps, resume=True)
    timeless = [
        [(row.epoch, row.train_loss, row.score, row.learning_rate) for row in one.history.rows]
        for _, one in (whole, resumed)
    ]
    assert timeless[0] == timeless[1]
    assert np.array_equal(vectors(parts, whole), vectors(parts, resumed))


def test_the_same_seed_gives_the_same_embedder_and_another_one_another(parts, tmp_path):
    first, again, other = (
        vectors(parts, learn(parts, tmp_path / str(number), seed=seed, steps={"epochs": 1}))
        for number, seed in enumerate((0, 0, 1))
    )
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_the_best_epoch_s_weights_are_taken(parts, tmp_path):
    tuner, tuned = learn(parts, tmp_path, steps={"epochs": 4, "learning_rate": 3e-3})
    rows = tuned.history.rows
    assert rows[tuned.history.best_epoch].score == max(row.score for row in rows[1:])
    unmirrored = torch.from_numpy(tuner.embed(tuned, parts[1].crops).after)
    assert torch.allclose(unmirrored.norm(dim=1), torch.ones(len(unmirrored)), atol=1e-5)


def test_a_collapse_ends_the_run_with_a_word(parts, tmp_path):
    # The hardest triplets at a mad rate: FaceNet, section 3.2, warns of it.
    steps = {"epochs": 30, "learning_rate": 0.3, "optimiser": "adam", "patience": 30}
    _, tuned = learn(parts, tmp_path, steps=steps, objective={"miner": "hard"})
    history = tuned.history
    assert history.collapsed
    assert "collapsed" in history.stopped
    assert len(history.rows) - 1 < 30
    assert not history.improved


def test_a_run_ends_when_its_time_is_over(parts, tmp_path):
    _, tuned = learn(parts, tmp_path, steps={"epochs": 10_000, "minutes": 0.02, "patience": 10_000})
    assert tuned.history.stopped in (
        "its time was over",
        f"no triplet of epoch {len(tuned.history.rows) - 1} violated the margin: nothing is left "
        "to learn",
    )

"""Which strangers a threshold is set on: the user's, the shipped ones, or people held out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning", reason="Lightning, of the extra train, is not installed")

from mien.models import ModelStore
from mien.training.backbones import load_backbone
from mien.training.learner import Example, Learner
from mien.training.unknown import Evidence, Unknown, find_unknown, shipped_strangers
from training.learning import part_of, real_crops, small_run

PEOPLE = 3
EACH = 8


@pytest.fixture(scope="module")
def learner(bench_data: Path, pull) -> Learner:
    pull("sface")
    backbone = load_backbone("sface", ModelStore())
    return Learner(small_run(backbone, augmentation=None), backbone)


@pytest.fixture(scope="module")
def example(learner: Learner, bench_data: Path) -> Example:
    """Eight photos of each of three people, alternating."""
    return real_crops(bench_data, learner.backbone, EACH, PEOPLE)


def found(learner: Learner, example: Example, folder: Path, strangers=None) -> Unknown:
    cut = len(example.crops) * 5 // 8
    train, validation = part_of(example, slice(0, cut)), part_of(example, slice(cut, None))
    classes = len(np.unique(example.classes))
    learned = learner.learn(train, validation, classes, folder / "run")
    return find_unknown(learner, learned, Evidence(train, validation, strangers), folder)


def test_a_face_network_as_published_asks_about_the_shipped_strangers(learner, example, tmp_path):
    unknown = found(learner, example, tmp_path)
    assert unknown.fit.threshold.pairs > 900
    assert unknown.fit.false_accepts.value <= 0.01
    assert not unknown.optimistic
    assert "ship with mien" in unknown.source


def test_no_vectors_ship_for_a_network_that_learned_or_that_looks_once(learner):
    backbone = load_backbone("sface", ModelStore())
    once = small_run(backbone, augmentation=None, mirror=False)
    assert shipped_strangers(once, backbone) is None
    learning = small_run(backbone, augmentation=None, unfreeze=1)
    Learner(learning, backbone)  # freezes but the last block
    assert shipped_strangers(learning, backbone) is None


def test_photos_of_strangers_go_before_what_ships(learner, example, tmp_path):
    known = Example(example.crops[example.classes < 2], example.classes[example.classes < 2])
    strangers = example.crops[example.classes == 2]
    unknown = found(learner, known, tmp_path, strangers)
    assert unknown.fit.threshold.pairs == len(strangers) == EACH
    assert unknown.source == f"{EACH} photos of strangers"


def test_else_people_are_held_out_and_two_are_too_few(learner, example, tmp_path):
    backbone = load_backbone("sface", ModelStore())
    once = Learner(small_run(backbone, augmentation=None, mirror=False), backbone)
    held = found(once, example, tmp_path)
    assert held.optimistic
    assert held.fit.threshold.pairs == len(example.crops)
    assert "held out" in held.source
    two = Example(example.crops[example.classes < 2], example.classes[example.classes < 2])
    none = found(once, two, tmp_path)
    assert none.fit is None
    assert "--strangers" in none.source
    assert json.dumps(none.source)

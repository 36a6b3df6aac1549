"""The way from a folder of photos to a tested, exported model, on one page.

read -> split -> find faces -> features -> head -> unknown -> measure -> export -> save.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mien.models import ModelStore
from mien.training.backbones import load_backbone
from mien.training.config import TrainConfig
from mien.training.crops import Crops
from mien.training.crossing import CrossValidation, cross_validate, example_of
from mien.training.dataset import Dataset, Part
from mien.training.export import check_parity, export_onnx
from mien.training.features import to_pixels
from mien.training.learner import Learned, Learner, decided
from mien.training.loop import EpochRow
from mien.training.measures import PartMeasures, measure, temperature_of
from mien.training.unknown import Evidence, Unknown, find_unknown

PARITY_CROPS = 16


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told how a run goes; every part may be left out.

    Attributes:
        note: something to know, in words.
        stage: what begins, and how many steps it has (0: nobody knows).
        step: how many of them are done anew.
        epoch: after each epoch.
    """

    note: Callable[[str], None] = lambda _: None
    stage: Callable[[str, int], None] = lambda _name, _steps: None
    step: Callable[[int], None] = lambda _: None
    epoch: Callable[[EpochRow], None] = lambda _: None


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What a run made and measured.

    Attributes:
        folder: the model.
        config: of the run, with everything decided.
        dataset: the photos with their parts.
        crops: their faces, and the photos that were refused.
        learned: the network.
        unknown: how it tells strangers.
        temperature: of its softmax.
        validation, test: its answers there; None where there are no photos.
        crossed: None without cross-validation.
        parity: largest difference between the exported graph and the network.
        seconds: of each stage.
    """

    folder: Path
    config: TrainConfig
    dataset: Dataset
    crops: Crops
    learned: Learned
    unknown: Unknown
    temperature: float
    validation: PartMeasures | None
    test: PartMeasures | None
    crossed: CrossValidation | None
    parity: float
    seconds: dict[str, float] = field(default_factory=dict)


def train(
    config: TrainConfig, store: ModelStore | None = None, listener: Listener | None = None
) -> Trained:
    """Train, test and save a recogniser of the people in a folder.

    Args:
        config: what is asked for.
        store: where published weights come from.
        listener: who is told how it goes.

    Raises:
        InputError: the photos, an option or the output folder cannot be used; before any training
            wherever that can be known.
        ModelError: weights cannot be had, or a library is missing.
    """
    store, listener, clock = store or ModelStore(), listener or Listener(), _Clock()
    check_output(config.out, config.overwrite)
    work = _Work.of(config)
    dataset = _read(config, listener)
    backbone = load_backbone(config.backbone, store)
    config = decided(config, backbone)
    clock.note("preparing")
    crops = _find_faces(config, dataset.photos, backbone, listener, store)
    dataset = _with_faces(dataset, crops)
    clock.note("faces")
    learner = Learner(config, backbone, work.features, listener.step)
    listener.stage("features", 0)
    crossed = None
    if config.folds:
        listener.stage(f"{config.folds} folds", 0)
        crossed = cross_validate(learner, dataset, crops, work.checkpoints, listener.epoch)
        clock.note("folds")
    train_part, validation, test = (example_of(crops, dataset, part) for part in Part)
    listener.stage("training", config.optimisation.epochs)
    learned = learner.learn(
        train_part, validation, len(dataset.names), work.checkpoints / "run", listener.epoch
    )
    clock.note("training")
    listener.stage("strangers", 0)
    strangers = _strangers(config, backbone, listener, store)
    evidence = Evidence(train_part, validation, strangers)
    unknown = find_unknown(learner, learned, evidence, work.checkpoints)
    temperature = temperature_of(learner, learned, validation)
    measured = {
        part: measure(learner, learned, example, dataset.names, unknown, temperature)
        for part, example in ((Part.VALIDATION, validation), (Part.TEST, test))
    }
    clock.note("measuring")
    listener.stage("exporting", 0)
    model = export_onnx(learned.network, backbone.side)
    parity = check_parity(model, learned.network, to_pixels(crops.pixels[:PARITY_CROPS]).numpy())
    clock.note("exporting")

"""The way from a folder of photos to a tested, exported model, on one page.

read -> find faces -> split -> features and head -> strangers -> measure -> export -> save.
"""

from __future__ import annotations

from mien.models import ModelStore
from mien.models.trained_folder import ModelKind
from mien.training.backbones import load_backbone
from mien.training.clock import Clock
from mien.training.config import TrainConfig
from mien.training.crossing import CrossValidation, cross_validate
from mien.training.dataset import Part
from mien.training.described import describe
from mien.training.drawn import draw_pictures
from mien.training.duplicates import drop_same_files
from mien.training.export import PARITY_CROPS, check_parity, export_onnx, weight_bytes
from mien.training.features import to_pixels
from mien.training.learner import Example, Learned, Learner, decided
from mien.training.listener import Listener
from mien.training.loop import torch_threads
from mien.training.measures import PartMeasures, measure, temperature_of
from mien.training.memory import freed_memory_kept
from mien.training.model_files import write_files
from mien.training.prepare import PreparedData
from mien.training.preparing import example_of, prepare_faces, strangers_crops
from mien.training.reading import read_dataset
from mien.training.saving import ModelFolderWriter, check_output
from mien.training.trained import Trained
from mien.training.unknown import Evidence, Unknown, find_unknown
from mien.training.work import Work


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
    with freed_memory_kept(), torch_threads(config.threads):
        return _train(config, store or ModelStore(), listener or Listener())


def _train(config: TrainConfig, store: ModelStore, listener: Listener) -> Trained:
    clock = Clock()
    check_output(config.out, overwrite=config.overwrite, data=config.data)
    # A bad folder is refused before anything is fetched.
    drop_same_files(read_dataset(config.data, config.exclude))
    backbone = load_backbone(config.backbone, store)
    check_output(config.out, overwrite=config.overwrite, needed_bytes=weight_bytes(backbone))
    config = decided(config, backbone)
    with Work.of(config) as work:
        data = prepare_faces(config, backbone, work, listener, store)
        clock.note("faces")
        learner = Learner(config, backbone, work.features, listener.step)
        crossed = _crossed(learner, data, work, listener)
        clock.note("folds")
        parts = {part: example_of(data, part) for part in Part}
        learned = _learn(learner, parts, len(data.names), work, listener)
        clock.note("training")
        strangers = strangers_crops(config, backbone, work, listener, store)
        evidence = Evidence(parts[Part.TRAIN], parts[Part.VALIDATION], strangers)
        unknown = find_unknown(learner, learned, evidence, work.checkpoints)
        temperature = temperature_of(learner, learned, parts[Part.VALIDATION])
        measured = _measured(learner, learned, parts, data.names, unknown, temperature)
        clock.note("measuring")
        network, parity = _exported(learned, data, listener)
        clock.note("exporting")
        made = Trained(
            config=config,
            data=data,
            learned=learned,
            network=network,
            parity=parity,
            unknown=unknown,
            temperature=temperature,
            measured=measured,
            crossed=crossed,
            seconds=clock.seconds,
        )
        _save(made, store, listener)
    return made


def _crossed(
    learner: Learner, data: PreparedData, work: Work, listener: Listener
) -> CrossValidation | None:
    count = learner.config.folds
    if not count:
        return None
    listener.stage(f"{count} folds", count * learner.config.optimisation.epochs)
    return cross_validate(learner, data, work.checkpoints, listener.epoch)


def _learn(
    learner: Learner, parts: dict[Part, Example], people: int, work: Work, listener: Listener
) -> Learned:
    listener.stage("training", learner.config.optimisation.epochs)
    folder = work.checkpoints / "run"
    train, validation = parts[Part.TRAIN], parts[Part.VALIDATION]
    return learner.learn(train, validation, people, folder, listener.epoch)


def _measured(
    learner: Learner,
    learned: Learned,
    parts: dict[Part, Example],
    names: tuple[str, ...],
    unknown: Unknown,
    temperature: float,
) -> dict[Part, PartMeasures]:
    answered = {
        part: measure(learner, learned, parts[part], names, unknown, temperature)
        for part in (Part.VALIDATION, Part.TEST)
    }
    return {part: one for part, one in answered.items() if one is not None}


def _exported(learned: Learned, data: PreparedData, listener: Listener) -> tuple[bytes, float]:
    """The ONNX graph, and its largest difference from the network on real crops."""
    listener.stage("exporting", 0)
    model = export_onnx(learned.network, learned.frozen.backbone.side)
    pixels = to_pixels(data.pixels[:PARITY_CROPS]).numpy()
    return model, check_parity(model, learned.network, pixels)


def _save(made: Trained, store: ModelStore, listener: Listener) -> None:
    listener.stage("saving", 0)
    config = made.config
    with ModelFolderWriter(config.out, ModelKind.CLASSIFIER, overwrite=config.overwrite) as writer:
        write_files(writer, made)
        captions = draw_pictures(writer, made) if config.pictures else ()
        writer.write("README.md", describe(made, captions, store))

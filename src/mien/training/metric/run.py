"""The way from a folder of people to an embedder that is better on other people, on one page.

read -> find faces -> split people -> learn -> measure before and after -> judge -> export -> save.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mien.models import ModelStore
from mien.networks.backbone import with_side
from mien.training.backbones import load_backbone
from mien.training.clock import Clock
from mien.training.dataset import Part
from mien.training.duplicates import drop_same_files
from mien.training.export import PARITY_CROPS, check_parity, export_onnx, weight_bytes
from mien.training.features import to_pixels
from mien.training.listener import Listener
from mien.training.loop import torch_threads
from mien.training.memory import freed_memory_kept
from mien.training.metric.config import FinetuneConfig
from mien.training.metric.finetuned import Exported, Finetuned
from mien.training.metric.guard import Verdict, judge
from mien.training.metric.held_out import compare_held_out
from mien.training.metric.history import MetricEpoch
from mien.training.metric.lfw_check import LfwCheck, lfw_pairs
from mien.training.metric.measuring import (
    Place,
    SideFaces,
    faces_on,
    judge_pairs,
    measure_lfw,
    measure_thresholds,
)
from mien.training.metric.saved import save
from mien.training.metric.tuner import Tuned, Tuner, compact, decided
from mien.training.prepare import PreparedData
from mien.training.preparing import example_of, prepare_faces
from mien.training.reading import read_dataset
from mien.training.saving import check_output
from mien.training.work import Work

Told = Callable[[MetricEpoch], None]


def finetune(
    config: FinetuneConfig,
    store: ModelStore | None = None,
    listener: Listener | None = None,
    told: Told | None = None,
) -> Finetuned:
    """Tune an embedder, judge it on people whom it did not learn from, save it if it is no worse.

    Args:
        config: what is asked for.
        store: where published weights come from.
        listener: who is told how it goes.
        told: called with the start and after each epoch.

    Returns:
        What was made and measured; ``saved`` says whether it was kept.

    Raises:
        InputError: the photos, an option or the output folder cannot be used; before any training
            wherever that can be known.
        ModelError: weights cannot be had, or a library is missing.
    """
    with freed_memory_kept(), torch_threads(config.threads):
        return _finetune(config, store or ModelStore(), listener or Listener(), told)


def _finetune(
    config: FinetuneConfig, store: ModelStore, listener: Listener, told: Told | None
) -> Finetuned:
    clock = Clock()
    check_output(config.out, overwrite=config.overwrite, data=config.data)
    # Too few people: said before anything is fetched.
    config.divide(drop_same_files(read_dataset(config.data, config.exclude)))
    if config.lfw is not None:
        lfw_pairs(config.lfw, (), config.lfw_pairs)
    backbone = load_backbone(config.backbone, store)
    check_output(config.out, overwrite=config.overwrite, needed_bytes=weight_bytes(backbone))
    backbone = backbone if config.side is None else with_side(backbone, config.side)
    config = decided(config, backbone)
    with Work.of(config) as work:
        data = prepare_faces(config, backbone, work, listener, store)
        clock.note("faces")
        tuner = Tuner(config, backbone, work.features)
        tuned = _learn(tuner, data, work, listener, told)
        clock.note("training")
        faces = faces_on(Part.TEST, tuner, tuned, data)
        lfw = _lfw(tuner, tuned, data, Place(work, store), listener)
        verdict = _verdict(tuned, faces, lfw)
        thresholds = measure_thresholds(faces, _origin(faces))
        pairs = judge_pairs(tuner, tuned, data, faces)
        clock.note("measuring")
        made = Finetuned(config, data, tuned, faces, verdict, thresholds, pairs)
        if made.is_wanted:
            made = replace(made, exported=_exported(tuned, data, listener))
            clock.note("exporting")
        made = replace(made, seconds=clock.seconds)
        if made.exported is not None:
            save(made, made.exported, store, listener)
    return made


def _learn(
    tuner: Tuner, data: PreparedData, work: Work, listener: Listener, told: Told | None
) -> Tuned:
    train, validation = (compact(example_of(data, part)) for part in (Part.TRAIN, Part.VALIDATION))
    views = tuner.views_to_compute(len(train.crops), len(validation.crops))
    listener.stage("running the frozen blocks", views)
    tuner.told = listener.step

    def epoch(row: MetricEpoch) -> None:
        if row.epoch == 0:
            tuner.told = None
            listener.stage("learning", tuner.config.steps.epochs)
        else:
            listener.step(1)
        if told is not None:
            told(row)

    return tuner.learn(train, validation, work.checkpoints / "run", epoch)


def _lfw(
    tuner: Tuner, tuned: Tuned, data: PreparedData, place: Place, listener: Listener
) -> LfwCheck | None:
    config = tuner.config
    if config.lfw is None:
        return None
    learned = {photo.name for photo in data.photos if photo.part is not Part.TEST}
    asked = lfw_pairs(config.lfw, learned, config.lfw_pairs)
    if asked.left_out:
        listener.note(f"LFW: {asked.left_out:,} pairs of people who were learned from are left out")
    return measure_lfw(tuner, tuned, asked, place, listener)


def _verdict(tuned: Tuned, faces: SideFaces, lfw: LfwCheck | None) -> Verdict:
    vectors = faces.vectors
    return judge(tuned.history, compare_held_out(vectors.before, vectors.after, faces.names), lfw)


def _origin(faces: SideFaces) -> str:
    people = len(set(faces.names))
    return f"all pairs of {len(faces.names):,} photos of {people:,} people held out of the training"


def _exported(tuned: Tuned, data: PreparedData, listener: Listener) -> Exported:
    listener.stage("exporting", 0)
    network = tuned.after
    model = export_onnx(network, network.frozen.backbone.side, ("embedding",))
    pixels = to_pixels(data.pixels[:PARITY_CROPS]).numpy()
    return Exported(model, check_parity(model, network, pixels))

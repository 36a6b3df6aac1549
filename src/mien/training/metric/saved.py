"""What a tuned embedder's folder holds: ``docs/trained-models.md`` describes each file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from mien import __version__
from mien.matching import PairVerifier
from mien.models import ModelStore
from mien.models.trained_folder import ModelKind
from mien.trained import NetworkFacts, space_of
from mien.training.card_facts import BeforeAfter, ModelCardFacts
from mien.training.dataset import Part
from mien.training.described import backbone_used, data_used
from mien.training.drawn import Captions
from mien.training.listener import Listener
from mien.training.metric.config import FinetuneConfig
from mien.training.metric.drawn import draw_pictures
from mien.training.metric.finetuned import Exported, Finetuned
from mien.training.metric.measuring import JudgedPairs
from mien.training.metric.pair_record import verifier_of
from mien.training.model_card import write_model_card
from mien.training.model_files import FORMAT, threshold_json
from mien.training.saving import ModelFolderWriter

VERIFIER = "verifier.json"
"""A siamese network's output layer, beside its embedder."""


def save(made: Finetuned, exported: Exported, store: ModelStore, listener: Listener) -> None:
    """Write the folder, whole or not at all.

    Raises:
        OutputUnwritable: the disk is full, or read-only.
    """
    listener.stage("saving", 0)
    config = made.config
    with ModelFolderWriter(config.out, ModelKind.EMBEDDER, overwrite=config.overwrite) as writer:
        writer.write("model.onnx", exported.network)
        writer.write("model.json", _json(settings_of(made)))
        writer.write("config.json", _json(config.to_json()))
        writer.write("metrics.json", _json(made.to_json()))
        if made.pairs is not None:
            record = _verifier(made, made.pairs, exported)
            writer.write(VERIFIER, _json(record.to_json()))
        writer.write("history.csv", made.tuned.history.to_csv())
        captions = draw_pictures(writer, made) if config.pictures else ()
        writer.write("README.md", describe(made, exported, captions, store))


def settings_of(made: Finetuned) -> dict[str, Any]:
    """``model.json``: what is needed to use the network."""
    backbone = made.tuned.after.frozen.backbone
    return {
        "format": FORMAT,
        "kind": "embedder",
        "name": made.config.out.name,
        "backbone": backbone.name,
        "head": None,
        "input": {"side": backbone.side, "template": backbone.template},
        "dimensions": made.tuned.after.head.dimensions,
        "verification": [threshold_json(one) for one in made.thresholds] or None,
    }


def _verifier(made: Finetuned, pairs: JudgedPairs, exported: Exported) -> PairVerifier:
    """A siamese network's output layer in the form that ``mien verify --verifier`` takes."""
    backbone = made.tuned.after.frozen.backbone
    facts = NetworkFacts(
        name=made.config.out.name,
        backbone=backbone.name,
        head=None,
        side=backbone.side,
        template=backbone.template,
        dimensions=made.tuned.after.head.dimensions,
    )
    space = space_of(facts, hashlib.sha256(exported.network).hexdigest())
    learned = [made.data.photos[row].name for row in made.data.rows_of(Part.TRAIN)]
    return verifier_of(pairs.weights, pairs.rates, space, made.config.detector, learned)


def describe(made: Finetuned, exported: Exported, captions: Captions, store: ModelStore) -> str:
    """The model's ``README.md``."""
    backbone = made.tuned.after.frozen.backbone
    return write_model_card(
        ModelCardFacts(
            name=made.config.out.name,
            kind="embedder",
            made_with=__version__,
            backbone=backbone_used(backbone, store),
            data=data_used(made.data),
            dimensions=made.tuned.after.head.dimensions,
            settings=tuple(_settings_shown(made.config)),
            comparison=tuple(
                BeforeAfter(one.title, one.data, one.before, one.after)
                for one in made.verdict.changes
            ),
            parity=exported.parity,
            seconds=sum(made.seconds.values()),
            warnings=tuple(_warnings(made)),
            pictures=captions,
        )
    )


def _settings_shown(config: FinetuneConfig) -> Iterator[tuple[str, str]]:
    objective, steps, augmentation = config.objective, config.steps, config.augmentation
    yield "loss", objective.loss
    if objective.chosen_miner is not None:
        yield "learned from", f"{objective.chosen_miner} triplets of each batch"
    if objective.chosen_margin:
        yield "margin", f"{objective.chosen_margin:g}"
    yield "batch", f"{steps.people} people, {steps.photos} photos of each"
    yield "optimiser", f"{steps.optimiser}, learning rate {steps.learning_rate or 0:g}"
    if augmentation is not None:
        yield "augmentation", f"{augmentation.kind}, views of each photo: {augmentation.views}"
    yield "mirror images averaged", "yes" if config.mirror else "no"
    yield "epochs", f"at most {steps.epochs}, patience {steps.patience}"
    yield "faces", f"found by {config.detector}" if config.detect else "ready crops"
    yield "seed", str(config.seed)


def _warnings(made: Finetuned) -> Iterator[str]:
    if made.verdict.is_worse:
        yield (
            "It is worse than the network that it came from, and was kept on demand "
            "(--keep-anyway): do not use it without need."
        )
        yield from made.verdict.reasons
    unsupported = [one.title for one in made.verdict.changes if not one.after.supported]
    if unsupported:
        yield (
            "Measured on too little to trust to the last digit (fewer than 30 false accepts): "
            f"{', '.join(unsupported)}."
        )
    if not made.thresholds:
        yield "It has no threshold: too few pairs of held-out people; use `--max-distance`."


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

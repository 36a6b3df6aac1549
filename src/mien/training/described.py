"""The card of a trained classifier, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from mien import __version__
from mien.models import ModelStore
from mien.networks.backbone import Backbone
from mien.training.card_facts import (
    BackboneUsed,
    DataUsed,
    ModelCardFacts,
    OpenSet,
    PartResult,
    PersonPhotos,
)
from mien.training.config import TrainConfig
from mien.training.dataset import Part
from mien.training.drawn import Captions
from mien.training.measures import PartMeasures
from mien.training.model_card import write_model_card
from mien.training.prepare import PreparedData
from mien.training.trained import Trained

_BAD = 0.5
"""An accuracy below it is worth a warning wherever there are more than two people."""


def describe(made: Trained, captions: Captions, store: ModelStore) -> str:
    """The model's ``README.md``."""
    backbone, fit = made.learned.frozen.backbone, made.unknown.fit
    results = [
        _result(part.value, made.measured[part])
        for part in (Part.TEST, Part.VALIDATION)
        if part in made.measured
    ]
    if made.crossed is not None:
        title = f"{made.crossed.folds}-fold cross-validation"
        results.insert(0, PartResult(title, made.crossed.report))
    return write_model_card(
        ModelCardFacts(
            name=made.config.out.name,
            kind="classifier",
            made_with=__version__,
            backbone=backbone_used(backbone, store),
            data=data_used(made.data),
            head=made.config.head,
            dimensions=made.learned.head.dimensions,
            settings=tuple(settings_shown(made.config)),
            results=tuple(results),
            open_set=None
            if fit is None
            else OpenSet(
                fit.threshold,
                fit.false_accepts,
                fit.false_rejects,
                made.unknown.source,
                made.unknown.optimistic,
            ),
            open_set_note="" if fit is not None else made.unknown.source,
            parity=made.parity,
            seconds=sum(made.seconds.values()),
            warnings=tuple(_warnings(made)),
            pictures=captions,
        )
    )


def backbone_used(backbone: Backbone, store: ModelStore) -> BackboneUsed:
    """A backbone with the licence of its weights, found by their hash."""
    facts, count = backbone.facts, len(backbone.blocks)
    learning = count - backbone.frozen_blocks
    how = "frozen" if not learning else f"its last {learning} of {count} blocks learned, too"
    for card in store.cards.values():
        if any(file.sha256 == facts.weights_sha256 for file in card.files):
            return BackboneUsed(
                facts.name, card.licence, card.licence_note, facts.weights_sha256, how
            )
    note = "of torchvision's weights"
    return BackboneUsed(facts.name, "BSD-3-Clause", note, facts.weights_sha256, how)


def data_used(data: PreparedData) -> DataUsed:
    """Whose photos stood on which side."""
    counts = {name: dict.fromkeys(Part, 0) for name in data.names}
    for photo in data.photos:
        if photo.part is not None:
            counts[photo.name][photo.part] += 1
    people = tuple(
        PersonPhotos(name, one[Part.TRAIN], one[Part.VALIDATION], one[Part.TEST])
        for name, one in counts.items()
    )
    refused = tuple((one.photo.place, str(one.error)) for one in data.refused)
    return DataUsed(people, refused, data.notes)


def settings_shown(config: TrainConfig) -> Iterator[tuple[str, str]]:
    """What a reader asks of a training, by name."""
    augmentation, optimisation = config.augmentation, config.optimisation
    if augmentation is not None:
        views = "a new one in each epoch" if augmentation.views == 0 else str(augmentation.views)
        yield "augmentation", f"{augmentation.kind}, views of each photo: {views}"
    yield "mirror images averaged", "yes" if config.mirror else "no"
    yield "optimiser", f"{optimisation.optimiser}, learning rate {optimisation.learning_rate:g}"
    yield "batch", f"{optimisation.batch_size} photos"
    yield "epochs", f"at most {optimisation.epochs}, patience {optimisation.patience}"
    yield "people count the same", "yes" if optimisation.class_weights else "no"
    yield "label smoothing", f"{optimisation.label_smoothing:g}"
    yield "faces", f"found by {config.detector}" if config.detect else "ready crops"
    yield "seed", str(config.seed)


def _result(title: str, measured: PartMeasures) -> PartResult:
    return PartResult(
        title, measured.report, measured.named_right, measured.named_wrong, measured.unknown
    )


def _warnings(made: Trained) -> Iterator[str]:
    for part, measured in made.measured.items():
        accuracy, people = measured.report.accuracy, len(made.data.names)
        if accuracy.low <= 1.0 / people:
            yield f"On the {part.value} photos it is not surely better than guessing."
        elif accuracy.value < _BAD:
            yield f"It names fewer than half of the {part.value} photos correctly."
    if made.unknown.fit is None:
        yield "It cannot tell strangers: no threshold could be measured."

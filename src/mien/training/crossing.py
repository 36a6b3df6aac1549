"""Cross-validation: every photo is answered once by a network that did not learn from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mien.training.crops import Crops
from mien.training.dataset import Dataset, Part
from mien.training.learner import Example, Learner
from mien.training.loop import EpochRow, emptied
from mien.training.metrics import ClassificationReport, classification_report
from mien.training.splits import folds

VALIDATION_SHARE = 0.2
"""Of the photos that a fold learns from: to stop by."""


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """All folds together.

    Attributes:
        folds: how many.
        accuracies: of each fold's own photos.
        report: over the photos of all folds, each answered once.
    """

    folds: int
    accuracies: tuple[float, ...]
    report: ClassificationReport

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "folds": self.folds,
            "accuracies": list(self.accuracies),
            **self.report.to_json(),
        }


def cross_validate(
    learner: Learner,
    dataset: Dataset,
    crops: Crops,
    work: Path,
    told: Callable[[EpochRow], None] | None = None,
) -> CrossValidation:
    """Train K times, each time without a K-th of the photos, and ask about that.

    Args:
        learner: trains; its config says how many folds.
        dataset: with sessions, so that no fold parts them.
        crops: of its photos.
        work: folder for checkpoints.
        told: called after each epoch of each fold.

    Raises:
        InsufficientData: too few photos of somebody.
    """
    names = dataset.names
    logits, classes, accuracies = [], [], []
    config = learner.config
    for fold in folds(dataset, config.folds, config.seed, VALIDATION_SHARE):
        train, validation, test = (
            example_of(crops, fold, part) for part in (Part.TRAIN, Part.VALIDATION, Part.TEST)
        )
        learned = learner.learn(train, validation, len(names), emptied(work / "fold"), told)
        answers = learner.answers(learned, test.crops)
        right = answers.logits.argmax(axis=1) == test.classes
        accuracies.append(float(right.mean()))
        logits.append(answers.logits)
        classes.append(test.classes)
    report = classification_report(np.concatenate(logits), np.concatenate(classes), names)
    return CrossValidation(config.folds, tuple(accuracies), report)


def example_of(crops: Crops, dataset: Dataset, part: Part) -> Example:
    """The crops of a part, in the order of the crops, with their classes."""
    part_of = {photo.place: photo.part for photo in dataset.photos}
    names = dataset.names
    rows = [row for row, photo in enumerate(crops.photos) if part_of.get(photo.place) is part]
    classes = [names.index(crops.photos[row].name) for row in rows]
    return Example(crops.pixels[rows], np.array(classes, dtype=np.int64))

"""Cross-validation: every photo is answered once by a network that did not learn from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mien.training.dataset import Dataset, Part
from mien.training.learner import Learner
from mien.training.loop import EpochRow, emptied
from mien.training.metrics import ClassificationReport, classification_report
from mien.training.prepare import PreparedData
from mien.training.preparing import example_of
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
    data: PreparedData,
    work: Path,
    told: Callable[[EpochRow], None] | None = None,
) -> CrossValidation:
    """Train K times, each time without a K-th of the photos, and ask about that.

    Args:
        learner: trains; its config says how many folds.
        data: its parts are left aside, its sessions kept together.
        work: folder for checkpoints.
        told: called after each epoch of each fold.

    Raises:
        InsufficientData: too few photos of somebody.
    """
    names = data.names
    logits, classes, accuracies = [], [], []
    config = learner.config
    dataset = Dataset(data.photos)
    for fold in folds(dataset, config.folds, config.seed, VALIDATION_SHARE):
        part_of = {photo.place: photo.part for photo in fold.photos}
        photos = tuple(replace(photo, part=part_of[photo.place]) for photo in data.photos)
        dealt = replace(data, photos=photos)
        train, validation, test = (example_of(dealt, part) for part in Part)
        learned = learner.learn(train, validation, len(names), emptied(work / "fold"), told)
        answers = learner.answers(learned, test.crops)
        right = answers.logits.argmax(axis=1) == test.classes
        accuracies.append(float(right.mean()))
        logits.append(answers.logits)
        classes.append(test.classes)
    report = classification_report(np.concatenate(logits), np.concatenate(classes), names)
    return CrossValidation(config.folds, tuple(accuracies), report)

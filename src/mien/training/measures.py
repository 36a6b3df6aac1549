"""What a trained network is worth: its answers to photos that it did not learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation import Rate, rate_of
from mien.training.learner import Answers, Classes, Example, Learned, Learner
from mien.training.metrics import ClassificationReport, classification_report, fit_temperature
from mien.training.unknown import Unknown, similarities


@dataclass(frozen=True, slots=True, eq=False)
class PartMeasures:
    """The answers to one part of the photos.

    Attributes:
        answers: as the network gave them.
        similarities: ``(N, C) float32`` to each person.
        report: as if everybody must be named.
        named_right, named_wrong, unknown: shares once strangers may be told; None where there is
            no threshold. They add up to 1.
    """

    answers: Answers
    similarities: NDArray[np.float32]
    report: ClassificationReport
    named_right: Rate | None = None
    named_wrong: Rate | None = None
    unknown: Rate | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        rates = {
            "named_right": self.named_right,
            "named_wrong": self.named_wrong,
            "unknown": self.unknown,
        }
        with_threshold = {
            name: None if one is None else one.to_json() for name, one in rates.items()
        }
        return {**self.report.to_json(), "with_threshold": with_threshold}


def measure(
    learner: Learner,
    learned: Learned,
    example: Example,
    names: tuple[str, ...],
    unknown: Unknown,
    temperature: float,
) -> PartMeasures | None:
    """Ask a network about a part's photos; None where there are none."""
    if not len(example.crops):
        return None
    answers = learner.answers(learned, example.crops)
    likeness = similarities(learned, answers, temperature)
    report = classification_report(answers.logits, example.classes, names, temperature)
    if unknown.fit is None:
        return PartMeasures(answers, likeness, report)
    right, wrong, rejected = _decided(likeness, example.classes, unknown.fit.threshold.similarity)
    return PartMeasures(answers, likeness, report, right, wrong, rejected)


def temperature_of(learner: Learner, learned: Learned, validation: Example) -> float:
    """That of the softmax, fitted on the validation photos."""
    answers = learner.answers(learned, validation.crops)
    return fit_temperature(answers.logits, validation.classes)


def _decided(
    likeness: NDArray[np.float32], classes: Classes, threshold: float
) -> tuple[Rate, Rate, Rate]:
    named = likeness.max(axis=1) >= threshold
    right = named & (likeness.argmax(axis=1) == classes)
    counts = [int(right.sum()), int((named & ~right).sum()), int((~named).sum())]
    total = len(classes)
    one, two, three = (rate_of(count, total, min(count, total - count)) for count in counts)
    return one, two, three

"""What a classifier answered to each labelled photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.errors import InvalidArray
from mien.matching import class_probabilities

_SMALLEST = 1e-12  # a probability of the truth below it counts as this much


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one photo.

    Attributes:
        row: of the photo among those that were asked about.
        true, named: classes.
        probability: of the named class, in [0, 1].
        loss: -ln(probability of the true class), in nats.
        margin: probability of the true class minus that of the likeliest other one; negative
            where the answer is wrong.
        place: the photo's path below the data folder, "" where it has none.
    """

    row: int
    true: int
    named: int
    probability: float
    loss: float
    margin: float
    place: str = ""

    @property
    def is_right(self) -> bool:
        return self.true == self.named


def list_predictions(
    logits: Any, labels: Any, places: Sequence[str] = (), temperature: float = 1.0
) -> tuple[Prediction, ...]:
    """The answers to N photos, in their order.

    Args:
        logits: ``(N, C)``, finite, of two classes at least.
        labels: ``(N,)`` whole numbers below C: the true classes.
        places: of the photos, N or none.
        temperature: divides the logits before the softmax.

    Raises:
        InvalidArray: arrays that do not fit each other, or not finite.
        InvalidOption: the temperature is not positive.
    """
    said = class_probabilities(logits, temperature)
    true = np.asarray(labels)
    count, classes = said.shape
    if true.shape != (count,) or classes < 2 or len(places) not in (0, count):
        raise InvalidArray(
            f"predictions: expected {count} labels, two classes at least and {count} places or "
            f"none, got {true.shape}, {classes} and {len(places)}"
        )
    if count and not (true.min() >= 0 and true.max() < classes):
        raise InvalidArray(f"labels: expected 0 to {classes - 1}, got others")
    named = np.asarray(logits).argmax(axis=1)
    rows = np.arange(count)
    of_truth = said[rows, true]
    others = said.copy()
    others[rows, true] = -1.0
    margins = of_truth - others.max(axis=1)
    return tuple(
        Prediction(
            row=row,
            true=int(true[row]),
            named=int(named[row]),
            probability=float(said[row, named[row]]),
            loss=-math.log(max(float(of_truth[row]), _SMALLEST)),
            margin=float(margins[row]),
            place=places[row] if places else "",
        )
        for row in rows.tolist()
    )

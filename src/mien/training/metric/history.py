"""What was measured in each epoch."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, astuple, dataclass, fields

from mien.training.metric.separation import Separation


@dataclass(frozen=True, slots=True)
class MetricEpoch:
    """One epoch; number 0 is the start, of which there is no loss and no triplet.

    Attributes:
        epoch: its number.
        train_loss: mean over its batches.
        hard, semihard, easy: shares of all triplets of its batches, 1 together.
        score, tar, distance, variance, rank: of the validation people; see ``Separation``.
        learning_rate: of the first group.
        seconds: since the loop began, over all its resumptions.
    """

    epoch: int
    train_loss: float | None
    hard: float | None
    semihard: float | None
    easy: float | None
    score: float
    tar: float
    distance: float
    variance: float
    rank: float
    learning_rate: float
    seconds: float

    @property
    def separation(self) -> Separation:
        """Of the validation people."""
        return Separation(self.score, self.tar, self.distance, self.variance, self.rank)


@dataclass(frozen=True, slots=True)
class MetricHistory:
    """A whole run.

    Attributes:
        rows: the start and every epoch.
        best_epoch: the learned one with the highest score, whose weights were taken.
        stopped: why it ended before its last epoch, in words; empty where it did not.
        collapsed: whether it ended because the embedding did.
    """

    rows: tuple[MetricEpoch, ...]
    best_epoch: int
    stopped: str = ""
    collapsed: bool = False

    @property
    def improved(self) -> bool:
        """Whether the best epoch's score is above the start's."""
        return self.rows[self.best_epoch].score > self.rows[0].score

    def to_csv(self) -> str:
        """One row an epoch; empty where something was not measured."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([one.name for one in fields(MetricEpoch)])
        writer.writerows(astuple(row) for row in self.rows)
        return text.getvalue()


def start_row(measured: Separation, learning_rate: float) -> MetricEpoch:
    """Epoch 0: before anything was learned."""
    return MetricEpoch(
        epoch=0,
        train_loss=None,
        hard=None,
        semihard=None,
        easy=None,
        **asdict(measured),
        learning_rate=learning_rate,
        seconds=0.0,
    )

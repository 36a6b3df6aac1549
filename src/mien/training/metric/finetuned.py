"""What a run made and measured, in one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mien.records import Threshold
from mien.renamed import limit_json
from mien.training.dataset import Part
from mien.training.metric.config import FinetuneConfig
from mien.training.metric.guard import Verdict
from mien.training.metric.measuring import JudgedPairs, SideFaces
from mien.training.metric.tuner import Tuned
from mien.training.prepare import PreparedData


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """The embedder as ONNX, and its largest difference from the torch network on real crops."""

    network: bytes
    parity: float


@dataclass(frozen=True, slots=True, eq=False)
class Finetuned:
    """A tuned and judged embedder.

    Attributes:
        config: of the run, with everything decided.
        data: the photos, each person on one side.
        tuned: both networks in torch.
        faces: of the held-out people, with both networks' vectors.
        verdict: what changed, and whether it got worse.
        thresholds: for pairs of its vectors, of the false match rates that the data support.
        pairs: a siamese network's output layer, and what it is worth on the held-out people.
        exported: None where it was refused.
        seconds: of each stage.
    """

    config: FinetuneConfig
    data: PreparedData
    tuned: Tuned
    faces: SideFaces
    verdict: Verdict
    thresholds: tuple[Threshold, ...]
    pairs: JudgedPairs | None = None
    exported: Exported | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be saved: it did not get worse, or is to be kept anyway."""
        return self.config.keep_anyway or not self.verdict.is_worse

    @property
    def saved(self) -> bool:
        """Whether it was."""
        return self.exported is not None

    def people(self) -> dict[Part, int]:
        """How many stand on each side."""
        sides = {photo.name: photo.part for photo in self.data.photos}
        return {part: sum(side is part for side in sides.values()) for part in Part}

    def to_json(self) -> dict[str, Any]:
        """Plain values: what ``metrics.json`` holds and ``mien finetune --json`` answers."""
        config, history = self.config, self.tuned.history
        people = self.people()
        counts = {part: len(self.data.rows_of(part)) for part in Part}
        return {
            "model": config.out.name,
            "saved": self.saved,
            "backbone": self.tuned.after.frozen.backbone.name,
            "loss": config.objective.loss,
            "miner": config.objective.chosen_miner,
            "margin": config.objective.chosen_margin or None,
            "dimensions": self.tuned.after.head.dimensions,
            "people": {part.value: count for part, count in people.items()},
            "photos": {part.value: count for part, count in counts.items()},
            "refused": [refusal.to_json() for refusal in self.data.refused],
            "epochs": len(history.rows) - 1,
            "best_epoch": history.best_epoch,
            "stopped": history.stopped,
            "collapsed": history.collapsed,
            "fast_path": self.tuned.fast,
            "score": {
                "start": history.rows[0].score,
                "best": history.rows[history.best_epoch].score,
            },
            **self.verdict.to_json(),
            "verification": [
                {
                    **limit_json(one.similarity, old="similarity"),
                    "fmr": one.fmr,
                    "pairs": one.pairs,
                }
                for one in self.thresholds
            ],
            "pair_layer": None if self.pairs is None else self.pairs.to_json(),
            "parity": None if self.exported is None else self.exported.parity,
            "seconds": self.seconds,
        }

"""What a run made and measured, in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mien.renamed import limit_json
from mien.training.config import TrainConfig
from mien.training.crossing import CrossValidation
from mien.training.dataset import Part
from mien.training.learner import Learned
from mien.training.measures import PartMeasures
from mien.training.prepare import PreparedData
from mien.training.unknown import Unknown


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained, tested and exported classifier.

    Attributes:
        config: of the run, with everything decided.
        data: the faces with their people and parts, and the photos that were refused.
        learned: the network in torch.
        network: the network as ONNX.
        parity: largest difference between the two on real crops.
        unknown: how it tells strangers.
        temperature: of its softmax.
        measured: its answers to the validation and the test photos; a part without photos is
            not there.
        crossed: None without cross-validation.
        seconds: of each stage.
    """

    config: TrainConfig
    data: PreparedData
    learned: Learned
    network: bytes
    parity: float
    unknown: Unknown
    temperature: float
    measured: dict[Part, PartMeasures]
    crossed: CrossValidation | None
    seconds: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain values: what ``metrics.json`` holds and ``mien train --json`` answers."""
        fit, history = self.unknown.fit, self.learned.history
        return {
            "model": self.config.out.name,
            "backbone": self.learned.frozen.backbone.name,
            "head": self.config.head,
            "people": list(self.data.names),
            "photos": {part.value: len(self.data.rows_of(part)) for part in Part},
            "refused": [refusal.to_json() for refusal in self.data.refused],
            "epochs": len(history.rows),
            "best_epoch": history.best_epoch,
            "fast_path": self.learned.fast,
            **{part.value: measured.to_json() for part, measured in self.measured.items()},
            "cross_validation": None if self.crossed is None else self.crossed.to_json(),
            "strangers": {
                "source": self.unknown.source,
                "optimistic": self.unknown.optimistic,
                **limit_json(None if fit is None else fit.threshold.similarity),
                "false_accepts": None if fit is None else fit.false_accepts.to_json(),
                "false_rejects": None if fit is None else fit.false_rejects.to_json(),
            },
            "temperature": self.temperature,
            "parity": self.parity,
            "seconds": self.seconds,
        }

"""What learns: the learning half and the head, with their loss and their optimiser."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.networks.backbone import Backbone, parameter_groups
from mien.networks.heads import Head
from mien.training.config import Optimisation
from mien.training.optimisers import build_optimiser
from mien.training.rows import Batch


class Classifier(lightning.LightningModule):
    """Cross entropy over the people.

    Args:
        body: from a batch's first part to features: the learning half, or both halves.
        head: from features to logits.
        backbone: whose blocks learn; already frozen as wanted.
        optimisation: see there.
        class_weights: ``(C,) float32``, or None where every photo counts the same.
        seed: of dropout.
    """

    def __init__(
        self,
        body: nn.Module,
        head: Head,
        backbone: Backbone,
        optimisation: Optimisation,
        class_weights: Tensor | None,
        seed: int,
    ) -> None:
        super().__init__()
        self.body = body
        self.head = head
        self._groups = parameter_groups(
            backbone, head, optimisation.learning_rate, optimisation.block_decay
        )
        self._options = optimisation
        self._seed = seed
        self.register_buffer("class_weights", class_weights, persistent=False)

    def on_train_epoch_start(self) -> None:
        # Dropout draws from the global generator: an epoch's draws depend on its number alone,
        # so that a run that was broken off and resumed learns the same.
        torch.manual_seed((self._seed * 1_000_003 + self.current_epoch) % 2**63)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        features, targets = batch
        logits = self.head(self.body(features), targets)
        loss = functional.cross_entropy(
            logits,
            targets,
            weight=self._weights(),
            label_smoothing=self._options.label_smoothing,
        )
        self._note("train", loss, logits, targets)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        features, targets = batch
        logits = self.head(self.body(features))
        loss = functional.cross_entropy(logits, targets, weight=self._weights())
        self._note("validation", loss, logits, targets)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        options = self._options
        return build_optimiser(options.optimiser, self._groups, options.weight_decay)

    def _weights(self) -> Tensor | None:
        weights: Any = self.class_weights
        return weights if isinstance(weights, Tensor) else None

    def _note(self, part: str, loss: Tensor, logits: Tensor, targets: Tensor) -> None:
        right = (logits.argmax(dim=1) == targets).float().mean()
        values = {f"{part}_loss": loss.detach(), f"{part}_accuracy": right}
        self.log_dict(values, on_step=False, on_epoch=True, batch_size=len(targets), sync_dist=True)

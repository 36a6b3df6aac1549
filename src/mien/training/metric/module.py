"""What learns: the learning half and the embedding head, with their loss and their optimiser."""

from __future__ import annotations

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm as AnyBatchNorm

from mien.errors import TrainingDiverged
from mien.networks.backbone import Backbone, parameter_groups
from mien.networks.embedding_head import EmbeddingHead
from mien.training.metric.config import FinetuneConfig
from mien.training.metric.objectives import BatchLoss
from mien.training.metric.separation import Separation, separation
from mien.training.metric.triplets import TripletCounts, count_triplets
from mien.training.optimisers import build_optimiser
from mien.training.rows import Batch


class MetricModule(lightning.LightningModule):
    """Embeddings of a batch of people, and a loss on their distances.

    Attributes:
        counted: hard, semi-hard and easy triplets of this epoch's batches.
        measured: of the validation people, after each validation.

    Args:
        body: from a batch's first part to features: the learning half, or both halves.
        head: from features to embeddings.
        loss: on embeddings; its weights learn, too.
        backbone: whose blocks learn; already frozen as wanted.
        config: the run's, with everything decided.
    """

    def __init__(
        self,
        body: nn.Module,
        head: EmbeddingHead,
        loss: BatchLoss,
        backbone: Backbone,
        config: FinetuneConfig,
    ) -> None:
        super().__init__()
        self.body = body
        self.head = head
        self.loss = loss
        self._config = config
        self._keeps_statistics = len(backbone.feature_shape) == 1
        rate = config.steps.learning_rate or 0.0
        learning = nn.ModuleList([head, loss])
        self._groups = parameter_groups(backbone, learning, rate, config.steps.block_decay)
        self.counted = TripletCounts(0, 0, 0)
        self.measured: Separation | None = None
        self._seen: list[tuple[Tensor, Tensor]] = []

    def embeddings(self, features: Tensor) -> Tensor:
        """``(N, D)`` of unit length: f(x)."""
        given: Tensor = self.head(self.body(features))
        return given

    def on_train_epoch_start(self) -> None:
        # As in the classifier: an epoch's random numbers depend on its number alone.
        torch.manual_seed((self._config.seed * 1_000_003 + self.current_epoch) % 2**63)
        self.counted = TripletCounts(0, 0, 0)
        if self._keeps_statistics:  # a network of faces knows more faces than these
            for module in self.body.modules():
                if isinstance(module, AnyBatchNorm):
                    module.eval()

    def training_step(self, batch: Batch, _: int) -> Tensor:
        features, targets = batch
        embeddings = self.embeddings(features)
        loss: Tensor = self.loss(embeddings, targets)
        self._count(embeddings.detach().float(), targets)
        self.log("train_loss", loss.detach(), on_step=False, on_epoch=True, batch_size=len(targets))
        return loss

    def on_validation_epoch_start(self) -> None:
        self._seen = []

    def validation_step(self, batch: Batch, _: int) -> None:
        features, targets = batch
        self._seen.append((self.embeddings(features).float().cpu(), targets.cpu()))

    def on_validation_epoch_end(self) -> None:
        vectors, classes = (torch.cat(part).numpy() for part in zip(*self._seen, strict=True))
        self._seen = []
        if not np.isfinite(vectors).all():
            raise TrainingDiverged(
                f"expected finite embeddings, got others in epoch {self.current_epoch + 1}; "
                "lower --learning-rate"
            )
        self.measured = separation(vectors, classes)
        self.log("score", self.measured.score, on_step=False, on_epoch=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        steps = self._config.steps
        return build_optimiser(steps.optimiser, self._groups, steps.weight_decay)

    def _count(self, embeddings: Tensor, targets: Tensor) -> None:
        new = count_triplets(embeddings, targets, self._config.objective.counted_margin)
        old = self.counted
        self.counted = TripletCounts(
            old.hard + new.hard, old.semihard + new.semihard, old.easy + new.easy
        )

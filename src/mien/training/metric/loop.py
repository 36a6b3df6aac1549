"""The loop: Lightning runs it; it ends on a collapse, keeps the best epoch, can be resumed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, astuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, Timer
from torch.utils.data import DataLoader

from mien.errors import TrainingDiverged
from mien.training.loop import LARGEST_LOSS, LoopPlan, best_checkpoint, run_loop
from mien.training.metric.config import FinetuneConfig, Steps
from mien.training.metric.history import MetricEpoch, MetricHistory
from mien.training.metric.module import MetricModule
from mien.training.metric.pace import progress_of, set_rates, share_of_rate
from mien.training.metric.separation import Separation

WATCHED = "score"


def fit_metric(
    module: MetricModule,
    train: DataLoader[Any],
    validation: DataLoader[Any],
    config: FinetuneConfig,
    start: MetricEpoch,
    work: Path,
    told: Callable[[MetricEpoch], None] | None = None,
) -> MetricHistory:
    """Train; the module ends with the weights of its best epoch.

    Args:
        module: what learns.
        train, validation: batches.
        config: the run's.
        start: epoch 0.
        work: folder for checkpoints; with ``config.resume`` the last one in it is gone on from.
        told: called after each epoch.

    Raises:
        TrainingDiverged: a loss or an embedding is not finite.
    """
    steps = config.steps
    notes = _Notes(steps, start, told)
    stopper = EarlyStopping(WATCHED, mode="max", patience=steps.patience, check_finite=False)
    # Before Lightning's own comparison: what does not beat the start is no better.
    stopper.best_score = torch.tensor(start.score)
    plan = LoopPlan(
        work=work,
        epochs=steps.epochs,
        precision=steps.precision,
        devices=1,  # P x K batches are drawn for one
        bar=config.bar,
        resume=config.resume,
    )
    callbacks = [notes, stopper, *_timers(steps.minutes)]
    run_loop(module, (train, validation), callbacks, best_checkpoint(work, WATCHED, "max"), plan)
    return notes.history()


def _timers(minutes: float | None) -> list[Callback]:
    if minutes is None:
        return []
    return [Timer(timedelta(minutes=minutes), interval="epoch", verbose=False)]


class _Notes(Callback):
    """Writes down every epoch, and ends the run where it has nothing to learn or unlearns."""

    def __init__(
        self, steps: Steps, start: MetricEpoch, told: Callable[[MetricEpoch], None] | None
    ) -> None:
        self._steps = steps
        self._told = told
        self.rows = [start]
        self._reason = ""
        self._collapsed = False
        self._before = 0.0
        self._began = time.perf_counter()

    def history(self) -> MetricHistory:
        """What is known at the end."""
        epochs, minutes = self._steps.epochs, self._steps.minutes
        learned = self.rows[1:]
        best = max(learned, key=lambda row: row.score)
        reason = self._reason
        if not reason and len(learned) < epochs:
            timed = minutes is not None and learned[-1].seconds >= 60 * minutes
            reason = "its time was over" if timed else "it did not get better any more"
        return MetricHistory(tuple(self.rows), best.epoch, reason, self._collapsed)

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        self._began = time.perf_counter()
        self._before = self.rows[-1].seconds

    def on_train_batch_start(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        batch: Any,
        batch_idx: int,
    ) -> None:
        epochs = trainer.current_epoch + batch_idx / trainer.num_training_batches
        done = progress_of(self._steps, epochs, self._seconds())
        set_rates(trainer, share_of_rate(done))

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        if not isinstance(pl_module, MetricModule) or pl_module.measured is None:
            return
        row = self._row(trainer, pl_module, pl_module.measured)
        self.rows.append(row)
        if self._told is not None:
            self._told(row)
        collapse = pl_module.measured.collapse
        if collapse is not None:
            self._reason, self._collapsed = f"{collapse} (epoch {row.epoch})", True
        elif row.easy == 1.0:
            self._reason = (
                f"no triplet of epoch {row.epoch} violated the margin: nothing is left to learn"
            )
        trainer.should_stop = trainer.should_stop or bool(self._reason)

    def _seconds(self) -> float:
        """Since the loop began, over all its resumptions."""
        return self._before + time.perf_counter() - self._began

    def state_dict(self) -> dict[str, Any]:
        return {"rows": [list(astuple(row)) for row in self.rows]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = [MetricEpoch(*values) for values in state_dict["rows"]]

    def _row(
        self, trainer: lightning.Trainer, module: MetricModule, measured: Separation
    ) -> MetricEpoch:
        loss = float(trainer.callback_metrics["train_loss"])
        epoch = trainer.current_epoch + 1
        if not loss <= LARGEST_LOSS:  # a NaN is not either
            raise TrainingDiverged(
                f"expected a loss of {LARGEST_LOSS:g} at the most, got {loss:.3g} in epoch "
                f"{epoch}; lower --learning-rate"
            )
        total = max(1, module.counted.total)
        return MetricEpoch(
            epoch=epoch,
            train_loss=loss,
            hard=module.counted.hard / total,
            semihard=module.counted.semihard / total,
            easy=module.counted.easy / total,
            **asdict(measured),
            learning_rate=float(trainer.optimizers[0].param_groups[0]["lr"]),
            seconds=round(self._seconds(), 2),
        )

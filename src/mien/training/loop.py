"""The loop: Lightning runs it; it stops early, keeps the best epoch, and goes on after a break."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch import Tensor
from torch.utils.data import DataLoader

from mien.errors import TrainingDiverged
from mien.training.config import TrainConfig
from mien.training.quiet import quiet

WATCHED = "validation_loss"
LARGEST_LOSS = 1e4
"""Nats; guessing among a million people costs 14."""


@dataclass(frozen=True, slots=True)
class EpochRow:
    """What was measured in one epoch; the first has the number 1."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float


@dataclass(frozen=True, slots=True)
class History:
    """All epochs of a run.

    Attributes:
        rows: in their order.
        best_epoch: whose weights were taken: that of the lowest validation loss.
        stopped_early: whether it ended before its last epoch.
    """

    rows: tuple[EpochRow, ...]
    best_epoch: int
    stopped_early: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopPlan:
    """How a loop is run.

    Attributes:
        work: folder for checkpoints.
        epochs: at the most.
        precision: ``fp32`` or ``bf16``.
        devices, strategy: of Lightning.
        bar: show Lightning's progress bar.
        resume: go on from the last checkpoint in ``work``, if there is one.
    """

    work: Path
    epochs: int
    precision: str = "fp32"
    devices: str | int = "auto"
    strategy: str = "auto"
    bar: bool = False
    resume: bool = False


def fit(
    module: lightning.LightningModule,
    train: DataLoader[Any],
    validation: DataLoader[Any],
    config: TrainConfig,
    work: Path,
    told: Callable[[EpochRow], None] | None = None,
) -> History:
    """Train until the validation loss rises no more; the module ends with its best weights.

    Args:
        module: what learns; it logs ``train_loss``, ``validation_loss`` and accuracies.
        train, validation: batches.
        config: the run's.
        work: folder for checkpoints; with ``config.resume`` the last one in it is gone on from.
        told: called after each epoch.

    Raises:
        TrainingDiverged: a loss is not finite.
    """
    options = config.optimisation
    notes = _Notes(told)
    plan = LoopPlan(
        work=work,
        epochs=options.epochs,
        precision=options.precision,
        devices=config.devices,
        strategy=config.strategy,
        bar=config.bar,
        resume=config.resume,
    )
    stopper = EarlyStopping(WATCHED, patience=options.patience, check_finite=False)
    best = best_checkpoint(work, WATCHED, "min")
    run_loop(module, (train, validation), [notes, stopper], best, plan)
    rows = tuple(notes.rows)
    best_row = min(rows, key=lambda row: row.validation_loss)
    return History(rows, best_row.epoch, len(rows) < options.epochs)


def best_checkpoint(work: Path, watched: str, mode: str) -> ModelCheckpoint:
    """Keeps the epoch with the lowest (``min``) or highest (``max``) number, and the last one."""
    return ModelCheckpoint(
        dirpath=work,
        filename="best",
        monitor=watched,
        mode=mode,
        save_last=True,
        save_on_train_epoch_end=True,  # after the notes, so that they stand in the checkpoint
        enable_version_counter=False,
    )


def run_loop(
    module: lightning.LightningModule,
    batches: tuple[DataLoader[Any], DataLoader[Any]],
    callbacks: list[Callback],
    best: ModelCheckpoint,
    plan: LoopPlan,
) -> None:
    """Let Lightning train; the module ends with its best weights, on the processor.

    Args:
        module: what learns.
        batches: of training and of validation.
        callbacks: in the order in which they are called; ``best`` comes last.
        best: of `best_checkpoint`.
        plan: how.

    Raises:
        KeyboardInterrupt: Lightning catches Ctrl-C; the caller is to know of it.
    """
    last = plan.work / "last.ckpt"
    with settings_restored(), lightning_quiet():
        trainer = lightning.Trainer(
            accelerator="auto",
            devices=plan.devices,
            strategy=plan.strategy,
            precision="bf16-mixed" if plan.precision == "bf16" else "32-true",
            max_epochs=plan.epochs,
            callbacks=[*callbacks, best],
            logger=False,
            enable_progress_bar=plan.bar,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            deterministic=True,
            default_root_dir=plan.work,
        )
        resumed = str(last) if plan.resume and last.is_file() else None
        trainer.fit(module, *batches, ckpt_path=resumed, weights_only=True)
        if trainer.interrupted:
            raise KeyboardInterrupt
        kept = torch.load(best.best_model_path, map_location="cpu", weights_only=True)
        module.load_state_dict(kept["state_dict"])
    module.eval().cpu()


class _Notes(Callback):
    """Writes down every epoch; stands in the checkpoint, so that a resumed run has them all."""

    def __init__(self, told: Callable[[EpochRow], None] | None) -> None:
        self._told = told
        self.rows: list[EpochRow] = []

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        measured = {name: _number(value) for name, value in trainer.callback_metrics.items()}
        row = EpochRow(
            epoch=trainer.current_epoch + 1,
            train_loss=measured["train_loss"],
            train_accuracy=measured["train_accuracy"],
            validation_loss=measured["validation_loss"],
            validation_accuracy=measured["validation_accuracy"],
            learning_rate=float(trainer.optimizers[0].param_groups[0]["lr"]),
        )
        worst = max(row.train_loss, row.validation_loss)
        if not worst <= LARGEST_LOSS:  # a NaN is not either
            raise TrainingDiverged(
                f"expected a loss of {LARGEST_LOSS:g} at the most, got {row.train_loss:.3g} in "
                f"training and {row.validation_loss:.3g} in validation in epoch {row.epoch}; "
                "lower --learning-rate"
            )
        self.rows.append(row)
        if self._told is not None:
            self._told(row)

    def state_dict(self) -> dict[str, Any]:
        names = EpochRow.__slots__
        return {"rows": [[getattr(row, name) for name in names] for row in self.rows]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = [EpochRow(*values) for values in state_dict["rows"]]


def emptied(work: Path) -> Path:
    """A folder for a training that is not gone on from."""
    shutil.rmtree(work, ignore_errors=True)
    return work


def _number(value: Tensor | float) -> float:
    return float(value)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """torch's generator for a run; it is put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@contextmanager
def torch_threads(threads: int) -> Iterator[None]:
    """torch's number of threads for a run, 0 as it is; it is put back."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def settings_restored() -> Iterator[None]:
    """Put back what Lightning's ``deterministic`` turns on for the whole process."""
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warned)


def lightning_quiet() -> AbstractContextManager[None]:
    """No advertisement and no advice of Lightning's; its errors come through."""
    names = ("lightning", "lightning.pytorch", "lightning.fabric")
    return quiet(*names, "lightning.pytorch.utilities.rank_zero")

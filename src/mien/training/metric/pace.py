"""How fast the weights move: fast at first, slower and slower to the end.

A half cosine from the learning rate to nothing: Loshchilov and Hutter, "SGDR: stochastic gradient
descent with warm restarts" (ICLR 2017), equation 5, without restarts.
"""

from __future__ import annotations

import math

import lightning

from mien.training.metric.config import Steps

LEAST = 0.01
"""Share of the rate that is left at the end."""


def share_of_rate(progress: float) -> float:
    """What of the learning rate is used when so much of the run is done, 0 to 1."""
    return LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * min(1.0, max(0.0, progress))))


def progress_of(steps: Steps, epoch: int, seconds: float) -> float:
    """How much of a run is done: by epochs or by time, whichever ends first.

    Args:
        steps: of the run.
        epoch: how many are done.
        seconds: that they took.
    """
    timed = 0.0 if steps.minutes is None else seconds / (60 * steps.minutes)
    return max(epoch / steps.epochs, timed)


def set_rates(trainer: lightning.Trainer, share: float) -> None:
    """Give each group of the optimiser this share of the rate that it began with."""
    for optimiser in trainer.optimizers:
        for group in optimiser.param_groups:
            group.setdefault("first_lr", group["lr"])
            group["lr"] = share * group["first_lr"]

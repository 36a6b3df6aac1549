"""How fast the weights move: gently at first, then fast, then slower and slower to the end.

A half cosine from the learning rate to nothing: Loshchilov and Hutter, "SGDR: stochastic gradient
descent with warm restarts" (ICLR 2017), equation 5, without restarts. Before it the rate rises in a
straight line, as Goyal et al., "Accurate, large minibatch SGD" (2017), section 2.2, have it: the
first steps of an adaptive optimiser are large whatever the gradient, and can undo what was there.
"""

from __future__ import annotations

import math

import lightning

from mien.training.metric.config import Steps

WARM = 0.05
"""Of the run the rate rises."""
LEAST = 0.01
"""Share of the rate at the very beginning and the very end."""


def share_of_rate(progress: float) -> float:
    """What of the learning rate is used when so much of the run is done, 0 to 1."""
    done = min(1.0, max(0.0, progress))
    if done < WARM:
        return LEAST + (1 - LEAST) * done / WARM
    fallen = (done - WARM) / (1 - WARM)
    return LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * fallen))


def progress_of(steps: Steps, epochs: float, seconds: float) -> float:
    """How much of a run is done: by epochs or by time, whichever is further.

    Args:
        steps: of the run.
        epochs: how many are done.
        seconds: that they took.
    """
    timed = 0.0 if steps.minutes is None else seconds / (60 * steps.minutes)
    return max(epochs / steps.epochs, timed)


def set_rates(trainer: lightning.Trainer, share: float) -> None:
    """Give each group of the optimiser this share of the rate that it began with."""
    for optimiser in trainer.optimizers:
        for group in optimiser.param_groups:
            group.setdefault("first_lr", group["lr"])
            group["lr"] = share * group["first_lr"]

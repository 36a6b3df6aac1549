"""Transfer learning: from photos and a pretrained network to a recogniser of one's own.

    >>> from mien.training import TrainConfig, train
    >>> made = train(TrainConfig(data=Path("people"), out=Path("team.model")))

Importing the room loads nothing heavy; the first use of a name asks for the extra ``train``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mien.training.config import Augmentation, Optimisation, TrainConfig
    from mien.training.listener import Listener
    from mien.training.metric.config import FinetuneConfig, Objective, Steps
    from mien.training.metric.finetuned import Finetuned
    from mien.training.metric.run import finetune
    from mien.training.run import train
    from mien.training.trained import Trained

__all__ = [
    "Augmentation",
    "FinetuneConfig",
    "Finetuned",
    "Listener",
    "Objective",
    "Optimisation",
    "Steps",
    "TrainConfig",
    "Trained",
    "finetune",
    "train",
]

_HOMES = {
    "Augmentation": "config",
    "FinetuneConfig": "metric.config",
    "Finetuned": "metric.finetuned",
    "Listener": "listener",
    "Objective": "metric.config",
    "Optimisation": "config",
    "Steps": "metric.config",
    "TrainConfig": "config",
    "Trained": "trained",
    "finetune": "metric.run",
    "train": "run",
}


def __getattr__(name: str) -> Any:
    """Fetch a name at its first use (PEP 562).

    Raises:
        EngineMissing: what training needs is not installed.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'mien.training' has no attribute {name!r}")
    from mien.networks import require_torch

    require_torch("lightning", "pytorch_metric_learning")
    value = getattr(importlib.import_module(f"mien.training.{_HOMES[name]}"), name)
    globals()[name] = value
    return value

"""The optimisers by name."""

from __future__ import annotations

from typing import Any

import torch

MOMENTUM = 0.9


def build_optimiser(
    name: str, groups: list[dict[str, Any]], weight_decay: float
) -> torch.optim.Optimizer:
    """An optimiser for groups of parameters.

    Args:
        name: ``adamw``, ``adam``, ``rmsprop`` or ``sgd``.
        groups: as ``mien.networks.backbone.parameter_groups`` gives them.
        weight_decay: of adamw.
    """
    if name == "rmsprop":
        return torch.optim.RMSprop(groups, alpha=0.9, eps=1e-7)  # as Keras has it
    if name == "sgd":
        return torch.optim.SGD(groups, momentum=MOMENTUM)
    if name == "adam":
        return torch.optim.Adam(groups)
    return torch.optim.AdamW(groups, weight_decay=weight_decay)

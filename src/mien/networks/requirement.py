"""What the training rooms need beyond the core, asked for before they are imported."""

from __future__ import annotations

import sys

from mien.errors import EngineMissing
from mien.process import around_fork, load_library

CURE = "pip install 'mien[train]'"


def require_torch(*others: str) -> None:
    """Make sure that torch and torchvision can be imported; they stay imported.

    Args:
        others: further libraries of the extra ``train``, e.g. ``lightning``.

    Raises:
        EngineMissing: one cannot; the message has the command that installs it.
    """
    for name in ("torch", "torchvision", *others):
        try:
            load_library(name)
        except (ImportError, OSError) as error:  # OSError: a shared library of it is missing
            raise EngineMissing(f"expected {name}, got none ({error}): {CURE}") from error


def _use_one_thread() -> None:
    """OpenMP waits for the threads that a fork has not taken along, unless it uses none."""
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)
    if (pools := sys.modules.get("threadpoolctl")) is not None:  # scikit-learn brings it
        pools.threadpool_limits(1, user_api="openmp")


around_fork(in_child=_use_one_thread)

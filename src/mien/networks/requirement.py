"""What the training rooms need beyond the core, asked for before they are imported."""

from __future__ import annotations

import importlib

from mien.errors import EngineMissing

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
            importlib.import_module(name)
        except (ImportError, OSError) as error:  # OSError: a shared library of it is missing
            raise EngineMissing(f"expected {name}, got none ({error}): {CURE}") from error

"""How a long pull tells the caller how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Notify = Callable[[str], None]


class ProgressReporter(Protocol):
    """Called often while bytes arrive; the command line draws a bar from it."""

    def __call__(self, label: str, done_bytes: int, total_bytes: int | None) -> None:
        """``label`` names what arrives; ``total_bytes`` is None while nobody knows it."""


def silent_progress(label: str, done_bytes: int, total_bytes: int | None) -> None:
    """A reporter that reports nothing."""


def silent_notify(message: str) -> None:
    """A listener that hears nothing."""

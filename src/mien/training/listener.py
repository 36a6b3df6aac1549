"""Who is told how a run goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mien.training.loop import EpochRow


@dataclass(frozen=True, slots=True)
class Listener:
    """Every part may be left out.

    Attributes:
        note: something to know, in words.
        stage: what begins, and how many steps it has (0: nobody knows).
        step: how many more of them are done.
        epoch: after each epoch.
    """

    note: Callable[[str], None] = lambda _: None
    stage: Callable[[str, int], None] = lambda _name, _steps: None
    step: Callable[[int], None] = lambda _: None
    epoch: Callable[[EpochRow], None] = lambda _: None

"""How long each stage of a run took."""

from __future__ import annotations

import time


class Clock:
    """Runs from its making.

    Attributes:
        seconds: of each stage that was noted.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def note(self, stage: str) -> None:
        """A stage has ended, and the next begins."""
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 2)
        self._last = now

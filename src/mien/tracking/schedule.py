"""On which frames faces are looked for."""

from __future__ import annotations

import math

_SHARE = 0.7  # of real time that work on a live source may take
_MEMORY = 0.8  # how slowly measured times are forgotten


class Schedule:
    """Says when it is time for the next detection.

    Of a film the answer depends on its times alone, so that it is the same at each run. A live
    source must not fall behind: there detections become rarer as they take longer.

    Args:
        every: detect on every so many frames; 0 for the rest of this.
        interval_s: the shortest time between two detections.
        live: whether frames come whether or not they are wanted.
    """

    def __init__(self, every: int, interval_s: float, *, live: bool) -> None:
        self._every = every
        self._interval_s = interval_s
        self._live = live
        self._work_s = 0.0
        self._last: tuple[int, float] | None = None

    @property
    def interval_s(self) -> float:
        """The time between two detections as it is now."""
        if not self._live:
            return self._interval_s
        return max(self._interval_s, self._work_s / _SHARE)

    def is_due(self, index: int, time_s: float) -> bool:
        """Whether to detect on this frame."""
        if self._last is None:
            return True
        last_index, last_s = self._last
        if self._every:
            return index - last_index >= self._every
        # Times of frames are rounded: a frame that is a hair early is on time.
        return time_s - last_s >= self.interval_s - 1e-3

    def detected(self, index: int, time_s: float, took_s: float) -> None:
        """A detection was made, and all that follows from it took so long."""
        self._last = (index, time_s)
        if math.isfinite(took_s) and took_s >= 0.0:
            fresh = self._work_s or took_s
            self._work_s = _MEMORY * fresh + (1.0 - _MEMORY) * took_s

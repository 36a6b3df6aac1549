"""Times of frames that never fall, whatever a stream says."""

from __future__ import annotations

_USUAL_STEP_S = 0.04
_LEAST_STEP_S = 1e-3  # two frames are never at one time


class Clock:
    """Turns a stream's stamps into seconds since its first frame.

    Args:
        rate: frames per second where they are known: for frames without a stamp.
    """

    def __init__(self, rate: float | None) -> None:
        self._step_s = 1.0 / rate if rate and rate > 0 else _USUAL_STEP_S
        self._base_s: float | None = None
        self._start_s = 0.0
        self._last_s: float | None = None

    def at(self, stamp_s: float | None) -> float:
        """The next frame's time."""
        if stamp_s is None:
            time_s = 0.0 if self._last_s is None else self._last_s + self._step_s
        else:
            if self._base_s is None:
                self._base_s = stamp_s
            time_s = self._start_s + stamp_s - self._base_s
        if self._last_s is not None:
            time_s = max(time_s, self._last_s + _LEAST_STEP_S)
        self._last_s = time_s = round(max(time_s, 0.0), 6)
        return time_s

    @property
    def last_s(self) -> float:
        """The last frame's time; 0 before the first."""
        return self._last_s or 0.0

    def go_on(self, gap_s: float) -> None:
        """The stream begins anew, so many seconds after the last frame."""
        self._start_s = (self._last_s or 0.0) + max(gap_s, self._step_s)
        self._base_s = None

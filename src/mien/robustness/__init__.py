"""How answers hold when photos get worse: degradations, and a user's photos through all of them."""

from __future__ import annotations

from mien.robustness.degradations import (
    GRID,
    Degradation,
    Degrade,
    blur,
    choose_degradations,
    glasses,
    half,
    jpeg,
    mask,
    motion,
    noise,
    small,
    together,
)
from mien.robustness.trials import choose_photos, degraded_strip, try_photos

__all__ = [
    "GRID",
    "Degradation",
    "Degrade",
    "blur",
    "choose_degradations",
    "choose_photos",
    "degraded_strip",
    "glasses",
    "half",
    "jpeg",
    "mask",
    "motion",
    "noise",
    "small",
    "together",
    "try_photos",
]

"""Whether a tuned embedder got worse: said by rules that stand here, not by an eye on a curve.

It is refused if

1. no epoch separated the validation people better than the network did before; or
2. the true accept rate at FAR 1e-2 on held-out people is lower than before, by however little; or
3. the accuracy on LFW's pairs is lower than before by more than a tenth of a point.

Point estimates decide, not intervals: on few people an interval is so wide that a real loss would
hide in it, and who has few people needs the guard most. The intervals stand beside the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mien.checks import told_apart
from mien.training.metric.held_out import Change, HeldOut
from mien.training.metric.history import MetricHistory
from mien.training.metric.lfw_check import LfwCheck

GUARDED_FAR = "tar_at_far_0.01"
LFW_TOLERANCE = 0.001
"""A tenth of a point: 6 of LFW's 6,000 pairs."""
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What was measured before and after, and why it is refused.

    Attributes:
        held_out: on the user's own people.
        lfw: on LFW's pairs; None where it is not at hand.
        reasons: in words; empty where nothing got worse.
    """

    held_out: HeldOut
    lfw: LfwCheck | None
    reasons: tuple[str, ...]

    @property
    def is_worse(self) -> bool:
        """Whether it is refused."""
        return bool(self.reasons)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All rates."""
        return (*self.held_out.changes, *(() if self.lfw is None else self.lfw.changes))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "worse": self.is_worse,
            "reasons": list(self.reasons),
            "held_out": self.held_out.to_json(),
            "lfw": None if self.lfw is None else self.lfw.to_json(),
        }


def judge(history: MetricHistory, held_out: HeldOut, lfw: LfwCheck | None) -> Verdict:
    """Apply the three rules."""
    reasons = []
    if not history.improved:
        reasons.append(_not_improved(history))
    for one in held_out.changes:
        if one.key == GUARDED_FAR and one.difference.value < -_SLACK:
            reasons.append(_fell(one))
    for one in () if lfw is None else lfw.changes:
        if one.key == "lfw_accuracy" and one.difference.value < -LFW_TOLERANCE - _SLACK:
            reasons.append(_fell(one))
    return Verdict(held_out, lfw, tuple(reasons))


def _not_improved(history: MetricHistory) -> str:
    start, best = history.rows[0], history.rows[history.best_epoch]
    because = f"; {history.stopped}" if history.collapsed else ""
    before, after = told_apart(start.score, best.score, 4)
    return (
        f"no epoch separated the validation people better than the start: score {before} "
        f"before, {after} in the best of {len(history.rows) - 1}{because}"
    )


def _fell(one: Change) -> str:
    gap = one.difference
    points = [100 * part for part in (gap.value, gap.low, gap.high)]
    before, after = told_apart(100 * one.before.value, 100 * one.after.value, 2)
    return (
        f"{one.title} on {one.data} fell from {before}% to {after}% "
        f"({points[0]:+.2f} points, 95 %: {points[1]:+.2f} to {points[2]:+.2f})"
    )

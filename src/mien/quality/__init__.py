"""Face and crop to a verdict: usable, or the reasons why not."""

from __future__ import annotations

from mien.quality.assess import QualityLimits, Reason, assess, explain
from mien.quality.pose import Pose, pose_from_landmarks
from mien.quality.recognisability import check_recognisable

__all__ = [
    "Pose",
    "QualityLimits",
    "Reason",
    "assess",
    "check_recognisable",
    "explain",
    "pose_from_landmarks",
]

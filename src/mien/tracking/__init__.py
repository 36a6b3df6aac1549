"""Faces over time: one track for each face on screen, and one identity for each track.

Arithmetic only: it opens no video and runs no network. ``mien.watching`` brings the frames.
"""

from __future__ import annotations

from mien.tracking.answers import FaceNow, FrameTracks, TrackIdentification
from mien.tracking.cuts import CutFinder
from mien.tracking.evidence import Evidence, Look, promise_of, weigh
from mien.tracking.motion import between
from mien.tracking.naming import Claim, Held, Namer
from mien.tracking.schedule import Schedule
from mien.tracking.settings import TrackingSettings
from mien.tracking.tracker import Track, Tracker, Update, overlap

__all__ = [
    "Claim",
    "CutFinder",
    "Evidence",
    "FaceNow",
    "FrameTracks",
    "Held",
    "Look",
    "Namer",
    "Schedule",
    "Track",
    "TrackIdentification",
    "Tracker",
    "TrackingSettings",
    "Update",
    "between",
    "overlap",
    "promise_of",
    "weigh",
]

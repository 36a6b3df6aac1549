"""Knowing people in video: frames in, one answer for each face on screen out.

>>> from mien.watching import identify_video
>>> with mien.Gallery.open("team.gallery") as gallery:
...     for track in identify_video("clip.mp4", gallery):
...         print(track.start_s, track.end_s, track.decided.name)
"""

from __future__ import annotations

from mien.watching.identify import build_watcher, identify_video
from mien.watching.watcher import Seen, Watcher

__all__ = ["Seen", "Watcher", "build_watcher", "identify_video"]

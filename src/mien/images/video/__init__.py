"""Frames of films, cameras, streams and sequences of photos, with their times.

Importing this room loads numpy alone; PyAV (``pip install 'mien[video]'``) comes when a film or
a stream is opened, OpenCV when a camera is.
"""

from __future__ import annotations

from mien.images.video.frame import Frame, VideoInfo
from mien.images.video.naming import VIDEO_SUFFIXES, is_video, shown_source
from mien.images.video.options import VideoOptions
from mien.images.video.reader import VideoReader, open_video
from mien.images.video.sound import Sound
from mien.images.video.writer import FILM_SUFFIXES, FilmWriter

__all__ = [
    "FILM_SUFFIXES",
    "VIDEO_SUFFIXES",
    "FilmWriter",
    "Frame",
    "Sound",
    "VideoInfo",
    "VideoOptions",
    "VideoReader",
    "is_video",
    "open_video",
    "shown_source",
]

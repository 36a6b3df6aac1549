"""Films of faces that move, made from sample photos, and a film that is looped without end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from mien.images.video import Frame, VideoInfo, VideoOptions, VideoReader, open_video

SIZE_WH = (480, 270)
RATE = 25


def portrait(photo: np.ndarray, height: int = 200) -> np.ndarray:
    """A photo made ``height`` pixels high."""
    width = round(photo.shape[1] * height / photo.shape[0])
    return np.asarray(cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA))


def backdrop(seed: int = 0, size_wh: tuple[int, int] = SIZE_WH) -> np.ndarray:
    """Smooth grey patches: no face, and enough to tell a scene by."""
    random = np.random.default_rng(seed)
    coarse = random.integers(40, 200, (4, 6, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC))


def put(canvas: np.ndarray, picture: np.ndarray, left: float, top: float) -> np.ndarray:
    """A copy of the canvas with a picture on it, cut at the edges."""
    made, left, top = canvas.copy(), round(left), round(top)
    x1, y1 = max(0, left), max(0, top)
    x2 = min(canvas.shape[1], left + picture.shape[1])
    y2 = min(canvas.shape[0], top + picture.shape[0])
    if x2 > x1 and y2 > y1:
        made[y1:y2, x1:x2] = picture[y1 - top : y2 - top, x1 - left : x2 - left]
    return made


class Looped:
    """A film over and over, as one: its times go on. Opens the file anew each time.

    A source of frames as ``VideoReader`` wants one.
    """

    def __init__(self, path: Path, frames: int, *, live: bool = False) -> None:
        self.notes: list[str] = []
        self._path = path
        self._frames = frames
        with open_video(path) as video:
            first = video.info
        self.info = VideoInfo("looped", first.size_wh, first.frames_per_second, live=live)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        index, start_s = 0, 0.0
        while index < self._frames and not stop.is_set():
            last_s = 0.0
            with open_video(self._path) as video:
                for frame in video:
                    last_s = frame.time_s
                    yield Frame(index, start_s + last_s, frame.picture)
                    index += 1
                    if index >= self._frames or stop.is_set():
                        break
            start_s += last_s + 1.0 / RATE

    def close(self) -> None:
        """Each round closes its own."""


def looped(path: Path, frames: int) -> VideoReader:
    return VideoReader(Looped(path, frames), VideoOptions())

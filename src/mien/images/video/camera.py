"""Cameras of this machine by their number, through OpenCV: it knows those of every system."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mien.errors import SourceNotFound
from mien.images.video.clock import Clock
from mien.images.video.frame import Frame, VideoInfo
from mien.images.video.options import VideoOptions
from mien.images.video.pictures import ArrayPicture, fitted
from mien.images.video.source import attempts, broke_off
from mien.records import ImageArray

if TYPE_CHECKING:
    import cv2


class Camera:
    """An opened camera.

    Args:
        source: its name in answers.
        capture: OpenCV's, opened.
        options: limits for the size of its frames, and how patient to be.
        open_again: opens it after it broke; None where it is not there any more.

    Raises:
        SourceNotFound: it gives no frame.
        ImageError: its frames are too large or too small.
    """

    def __init__(
        self,
        source: str,
        capture: cv2.VideoCapture,
        options: VideoOptions,
        open_again: Callable[[], cv2.VideoCapture | None] = lambda: None,
    ) -> None:
        self.notes: list[str] = []
        self.broken = ""
        self._capture = capture
        self._options = options
        self._open_again = open_again
        self._first: Any = _next(capture)
        if self._first is None:
            capture.release()
            raise SourceNotFound(
                f"camera {source}: expected frames, got none; another program may be using it"
            )
        height, width = self._first.shape[:2]
        try:
            options.limits.check_size(width, height)
        except BaseException:
            capture.release()
            raise
        self.info = VideoInfo(source, (width, height), _rate(capture), live=True)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Frames with the time of their arrival, until the camera goes or ``stop`` is set."""
        clock, index = Clock(None), 0
        size_wh = self.info.size_wh
        while not stop.is_set():
            array = _next(self._capture) if self._first is None else self._first
            self._first = None
            if array is None:
                if self._reconnect(stop):
                    continue
                if not stop.is_set():
                    self.broken = broke_off(clock.last_s, index, "it gave no more frames")
                return
            if array.shape[1::-1] != size_wh:
                array = fitted(array, size_wh)
            yield Frame(index, clock.at(time.monotonic()), ArrayPicture(array, bgr=True))
            index += 1

    def close(self) -> None:
        self._capture.release()

    def _reconnect(self, stop: threading.Event) -> bool:
        self._capture.release()
        for _ in attempts(self._options, stop):
            capture = self._open_again()
            if capture is None:
                continue
            self._capture, self._first = capture, _next(capture)
            if self._first is not None:
                self.notes.append("the camera broke off and was opened again")
                return True
            capture.release()
        return False


def open_camera(number: int, options: VideoOptions) -> Camera:
    """A camera by its number, from 0.

    Raises:
        SourceNotFound: there is none of that number, or it gives no frames.
    """
    absent = f"expected a camera of number {number}, got none; is it plugged in?"
    capture = _open(number)
    if capture is None:
        raise SourceNotFound(absent)
    if not capture.isOpened():
        raise SourceNotFound(f"{absent} May it be used by this account, and by one program only?")
    return Camera(str(number), capture, options, lambda: _open(number))


def _open(number: int) -> cv2.VideoCapture | None:
    """OpenCV's camera of this number, opened or not; None where there is surely none."""
    import cv2

    # Asking OpenCV for a camera that is not there makes it write to standard error.
    is_linux = sys.platform.startswith("linux")
    if not 0 <= number <= 1000 or (is_linux and not Path(f"/dev/video{number}").exists()):
        return None
    return cv2.VideoCapture(number)


def _next(capture: cv2.VideoCapture) -> ImageArray | None:
    taken, array = capture.read()
    if not taken or array is None or array.ndim != 3 or array.shape[2] != 3:
        return None
    return np.asarray(array, dtype=np.uint8)


def _rate(capture: cv2.VideoCapture) -> float | None:
    import cv2

    rate = float(capture.get(cv2.CAP_PROP_FPS))
    return rate if 0.0 < rate < 100_000.0 else None

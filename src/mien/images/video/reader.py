"""Reading ahead in a thread: files wait for whoever takes the frames, live sources do not."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Final

from mien.errors import StreamBroken
from mien.images.video.camera import open_camera
from mien.images.video.containers import open_address, open_file
from mien.images.video.film import Film
from mien.images.video.frame import Frame, VideoInfo
from mien.images.video.naming import SourceKind, kind_of, scheme_of, shown_source
from mien.images.video.options import VideoOptions
from mien.images.video.sequence import open_sequence
from mien.images.video.source import FrameSource
from mien.process import Origin

_JOIN_S: Final = 1.0  # for the thread at the end; one that waits for a stream ends by itself


class VideoReader:
    """Iterates over the frames of one source; a context manager, read once, by one process.

    Attributes:
        dropped: frames of a live source that nobody took in time.
    """

    def __init__(self, source: FrameSource, options: VideoOptions) -> None:
        self.dropped = 0
        self._origin = Origin(self)
        self._source = source
        self._options = options
        self._ready: deque[Frame] = deque()
        self._change = threading.Condition()
        self._stop = threading.Event()
        self._ended = False
        self._pool: ThreadPoolExecutor | None = None
        self._reading: Future[None] | None = None

    @property
    def info(self) -> VideoInfo:
        return self._source.info

    @property
    def notes(self) -> tuple[str, ...]:
        """What ended the video early, reconnects, damage that was passed over: in words."""
        broken = self._source.broken
        return (*self._source.notes, *([broken] if broken else ()))

    @property
    def broken(self) -> StreamBroken | None:
        """When and why a stream or a camera broke off; None where it ended, or still goes on."""
        broken = self._source.broken
        if not broken:
            return None
        return StreamBroken(f"{self.info.source}: expected it to go on, but it {broken}")

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        self._check_process()
        if self._pool is None and not self._ended:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="mien-video")
            self._reading = self._pool.submit(self._read)
        return self

    def __next__(self) -> Frame:
        self._check_process()
        with self._change:
            while not self._ready and not self._ended:
                self._change.wait()
            if self._ready:
                self._change.notify_all()
                return self._ready.popleft()
        if self._reading is not None and not self._stop.is_set():
            self._reading.result()  # raises what ended the reading
        raise StopIteration

    def _check_process(self) -> None:
        """Neither the thread that reads nor FFmpeg's threads are there in a forked child."""
        self._origin.check("video", "open it after the fork")

    def stop(self) -> None:
        """End the video here: what was read ahead is dropped, and the iteration ends."""
        if not self._origin.is_here:
            return
        self._stop.set()
        with self._change:
            self._ready.clear()
            self._ended = True
            self._change.notify_all()

    def close(self) -> None:
        """End the thread and close the source; may be called twice."""
        if not self._origin.is_here:
            return
        self.stop()
        if self._pool is None or self._reading is None:
            self._source.close()
            return
        done, _ = wait([self._reading], _JOIN_S)
        self._pool.shutdown(wait=bool(done))

    def _read(self) -> None:
        try:
            for frame in self._source.frames(self._stop):
                self._offer(frame)
        finally:
            self._source.close()
            with self._change:
                self._ended = True
                self._change.notify_all()

    def _offer(self, frame: Frame) -> None:
        with self._change:
            if self.info.live:
                while len(self._ready) >= self._options.queue_frames:
                    self._ready.popleft()
                    self.dropped += 1
            else:
                while len(self._ready) >= self._options.queue_frames and not self._stop.is_set():
                    self._change.wait()
            if not self._stop.is_set():
                self._ready.append(frame)
                self._change.notify_all()


def open_video(source: str | Path | int, options: VideoOptions | None = None) -> VideoReader:
    """Open a film, a camera, a stream or a sequence of photos.

    Args:
        source: a path; a camera's number, from 0; an address (http, https, rtsp, rtsps, rtp,
            udp, tcp); a folder of photos, or a pattern such as ``frame_%04d.jpg``.
        options: limits, patience, and how far to read ahead.

    Raises:
        SourceNotFound: no such file, camera, photos, or nobody answers at the address.
        UnsupportedVideo: no video, or one that names other files.
        DamagedVideo: cut, empty, or corrupt: no frame can be decoded.
        ImageError: frames too large or too small.
        EngineMissing: PyAV is not installed, and it is no camera and no sequence.
        ForkedProcess: at a frame, in a forked child of the process that opened it.
    """
    options = options or VideoOptions()
    return VideoReader(_open(source, options), options)


def _open(source: str | Path | int, options: VideoOptions) -> FrameSource:
    kind, name = kind_of(source), str(source)
    if kind is SourceKind.CAMERA:
        return open_camera(int(name), options)
    if kind is SourceKind.SEQUENCE:
        return open_sequence(name, options)
    if kind is SourceKind.ADDRESS:
        shown = shown_source(name)
        return Film(shown, lambda: open_address(name, options), options, scheme_of(name))
    return Film(name, lambda: open_file(Path(name), options), options)

"""Films and streams, frame by frame: damage is passed over, broken streams are opened again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mien.errors import DamagedVideo, InputError
from mien.images.video.clock import Clock
from mien.images.video.containers import OpenFilm, load_av
from mien.images.video.decoded import DecodedPicture, Shape, shape_of
from mien.images.video.frame import Frame, VideoInfo
from mien.images.video.options import VideoOptions

if TYPE_CHECKING:
    from av import VideoFrame

_CUT_SHARE = 0.95  # of the announced length: below it, a film that just ends was cut


class Film:
    """A film or a stream.

    Args:
        source: its name in answers.
        open_again: opens it, also after it broke.
        options: how patient to be.

    Raises:
        InputError: it cannot be opened, or no frame of it can be decoded.
    """

    def __init__(
        self, source: str, open_again: Callable[[], OpenFilm], options: VideoOptions
    ) -> None:
        self.notes: list[str] = []
        self._source = source
        self._open_again = open_again
        self._options = options
        self._broken = ""
        self._damaged = 0
        self._film = open_again()
        try:
            self._decoded = self._decode()
            first = next(self._decoded, None)
            if first is None:
                raise DamagedVideo(
                    f"{source}: expected frames, got none that can be decoded; copy it again"
                )
            self._first: VideoFrame | None = first
            self.info = self._look(first)
        except BaseException:
            self.close()
            raise
        self._clock = Clock(self.info.frames_per_second)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """The frames until the end; of a stream that broke, those after it came back too."""
        index, seen_s = 0, time.monotonic()
        size_wh = self.info.size_wh
        shape = self._shape(self._first) if self._first is not None else None
        while not stop.is_set():
            frame = self._first or next(self._decoded, None)
            self._first = None
            if frame is None:
                if not self.info.live or not self._reconnect(stop):
                    break
                self._clock.go_on(time.monotonic() - seen_s)
                continue
            seen_s = time.monotonic()
            if shape is None or shape.stored_wh != (frame.width, frame.height):
                shape = self._new_shape(frame)
            yield Frame(index, self._clock.at(frame.time), DecodedPicture(frame, shape, size_wh))
            index += 1
        if not stop.is_set():
            self._note_end(index)

    def close(self) -> None:
        self._film.close()

    def _decode(self) -> Iterator[VideoFrame]:
        """Frames until the end or the break; the reason of a break is kept."""
        errors = load_av().error
        stream = self._film.stream
        stream.thread_type = "AUTO"
        self._broken, in_a_row = "", 0
        packets = self._film.container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except errors.FFmpegError as error:
                self._broken = str(error.strerror or error)
                packet = None
            try:
                decoded = stream.decode(packet)
            except errors.FFmpegError:
                self._damaged += 1
                in_a_row += 1
                decoded = []
                if in_a_row > self._options.damaged_in_a_row:
                    self._broken = "nothing but damage"
                    return
            if decoded:
                in_a_row = 0
            yield from decoded
            if packet is None or packet.size == 0:
                return

    def _look(self, first: VideoFrame) -> VideoInfo:
        film, stream = self._film, self._film.stream
        shape = self._shape(first)
        self._options.limits.check_size(*shape.upright_wh)
        rate = stream.average_rate
        fps = float(rate) if rate and 0 < rate < 100_000 else None
        duration = film.container.duration
        duration_s = duration / 1e6 if duration and 0 < duration < 1e13 else None
        count = stream.frames
        expected = (duration_s or 0.0) * (fps or 0.0)
        believable = 0.5 * expected < count < 2.0 * expected
        return VideoInfo(
            source=self._source,
            size_wh=shape.upright_wh,
            frames_per_second=fps,
            duration_s=duration_s,
            frame_count=count if believable else None,
            live=duration_s is None and film.container.size <= 0,
            rotation_degrees=90 * shape.quarter_turns,
            has_sound=bool(film.container.streams.audio),
        )

    def _shape(self, frame: VideoFrame) -> Shape:
        aspect = self._film.stream.sample_aspect_ratio
        return shape_of(frame, float(aspect) if aspect else 1.0)

    def _new_shape(self, frame: VideoFrame) -> Shape:
        shape = self._shape(frame)
        if shape.upright_wh != self.info.size_wh:
            (width, height), (first_width, first_height) = shape.upright_wh, self.info.size_wh
            self._note(
                f"frames of {width} × {height} are shown inside {first_width} × {first_height}, "
                "the size of the first"
            )
        return shape

    def _reconnect(self, stop: threading.Event) -> bool:
        """Open the stream again; False where it stays away."""
        self._film.close()
        wait_s, reason = self._options.reconnect_wait_s, self._broken or "it ended"
        for _ in range(self._options.reconnect_tries):
            if stop.wait(wait_s):
                return False
            wait_s *= 2.0
            try:
                self._film = self._open_again()
            except InputError as error:
                reason = str(error)
                continue
            self._decoded = self._decode()
            frame = next(self._decoded, None)
            if frame is not None:
                self._first = frame
                self._note("the stream broke and was opened again")
                return True
            self._film.close()
            reason = self._broken or "no frame came"
        if self._options.reconnect_tries:
            self._broken = f"{reason}; opening it again did not help"
        return False

    def _note_end(self, frames: int) -> None:
        if self._damaged:
            self._note(f"{self._damaged:,} damaged packets were passed over")
        length, last = self.info.duration_s, self._clock.last_s
        if self._broken:
            self._note(f"ended after {last:.1f} s, {frames:,} frames: {self._broken}")
        elif length and last < _CUT_SHARE * length - 1.0:
            self._note(f"ended after {last:.1f} s of {length:.1f} s: the file was cut short")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

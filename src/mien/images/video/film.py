"""Films and streams, frame by frame: damage is passed over, broken streams are opened again."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from mien.errors import DamagedVideo, InputError
from mien.images.video.clock import Clock
from mien.images.video.containers import OpenFilm, load_av
from mien.images.video.decoded import DecodedPicture, Shape, shape_of
from mien.images.video.frame import Frame, VideoInfo
from mien.images.video.options import VideoOptions
from mien.images.video.source import attempts, broke_off

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.video.stream import VideoStream

_CUT_SHARE: Final = 0.95  # of the announced length: below it, a film that just ends was cut
# What cameras speak: they say no end, so that a connection that is closed is a broken one.
_ENDLESS: Final = frozenset(("rtsp", "rtsps", "rtp", "udp"))


class Film:
    """A film or a stream.

    Args:
        source: its name in answers.
        open_again: opens it, also after it broke.
        options: how patient to be.
        scheme: of the address; empty for a file of this machine, which nobody can send again.

    Raises:
        InputError: it cannot be opened, or no frame of it can be decoded.
    """

    def __init__(
        self,
        source: str,
        open_again: Callable[[], OpenFilm],
        options: VideoOptions,
        scheme: str = "",
    ) -> None:
        self.notes: list[str] = []
        self.broken = ""
        self._source = source
        self._open_again = open_again
        self._options = options
        self._scheme = scheme
        self._reason = ""
        self._damaged = 0
        self._last_stamp_s: float | None = None
        self._film = open_again()
        try:
            self._decoded = self._decode()
            first = next(self._decoded, None)
            if first is None:
                got = self._reason if scheme and self._reason else "copy it again"
                raise DamagedVideo(
                    f"{source}: expected frames, got none that can be decoded; {got}"
                )
            self._first: VideoFrame | None = first
            self.info = self._look(first)
        except BaseException:
            self.close()
            raise
        self._clock = Clock(self.info.frames_per_second)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """The frames until the end; where a stream broke, those after it came back, too."""
        index, seen_s = 0, time.monotonic()
        size_wh = self.info.size_wh
        shape = self._shape(self._first) if self._first is not None else None
        while not stop.is_set():
            frame = self._first or next(self._decoded, None)
            self._first = None
            if frame is None:
                if self._is_over() or not self._reconnect(stop):
                    break
                if self.info.live:
                    self._clock.go_on(time.monotonic() - seen_s)
                continue
            seen_s, self._last_stamp_s = time.monotonic(), self._stamp_s(frame)
            if shape is None or shape.stored_wh != (frame.width, frame.height):
                shape = self._new_shape(frame)
            yield Frame(
                index, self._clock.at(self._last_stamp_s), DecodedPicture(frame, shape, size_wh)
            )
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
        self._reason, in_a_row = "", 0
        for packet in self._packets(stream):
            try:
                decoded = stream.decode(packet)
            except errors.FFmpegError:
                self._damaged += 1
                in_a_row += 1
                decoded = []
                if in_a_row > self._options.damaged_in_a_row:
                    self._reason = "nothing but damage"
                    return
            if decoded:
                in_a_row = 0
            yield from decoded

    def _packets(self, stream: VideoStream) -> Iterator[Packet[Any] | None]:
        """The packets of the pictures; the last one flushes the decoder."""
        errors, patience_s = load_av().error, self._options.read_timeout_s
        # Sound that goes on hides pictures that have stopped from FFmpeg's own time limit.
        packets = self._film.container.demux(*(() if self._scheme else (stream,)))
        came_s = time.monotonic()
        try:
            for packet in packets:
                if packet.stream_index == stream.index:
                    yield packet
                    came_s = time.monotonic()
                elif self._scheme and time.monotonic() - came_s > patience_s:
                    self._reason = f"no picture came for {patience_s:g} s"
                    break
            else:  # the last packet was an empty one, which flushes the decoder
                return
        except errors.ExitError:
            self._reason = f"nothing came for {patience_s:g} s"
        except errors.FFmpegError as error:
            closed = self._scheme and error.errno == errno.EIO
            self._reason = "the sender closed it" if closed else str(error.strerror or error)
        yield None

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

    def _is_over(self) -> bool:
        """Whether nothing more can come: of a file, or of a film that was sent to its end."""
        length_s = self.info.duration_s
        if self._scheme and length_s and self._clock.last_s >= _CUT_SHARE * length_s:
            self._reason = ""  # however the sender closes a film that has come whole
        return not self._scheme or not (self.info.live or self._reason)

    def _reconnect(self, stop: threading.Event) -> bool:
        """Open the stream again; False where it stays away."""
        self._film.close()
        reason = self._reason or "the sender closed it"
        ended = not (self._reason or self._scheme in _ENDLESS or self._options.reconnect_s)
        failed = ""
        for _ in attempts(self._options, stop):
            failed = "; opening it again did not help"
            try:
                self._film = self._open_again()
            except InputError:
                continue
            self._decoded = self._decode()
            self._first = next(filter(self._is_new, self._decoded), None)
            if self._first is not None:
                self._note("the stream broke and was opened again")
                return True
            self._film.close()
        self._reason = "" if ended else reason + failed
        return False

    def _is_new(self, frame: VideoFrame) -> bool:
        """Whether a frame was not there before the break: a film is sent from its beginning."""
        stamp_s, last_s = self._stamp_s(frame), self._last_stamp_s
        return self.info.live or stamp_s is None or last_s is None or stamp_s > last_s

    def _stamp_s(self, frame: VideoFrame) -> float | None:
        # Frames that are still in the decoder when the line breaks come without their time base.
        tick = self._film.stream.time_base
        return None if frame.pts is None or tick is None else float(frame.pts * tick)

    def _note_end(self, frames: int) -> None:
        if self._damaged:
            self._note(f"{self._damaged:,} damaged packets were passed over")
        length, last = self.info.duration_s, self._clock.last_s
        if self._reason and self._scheme:
            self.broken = broke_off(last, frames, self._reason)
        elif self._reason:
            self._note(f"ended after {last:.1f} s, {frames:,} frames: {self._reason}")
        elif length and last < _CUT_SHARE * length - 1.0:
            self._note(f"ended after {last:.1f} s of {length:.1f} s: the file was cut short")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

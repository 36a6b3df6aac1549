"""The sound of a film, copied packet by packet beside new pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mien.errors import InputError
from mien.images.video.containers import load_av, open_file
from mien.images.video.options import VideoOptions

if TYPE_CHECKING:
    from av import Packet
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

# What MP4, QuickTime and Matroska all hold; other sound would have to be encoded anew.
_COPIED: Final = frozenset(("aac", "mp3", "mp2", "ac3", "eac3", "opus", "alac", "flac"))


_PRIMING_S: Final = 0.1  # encoders begin a little before the first sound that is heard


class Sound:
    """The first sound track of a film on disk.

    Args:
        path: of the film.

    Raises:
        InputError: it cannot be opened, or its sound cannot be copied; the message says why.
    """

    def __init__(self, path: Path) -> None:
        self._film = open_file(path, VideoOptions())
        tracks = self._film.container.streams.audio
        if not tracks:
            self.close()
            raise InputError(f"{path}: expected a film with sound, got none")
        self._track: AudioStream = tracks[0]
        name = self._track.codec_context.name
        if name not in _COPIED:
            self.close()
            raise InputError(
                f"{path}: its sound ({name}) cannot be copied; expected one of "
                f"{', '.join(sorted(_COPIED))}"
            )
        begin, tick = self._film.stream.start_time, self._film.stream.time_base
        self._zero_s = float(begin * tick) if begin and tick else 0.0
        self._packets: Iterator[Packet[AudioStream]] = self._film.container.demux(self._track)
        self._waiting: Packet[AudioStream] | None = None
        self._out: AudioStream | None = None

    def attach(self, container: OutputContainer) -> None:
        """Make room for it in a film that is being written."""
        self._out = container.add_stream_from_template(self._track)

    def copy_until(self, container: OutputContainer, time_s: float) -> None:
        """Write what is heard until then, seconds since the first picture."""
        errors = load_av().error
        while True:
            packet = self._waiting
            self._waiting = None
            if packet is None:
                try:
                    packet = next(self._packets, None)
                except errors.FFmpegError:  # cut short: so is the sound
                    packet = None
            if packet is None or packet.size == 0:
                self._packets = iter(())
                return
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            at_s = float(packet.pts * packet.time_base) - self._zero_s
            if at_s > time_s:
                self._waiting = packet
                return
            if at_s >= -_PRIMING_S and self._out is not None:
                shift = round(self._zero_s / packet.time_base)
                packet.pts -= shift
                packet.dts -= shift
                packet.stream = self._out
                container.mux(packet)

    def close(self) -> None:
        """Close the film; may be called twice."""
        self._film.close()

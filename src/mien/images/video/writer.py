"""Writing a film: H.264 with the source's sound, whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from mien.checks import check_rgb
from mien.errors import EngineMissing, InvalidArray, OutputUnwritable
from mien.images.video.containers import load_av
from mien.images.video.sound import Sound
from mien.process import Origin
from mien.records import ImageArray

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

FILM_SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".mkv")
_FORMATS: Final = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
_ENCODERS: Final = ("libx264", "libopenh264")
_TICKS: Final = 90_000  # a second: every usual rate is a whole number of them
_QUALITY: Final = {"libx264": {"crf": "20", "preset": "veryfast"}}


class FilmWriter:
    """Takes frames with their times and writes a film.

    A context manager: the film stands at its place when it is left, also on Ctrl-C and where
    nobody reads the answers any more; any other error leaves what was there before. It is
    written beside its place and then moved there.

    Args:
        path: ends in one of ``FILM_SUFFIXES``; something that is there already is replaced.
        size_wh: of every frame, pixels.
        rate: frames per second, about; the frames' own times are kept.
        sound: to be copied beside the frames.

    Raises:
        OutputUnwritable: no such folder, no permission, another suffix, or the disk is full.
        EngineMissing: PyAV, or its H.264 encoder, is not there.
    """

    def __init__(
        self,
        path: Path,
        size_wh: tuple[int, int],
        rate: float | None = None,
        sound: Sound | None = None,
    ) -> None:
        self._path = path
        self._size_wh = size_wh
        self._sound = sound
        self._last_ticks = -1
        self._origin = Origin(self)
        self.written = 0
        suffix = path.suffix.lower()
        if suffix not in _FORMATS:
            raise self._unwritable(f"expected a name in {', '.join(FILM_SUFFIXES)}, got {suffix!r}")
        if path.is_dir():
            raise self._unwritable("expected a file, got a folder")
        encoder = _encoder()
        self._draft = path.with_name(f".mien-{secrets.token_hex(8)}{suffix}")
        try:
            self._draft.open("xb").close()  # FFmpeg opens it only with the first frame
            self._container: OutputContainer = load_av().open(
                str(self._draft), "w", format=_FORMATS[suffix]
            )
            self._stream = self._video(encoder, rate)
            if sound is not None:
                sound.attach(self._container)
        except (OSError, ValueError) as error:
            self._drop()
            raise self._unwritable(_reason(error)) from error

    def __enter__(self) -> FilmWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._origin.is_here:
            return
        keeps = kind is None or issubclass(kind, (KeyboardInterrupt, BrokenPipeError))
        try:
            if keeps and self.written:
                self._finish()
        finally:
            self._drop()

    def add(self, image: ImageArray, time_s: float) -> None:
        """Write one frame.

        Args:
            image: ``(H, W, 3) uint8``, RGB, of the writer's size.
            time_s: since the first; no earlier than the frame before.
        """
        self._origin.check("film", "open it after the fork")
        array = check_rgb(image)
        if array.shape[1::-1] != self._size_wh:
            raise InvalidArray(f"image: expected {self._size_wh} pixels, got {array.shape[1::-1]}")
        frame = load_av().VideoFrame.from_ndarray(_even(array), format="rgb24")
        ticks = max(round(time_s * _TICKS), self._last_ticks + 1)
        frame.pts, frame.time_base = ticks, Fraction(1, _TICKS)
        try:
            self._container.mux(self._stream.encode(frame))
            if self._sound is not None:
                self._sound.copy_until(self._container, time_s)
        except (OSError, ValueError) as error:
            raise self._unwritable(_reason(error)) from error
        self._last_ticks = ticks
        self.written += 1

    def _video(self, encoder: str, rate: float | None) -> VideoStream:
        usual = Fraction(rate or 25.0).limit_denominator(1001)
        stream = cast(
            "VideoStream",
            self._container.add_stream(encoder, usual, dict(_QUALITY.get(encoder, {}))),
        )
        width, height = self._size_wh
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, _TICKS)
        return stream

    def _finish(self) -> None:
        try:
            self._container.mux(self._stream.encode(None))
            if self._sound is not None:
                self._sound.copy_until(self._container, self._last_ticks / _TICKS)
            self._container.close()
            with self._draft.open("rb") as stream:
                os.fsync(stream.fileno())
            self._draft.replace(self._path)
        except (OSError, ValueError) as error:
            raise self._unwritable(_reason(error)) from error

    def _drop(self) -> None:
        with suppress(OSError, ValueError, AttributeError):  # what went wrong was reported already
            self._container.close()
        if self._sound is not None:
            self._sound.close()
        with suppress(OSError, ValueError):
            self._draft.unlink(missing_ok=True)

    def _unwritable(self, reason: str) -> OutputUnwritable:
        return OutputUnwritable(
            f"expected to write a film to {str(self._path)!r}, got: {reason}; choose another place"
        )


def _encoder() -> str:
    available = load_av().codec.codecs_available
    for name in _ENCODERS:
        if name in available:
            return name
    raise EngineMissing(
        "writing films needs an H.264 encoder, which this PyAV was built without: "
        "`pip install --force-reinstall --only-binary av av`"
    )


def _even(array: ImageArray) -> ImageArray:
    """H.264 has a colour for two by two pixels: an odd side gets its last row or column twice."""
    height, width = array.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return array
    return np.pad(array, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _reason(error: Any) -> str:
    return str(getattr(error, "strerror", None) or error)

"""Films and streams opened through PyAV: what FFmpeg may do, and its errors as ours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.errors import (
    DamagedVideo,
    EngineMissing,
    SourceNotFound,
    UnsupportedVideo,
)
from mien.images.video.naming import STREAM_SCHEMES, scheme_of, shown_source
from mien.images.video.options import VideoOptions
from mien.images.video.protocols import file_options, stream_options
from mien.process import load_library

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class OpenFilm:
    """A container and the video stream in it that is read."""

    container: InputContainer
    stream: VideoStream

    def close(self) -> None:
        self.container.close()


def load_av() -> Any:
    """PyAV, an optional part.

    Raises:
        EngineMissing: it is not installed.
    """
    try:
        return load_library("av")
    except ImportError as error:
        raise EngineMissing(
            "reading and writing video needs PyAV, which is not installed: "
            "`pip install 'mien[video]'`"
        ) from error


def open_file(path: Path, options: VideoOptions) -> OpenFilm:
    """A film on disk; nothing else is opened, whatever stands in it.

    Raises:
        SourceNotFound: no such file.
        UnsupportedVideo: no film, or of a kind that is not accepted.
        DamagedVideo: a film once, now cut or corrupt.
    """
    shown = str(path)
    try:
        if not path.is_file():
            kind = "something that is no file" if path.exists() else "nothing"
            raise SourceNotFound(f"expected a video at {shown!r}, got {kind}; name a file")
        if path.stat().st_size == 0:
            raise DamagedVideo(f"{shown}: expected a video, got an empty file; copy it again")
        path.open("rb").close()
    except (OSError, ValueError) as error:  # not allowed to, or a NUL in the name
        if isinstance(error, SourceNotFound):
            raise
        reason = getattr(error, "strerror", None) or error
        raise SourceNotFound(f"expected a video at {shown[:200]!r}, got: {reason}") from error
    # With the protocol in front, a colon in the name makes it no address.
    return _open("file:" + str(path.absolute()), shown, file_options(), options)


def open_address(address: str, options: VideoOptions) -> OpenFilm:
    """A stream; its playlists reach no file of this machine.

    Raises:
        SourceNotFound: nobody answers there, or not within the time.
        UnsupportedVideo: another scheme, or no video.
        DamagedVideo: it cannot be decoded.
    """
    shown, scheme = shown_source(address), scheme_of(address)
    if scheme not in STREAM_SCHEMES:
        raise UnsupportedVideo(
            f"{shown}: expected one of {', '.join(sorted(STREAM_SCHEMES))}, got {scheme!r}; "
            "for a file, give its path"
        )
    started = time.monotonic()
    try:
        return _open(address, shown, stream_options(scheme, options), options)
    except DamagedVideo as error:  # what FFmpeg makes of an RTSP server that is silent
        if time.monotonic() - started < min(options.open_timeout_s, options.read_timeout_s):
            raise
        raise SourceNotFound(f"{shown}: expected a video, got no answer in time") from error


def _open(url: str, shown: str, chosen: dict[str, str], options: VideoOptions) -> OpenFilm:
    av = load_av()
    with translated(shown):
        container = av.open(
            url,
            options=chosen,
            timeout=(options.open_timeout_s, options.read_timeout_s),
            metadata_errors="replace",
        )
    try:
        stream = _video_stream(container, shown)
        context = stream.codec_context
        options.limits.check_size(context.width, context.height)
        # A later frame may announce another size: FFmpeg then refuses before it allocates.
        context.options = {"max_pixels": str(options.limits.max_pixels)}
    except BaseException:
        container.close()
        raise
    return OpenFilm(container, stream)


def _video_stream(container: InputContainer, shown: str) -> VideoStream:
    av = load_av()
    for stream in container.streams.video:
        cover = bool(stream.disposition & av.stream.Disposition.attached_pic)
        if cover or stream.codec_context is None:
            continue
        return stream
    if container.streams.audio:
        raise UnsupportedVideo(f"{shown}: expected a video, got sound alone; name a film")
    raise UnsupportedVideo(f"{shown}: expected a video, got none that FFmpeg can decode")


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """FFmpeg's errors as errors of ours.

    Raises:
        SourceNotFound, UnsupportedVideo, DamagedVideo: see there.
    """
    errors = load_av().error
    try:
        yield
    except errors.InvalidDataError as error:
        raise DamagedVideo(
            f"{shown}: expected a video, got data that FFmpeg cannot read as one: cut short, "
            "damaged, or something else"
        ) from error
    except (errors.ExitError, errors.TimeoutError) as error:
        raise SourceNotFound(f"{shown}: expected a video, got no answer in time") from error
    except (
        errors.DemuxerNotFoundError,
        errors.DecoderNotFoundError,
        errors.ProtocolNotFoundError,
        errors.PatchWelcomeError,
    ) as error:
        raise UnsupportedVideo(f"{shown}: expected a video, got: {_reason(error)}") from error
    except errors.FFmpegError as error:
        if isinstance(error, ValueError):  # EINVAL: what a refused protocol comes to
            raise UnsupportedVideo(
                f"{shown}: expected a video that names no other files, got one that FFmpeg "
                f"refuses: {_reason(error)}"
            ) from error
        raise SourceNotFound(f"{shown}: expected a video, got: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)

"""Small films made by script: what a frame shows says which frame it is."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE_WH = (96, 64)
RATE = 25


def numbered(index: int, size_wh: tuple[int, int] = SIZE_WH) -> np.ndarray:
    """A red upper left quarter, on a grey that grows with the index."""
    width, height = size_wh
    picture = np.full((height, width, 3), 10 + 4 * (index % 60), np.uint8)
    picture[: height // 2, : width // 2] = (230, 20, 20)
    return picture


def index_in(picture: np.ndarray) -> int:
    """Which ``numbered`` frame this is, for indices below 60."""
    height, width = picture.shape[:2]
    grey = picture[height * 3 // 4 :, width * 3 // 4 :].mean()
    return round((grey - 10) / 4)


def red_corner(picture: np.ndarray) -> str:
    """Where the red quarter is."""
    height, width = picture.shape[:2]
    corners = {
        "upper left": picture[: height // 3, : width // 3],
        "upper right": picture[: height // 3, -width // 3 :],
        "lower left": picture[-height // 3 :, : width // 3],
        "lower right": picture[-height // 3 :, -width // 3 :],
    }
    redness = {name: part[..., 0].mean() - part[..., 1].mean() for name, part in corners.items()}
    return max(redness, key=redness.__getitem__)


def make_film(
    path: Path,
    pictures: Sequence[np.ndarray] | int = 10,
    *,
    codec: str = "libx264",
    times_s: Sequence[float] | None = None,
    sound: bool = False,
    rotation: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a film; ``times_s`` gives each frame its own time, in milliseconds' steps."""
    frames = [numbered(i) for i in range(pictures)] if isinstance(pictures, int) else pictures
    times = times_s or [index / RATE for index in range(len(frames))]
    ticks = 1000 if times_s else RATE
    with av.open(str(path), "w", options=options or {}) as container:
        height, width = frames[0].shape[:2]
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.bit_rate = width, height, 4_000_000
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, ticks)
        if rotation:
            stream.set_display_rotation(rotation)
        tone = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        for picture, time_s in zip(frames, times, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = round(time_s * ticks), Fraction(1, ticks)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone is not None:
            _add_tone(container, tone, times[-1])
    return path


def make_sound(path: Path) -> Path:
    """A file of sound alone."""
    with av.open(str(path), "w") as container:
        _add_tone(container, container.add_stream("aac", rate=16_000, layout="mono"), 1.0)
    return path


def _add_tone(container: av.container.OutputContainer, tone: av.AudioStream, length_s: float):
    for start in range(0, max(1024, int(16_000 * length_s)), 1024):
        wave = np.sin(np.arange(start, start + 1024) * 0.1)[None].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16_000, start
        container.mux(tone.encode(frame))
    container.mux(tone.encode(None))


class _Parts(http.server.BaseHTTPRequestHandler):
    """Sends what its server holds: a file by its name, or a stream of JPEGs."""

    protocol_version = "HTTP/1.0"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        name = self.path.strip("/")
        if name in self.server.files:
            data = self.server.files[name]
            share = self.server.shares.pop(0) if self.server.shares else 1.0
            self.send_response(200)
            if self.server.says_end:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: int(share * len(data))])
        elif name == "stream":
            self._stream()
        else:
            self.send_error(404)

    def _stream(self) -> None:
        if not self.server.turns:
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        if self.server.says_end:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever looked has gone
            for jpeg in self.server.turns.pop(0):
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self._send(head.encode() + jpeg + b"\r\n")
                self.server.pause.wait(self.server.pause_s)
            self.server.pause.wait(self.server.pause_after_s)
            if self.server.says_end:
                self._send(b"")

    def _send(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if self.server.says_end else data)


@contextlib.contextmanager
def serve(
    files: dict[str, bytes] | None = None,
    turns: Sequence[Sequence[bytes]] = (),
    pause_s: float = 0.0,
    pause_after_s: float = 0.0,
    *,
    says_end: bool | None = None,
    shares: Sequence[float] = (),
) -> Iterator[http.server.ThreadingHTTPServer]:
    """A web server on this machine; ``/stream`` gives each caller the next of ``turns``.

    ``says_end`` is whether what is cut can be told from what has ended: by default that of files
    can, that of streams cannot. Of the files only the next of ``shares`` is sent.
    """
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Parts)
    server.daemon_threads = True
    server.files, server.turns, server.asked = files or {}, list(turns), []
    server.pause, server.pause_s = threading.Event(), pause_s
    server.pause_after_s, server.shares = pause_after_s, list(shares)
    server.says_end = bool(files) if says_end is None else says_end
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.pause.set()
        server.shutdown()
        thread.join()
        server.server_close()


def jpegs(count: int) -> list[bytes]:
    """``numbered`` frames as JPEG files."""
    import simplejpeg

    return [simplejpeg.encode_jpeg(numbered(i), quality=95) for i in range(count)]

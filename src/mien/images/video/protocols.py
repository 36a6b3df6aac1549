"""What FFmpeg may open: a film opens no address, and a stream no file.

A playlist or a reference inside a file can name other files and addresses. FFmpeg follows them
only through the protocols and formats of these lists ("protocol_whitelist", "format_whitelist"
in its documentation), so a file that names another one is refused, and a stream's playlist
cannot reach this machine's files.
"""

from __future__ import annotations

from typing import Final

from mien.images.video.options import VideoOptions

# Containers that hold their frames themselves: no playlists, no lists of files, no devices.
_FILE_FORMATS: Final = (
    *("mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "asf", "ogg"),
    *("mjpeg", "mpjpeg", "h264", "hevc", "av1", "obu", "ivf", "m4v", "mxf", "nut", "rm", "dv"),
    *("wtv", "yuv4mpegpipe", "gif", "avs2", "avs3", "vvc", "vc1", "h263", "h261", "swf", "gxf"),
)
_STREAM_FORMATS: Final = ("rtsp", "rtp", "hls")

# What each scheme needs below it; HTTP's playlists stay with HTTP.
_WEB: Final = ("http", "https", "tcp", "tls", "crypto")
_STREAM_PROTOCOLS: Final = {
    "http": _WEB,
    "https": _WEB,
    "rtsp": ("rtsp", "tcp", "udp", "rtp"),
    "rtsps": ("rtsp", "rtsps", "tcp", "tls", "udp", "rtp"),
    "rtp": ("rtp", "udp"),
    "udp": ("udp",),
    "tcp": ("tcp",),
}


def file_options() -> dict[str, str]:
    """FFmpeg's options for a film on disk."""
    return {"protocol_whitelist": "file", "format_whitelist": ",".join(_FILE_FORMATS)}


def stream_options(scheme: str, options: VideoOptions) -> dict[str, str]:
    """FFmpeg's options for an address; the scheme is one of ``STREAM_SCHEMES``."""
    chosen = {
        "protocol_whitelist": ",".join(_STREAM_PROTOCOLS[scheme]),
        "format_whitelist": ",".join(_FILE_FORMATS + _STREAM_FORMATS),
    }
    if scheme.startswith("http"):  # a film that is fetched goes on where the line broke
        chosen |= {"reconnect": "1", "reconnect_delay_max": "4"}
    if scheme.startswith("rtsp"):
        chosen |= {"rtsp_transport": "tcp", "timeout": f"{options.read_timeout_s * 1e6:.0f}"}
    return chosen

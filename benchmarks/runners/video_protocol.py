"""What the runners that watch a video share: read a job, answer it, measure on the way.

Only the standard library is imported here, because each peer runs in its own environment.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from protocol import peak_bytes


@dataclass(frozen=True)
class VideoPeer:
    """One library, ready to watch, with the people enrolled.

    Attributes:
        watch: from a video's path to the names in each frame, in order.
        packages: the distributions whose versions belong beside the numbers.
        usage: how the library is used, in words.
    """

    watch: Callable[[str], Iterator[list[str]]]
    packages: tuple[str, ...]
    usage: str


def serve_video(open_peer: Callable[[Mapping[str, str]], VideoPeer]) -> None:
    """Answer the job named on the command line: people by their photos, and a video."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    peer = open_peer(job["people"])
    start_up = time.monotonic() - job["started"]
    begun, begun_cpu = time.monotonic(), time.process_time()
    names = []
    for frame in peer.watch(job["video"]):
        names.append(frame)
        if len(names) >= job["frames"]:
            break
    seconds, cpu_seconds = time.monotonic() - begun, time.process_time() - begun_cpu
    result = {
        "start_up_seconds": start_up,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "names": names,
        "peak_bytes": peak_bytes(),
        "versions": {name: version(name) for name in peer.packages},
        "usage": peer.usage,
    }
    Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")

"""What every runner shares: read a job, answer it, measure on the way.

A runner is a process of its own: ``python RUNNER.py JOB.json RESULT.json``. It
encodes the job's photos with one library, used as that library's documentation
shows, and writes one score a pair with what it took. Only the standard library
is imported here, because each peer runs in its own environment.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Peer:
    """One library, ready to work.

    Attributes:
        encode: paths in, one vector a photo out, in order; None where no face was found.
        similarity: of two such vectors; higher is more alike.
        packages: the distributions whose versions belong beside the numbers.
        usage: how the library is used, in words.
    """

    encode: Callable[[Sequence[str]], Iterable[Any]]
    similarity: Callable[[Any, Any], float]
    packages: tuple[str, ...]
    usage: str


def serve(open_peer: Callable[[dict[str, str]], Peer]) -> None:
    """Answer the job named on the command line."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    photos: list[str] = job["photos"]
    peer = open_peer(job["options"])
    vectors = list(peer.encode(photos[:1]))
    # The monotonic clock is the system's, so the parent's reading can be subtracted.
    start_up = time.monotonic() - job["started"]
    warm, timed = job["warm_up"], job["timed"]
    vectors += _encode(peer, photos[1:warm])
    begun, begun_cpu = time.monotonic(), time.process_time()
    vectors += _encode(peer, photos[warm : warm + timed])
    seconds, cpu_seconds = time.monotonic() - begun, time.process_time() - begun_cpu
    vectors += _encode(peer, photos[warm + timed :])
    scores = [_score(peer, vectors[first], vectors[second]) for first, second in job["pairs"]]
    result = {
        "start_up_seconds": start_up,
        "timed_photos": len(photos[warm : warm + timed]),
        "timed_seconds": seconds,
        "timed_cpu_seconds": cpu_seconds,
        "peak_bytes": peak_bytes(),
        "failures": sum(vector is None for vector in vectors),
        "scores": scores,
        "versions": _versions(peer.packages),
        "usage": peer.usage,
    }
    Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")


def central_face(
    boxes: Sequence[tuple[float, float, float, float]], width: float, height: float
) -> int:
    """Which box is the photo's person: large, and near the centre.

    One rule for every library: the largest ``area - 2 * (distance to centre) ** 2``,
    in pixels, boxes as two corners. It is the rule that alignment scripts for LFW commonly use.
    """

    def weight(box: tuple[float, float, float, float]) -> float:
        x1, y1, x2, y2 = box
        off_x, off_y = (x1 + x2 - width) / 2, (y1 + y2 - height) / 2
        return (x2 - x1) * (y2 - y1) - 2 * (off_x**2 + off_y**2)

    return max(range(len(boxes)), key=lambda index: weight(boxes[index]))


def peak_bytes() -> int:
    """The most memory that this process ever held, in bytes.

    On Linux ``ru_maxrss`` survives exec and so may be the parent's; ``VmHWM``
    belongs to this program alone.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _encode(peer: Peer, photos: Sequence[str]) -> list[Any]:
    return list(peer.encode(photos)) if photos else []


def _versions(packages: Sequence[str]) -> dict[str, str]:
    """Of those that are installed: a runtime may not exist for this machine."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _score(peer: Peer, first: Any, second: Any) -> float | None:
    if first is None or second is None:
        return None
    return float(peer.similarity(first, second))

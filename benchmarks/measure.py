"""Run one peer, one process after another, and turn its answers into numbers."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lfw import PairSet
from machine import busy_seconds, children_seconds
from peers import Ready

from mien.evaluation import evaluate_verification

WARM_UP = 32
STARTS = 3
FAR = 1e-3


class PeerRunError(Exception):
    """A peer's process ended without an answer; the message holds its last line."""


@dataclass(frozen=True)
class Measurement:
    """What one peer did on this machine.

    Attributes:
        accuracy, standard_error: over the folds, parts of 1; None where the list has no folds.
        tar: at a FAR of 1e-3, with its interval and the false accepts behind it.
        failures: photos in which no face was found.
        photos_per_second: steady state, file to vector, after the warm-up.
        cpu_seconds_per_photo: of all threads; other programs disturb it less than the clock.
        start_up_seconds: process start to the first photo's vector; median of 3 starts.
        first_start_seconds: the same, for the start before those three.
        peak_bytes: the most memory the process held.
        others_cores: cores that other programs kept busy meanwhile; None where unknown.
    """

    name: str
    accuracy: float | None
    standard_error: float | None
    tar: dict[str, Any]
    failures: int
    photos: int
    timed_photos: int
    photos_per_second: float
    cpu_seconds_per_photo: float
    start_up_seconds: float
    first_start_seconds: float
    peak_bytes: int
    others_cores: float | None
    usage: str
    versions: dict[str, str]


def measure(peer: Ready, data: PairSet, timed: int) -> Measurement:
    """Start the peer ``1 + STARTS`` times on one photo, then once on all of them.

    Raises:
        PeerRunError: if the peer's process fails.
    """
    photos = [str(photo) for photo in data.photos]
    others = _Others()
    starts = [_answer(peer, photos[:1], [], 0)["start_up_seconds"] for _ in range(1 + STARTS)]
    answer = _answer(peer, photos, data.positions, timed)
    others_cores = others.cores()
    scores = [math.nan if score is None else score for score in answer["scores"]]
    report = evaluate_verification(data.pairs, scores, (FAR,))
    return Measurement(
        name=peer.name,
        accuracy=report.accuracy,
        standard_error=report.standard_error,
        tar=report.tar_at_far[0].to_json(),
        failures=answer["failures"],
        photos=len(photos),
        timed_photos=answer["timed_photos"],
        photos_per_second=answer["timed_photos"] / answer["timed_seconds"],
        cpu_seconds_per_photo=answer["timed_cpu_seconds"] / answer["timed_photos"],
        start_up_seconds=statistics.median(starts[1:]),
        first_start_seconds=starts[0],
        peak_bytes=answer["peak_bytes"],
        others_cores=others_cores,
        usage=answer["usage"],
        versions=answer["versions"],
    )


class _Others:
    """How many cores were busy with other programs since this was made."""

    def __init__(self) -> None:
        self._begun = (time.monotonic(), busy_seconds(), children_seconds())

    def cores(self) -> float | None:
        clock, busy, ours = self._begun
        busy_now = busy_seconds()
        if busy is None or busy_now is None:
            return None
        spent = (busy_now - busy) - (children_seconds() - ours)
        return max(0.0, spent / (time.monotonic() - clock))


def _answer(
    peer: Ready, photos: list[str], pairs: Sequence[tuple[int, int]], timed: int
) -> dict[str, Any]:
    order: dict[str, Any] = {"photos": photos, "pairs": pairs, "options": peer.options}
    return run_peer(peer, order | {"warm_up": WARM_UP, "timed": timed})


def run_peer(peer: Ready, order: dict[str, Any]) -> dict[str, Any]:
    """Start a peer's process with an order, and read its answer.

    Raises:
        PeerRunError: if the process fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        job, result = Path(folder, "job.json"), Path(folder, "result.json")
        job.write_text(json.dumps({**order, "started": time.monotonic()}), encoding="utf-8")
        done = subprocess.run(
            [str(peer.python), str(peer.runner), str(job), str(result)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not result.exists():
            lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise PeerRunError(f"{peer.name}: {lines[-1]}")
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return answer

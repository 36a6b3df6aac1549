"""mien on videos against the loop of face_recognition's own example, in one run.

Usage: ``python benchmarks/video.py [--data DIR] [--frames N] [--rounds N] [--out FILE]``.
Exit status 0 = measured, 1 = a peer failed, 2 = the data is not there, 3 = a peer could not be
installed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from machine import busy_seconds, children_seconds, this_machine
from measure import PeerRunError, run_peer
from peers import PeerInstallError, Ready, prepare_video
from rich.console import Console
from rich.table import Table

CLIP = "people/video/short_hamilton_clip.mp4"
MEN = {"Lin-Manuel Miranda": "lin-manuel-miranda.png", "Alex Lacamoire": "alex-lacamoire.png"}
# What one sees, by the frames of the three cuts.
ON_SCREEN = {
    "Lin-Manuel Miranda": frozenset({*range(20), *range(82, 211)}),
    "Alex Lacamoire": frozenset(range(20)),  # then from the side, until frame 82
}
BESIDE = {"Alex Lacamoire": frozenset(range(20, 82))}  # neither right nor wrong
STREET = "video/street_1080p.mp4"
BUSY_CORES = 0.1


@dataclass(frozen=True)
class Watched:
    """One peer on one video: the median round.

    Attributes:
        right, wrong: frames in which a man is named who is on screen, or is not.
        others_cores: cores that other programs kept busy meanwhile; None where unknown.
    """

    peer: str
    video: str
    frames: int
    frames_per_second: float
    cpu_ms_per_frame: float
    start_up_seconds: float
    peak_bytes: int
    right: Mapping[str, int]
    wrong: Mapping[str, int]
    others_cores: float | None
    usage: str
    versions: Mapping[str, str]


def main(arguments: list[str]) -> int:
    """Measure one peer after another; returns the exit status."""
    options = _options(arguments)
    notes = Console(stderr=True)
    clip, street = options.data / CLIP, options.data / STREET
    people = {name: str(clip.parent / photo) for name, photo in MEN.items()}
    missing = [path for path in (clip, street, *map(Path, people.values())) if not path.is_file()]
    if missing:
        notes.print(f"expected {missing[0]}, got nothing; see --data", markup=False)
        return 2
    try:
        jobs = [
            (prepare_video("mien"), clip, people, sys.maxsize),
            (prepare_video("face_recognition"), clip, people, options.frames),
            (prepare_video("mien"), street, people, sys.maxsize),
        ]
    except PeerInstallError as error:
        notes.print(str(error), markup=False, soft_wrap=True)
        return 3
    rows = []
    for peer, video, known, frames in jobs:
        rounds = options.rounds if peer.name == "mien" else 1
        notes.print(f"{peer.name}: {video.name} ...", markup=False)
        try:
            rows.append(_measure(peer, video, known, frames, rounds))
        except PeerRunError as error:
            notes.print(str(error), markup=False, soft_wrap=True)
            return 1
        others = rows[-1].others_cores
        if others is not None and others > BUSY_CORES:
            notes.print(f"{peer.name}: other programs kept {others:.1f} cores busy: do not quote")
    _print(rows)
    if options.out is not None:
        report = {"machine": asdict(this_machine()), "rows": [asdict(row) for row in rows]}
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


def _measure(
    peer: Ready, video: Path, people: Mapping[str, str], frames: int, rounds: int
) -> Watched:
    clock, busy, ours = time.monotonic(), busy_seconds(), children_seconds()
    order = {"video": str(video), "people": dict(people), "frames": frames}
    answers = [run_peer(peer, order) for _ in range(rounds)]
    others = None
    if busy is not None:
        spent = (busy_seconds() or 0.0) - busy - (children_seconds() - ours)
        others = max(0.0, spent / (time.monotonic() - clock))
    middle = statistics.median_low([answer["seconds"] for answer in answers])
    answer = next(one for one in answers if one["seconds"] == middle)
    names: list[list[str]] = answer["names"]
    is_clip = video.name == Path(CLIP).name
    return Watched(
        peer=peer.name,
        video=video.name,
        frames=len(names),
        frames_per_second=len(names) / answer["seconds"],
        cpu_ms_per_frame=1000 * answer["cpu_seconds"] / len(names),
        start_up_seconds=answer["start_up_seconds"],
        peak_bytes=answer["peak_bytes"],
        right={man: _count(names, man, seen) for man, seen in ON_SCREEN.items()} if is_clip else {},
        wrong={man: _wrong(names, man, is_clip) for man in MEN},
        others_cores=others,
        usage=answer["usage"],
        versions=answer["versions"],
    )


def _count(names: Sequence[Sequence[str]], man: str, frames: frozenset[int]) -> int:
    return sum(man in found for index, found in enumerate(names) if index in frames)


def _wrong(names: Sequence[Sequence[str]], man: str, is_clip: bool) -> int:
    allowed = ON_SCREEN[man] | BESIDE.get(man, frozenset()) if is_clip else frozenset()
    return _count(names, man, frozenset(range(len(names))) - allowed)


def _print(rows: Sequence[Watched]) -> None:
    table = Table(title=str(this_machine().processor))
    for heading in ("video", "peer", "frames", "frames/s", "CPU ms/frame", "right", "wrong", "MB"):
        table.add_column(heading, justify="left" if heading in ("video", "peer") else "right")
    for row in rows:
        table.add_row(
            *(row.video, row.peer, str(row.frames)),
            *(f"{row.frames_per_second:.1f}", f"{row.cpu_ms_per_frame:.1f}"),
            *(str(sum(counts.values())) for counts in (row.right, row.wrong)),
            f"{row.peak_bytes / 1e6:.0f}",
        )
    screen = Console() if sys.stdout.isatty() else Console(width=110)
    screen.print(table)
    ours, theirs = (
        next(r for r in rows if r.peer == peer) for peer in ("mien", "face_recognition")
    )
    screen.print(
        f"mien / face_recognition on {ours.video}: "
        f"{ours.frames_per_second / theirs.frames_per_second:.1f} times the frames a second, "
        f"{theirs.cpu_ms_per_frame / ours.cpu_ms_per_frame:.1f} times less processor time"
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="mien on videos against face_recognition")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("MIEN_BENCH_DATA"),
        help=f"folder with {CLIP} and {STREET} (default: $MIEN_BENCH_DATA)",
    )
    parser.add_argument(
        "--frames",
        type=int,
        default=sys.maxsize,
        help="frames of the clip for face_recognition (default: all)",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of mien; the median counts")
    parser.add_argument("--out", type=Path, help="write the numbers to this JSON file")
    options = parser.parse_args(arguments)
    if options.data is None:
        parser.error("no data: expected --data DIR or MIEN_BENCH_DATA")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""mien against its peers on the photos of LFW, one process after another, as ratios.

Usage: ``python benchmarks/run.py [--quick] [--peers opencv mien] [--out FILE]``.
Exit status 0 = measured, 1 = a peer failed, 2 = the request or the data was
wrong, 3 = a peer could not be installed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from lfw import PAIRS, DataError, read_once, read_part
from machine import this_machine
from measure import WARM_UP, Measurement, PeerRunError, measure
from peers import PeerInstallError, prepare
from rich.console import Console
from table import print_tables

NAMES = ("mien", "mien-plain", "mien-fused", "face_recognition", "opencv", "opencv-0.6")
QUICK_PAIRS = 600
BUSY_CORES = 0.1
PIPE_COLUMNS = 130


def main(arguments: list[str]) -> int:
    """Prepare every peer, measure one after another, print and save; returns the exit status."""
    options = _options(arguments)
    notes = Console(stderr=True)
    try:
        data = read_part(options.data, options.pairs)
        read_once(data.photos)
        if options.photos < 1:
            raise DataError(f"--photos: expected at least 1, got {options.photos}")
        if len(data.photos) <= WARM_UP:
            raise DataError(f"expected more than {WARM_UP} photos, got {len(data.photos)}")
        ready = [prepare(name) for name in options.peers]
    except DataError as error:
        notes.print(str(error), markup=False, soft_wrap=True)
        return 2
    except PeerInstallError as error:
        notes.print(str(error), markup=False, soft_wrap=True)
        return 3
    rows: list[Measurement] = []
    failed = False
    for peer in ready:
        notes.print(f"{peer.name}: {len(data.photos)} photos, {len(data.pairs)} pairs ...")
        try:
            rows.append(measure(peer, data, options.photos))
        except PeerRunError as error:
            notes.print(str(error), markup=False, soft_wrap=True)
            failed = True
            continue
        others = rows[-1].others_cores
        if others is not None and others > BUSY_CORES:
            notes.print(f"{peer.name}: other programs kept {others:.1f} cores busy: do not quote")
    machine = this_machine()
    if rows:
        # A pipe has no width, and 80 columns would cut the headings.
        screen = Console() if sys.stdout.isatty() else Console(width=PIPE_COLUMNS)
        print_tables(screen, machine, rows)
    if options.out is not None:
        report = {
            "machine": asdict(machine),
            "pairs": len(data.pairs),
            "warm_up": WARM_UP,
            "peers": [asdict(row) for row in rows],
        }
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return int(failed)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="mien against its peers on LFW, as ratios")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("MIEN_BENCH_DATA"),
        help="folder with lfw/pairs.txt and lfw/images (default: $MIEN_BENCH_DATA)",
    )
    parser.add_argument(
        "--pairs", type=int, default=PAIRS, help="pairs for the accuracy, a multiple of 20"
    )
    parser.add_argument(
        "--photos",
        type=int,
        default=sys.maxsize,
        help="photos for the speed, after the warm-up (default: all photos of the pairs)",
    )
    parser.add_argument("--quick", action="store_true", help=f"the same as --pairs {QUICK_PAIRS}")
    parser.add_argument("--peers", nargs="+", choices=NAMES, default=NAMES, metavar="NAME")
    parser.add_argument("--out", type=Path, help="write the numbers to this JSON file")
    options = parser.parse_args(arguments)
    if options.data is None:
        parser.error("no data: expected --data DIR or MIEN_BENCH_DATA, the folder that holds lfw/")
    options.data = Path(options.data)
    if options.quick:
        options.pairs = QUICK_PAIRS
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

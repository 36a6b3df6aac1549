"""How much of the pipeline's time is its networks' own, on one core, over LFW's photos.

Everything else (reading, resizing, decoding of cells, warping, quality) is what mien adds.

    python benchmarks/overhead.py --data DATA [--no-mirror] [--embedder NAME]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import mien.detection.loading
import mien.embedding.loading
from mien.api import Settings, build_recognizer
from mien.evaluation import read_pairs
from mien.models import RuntimeOptions
from mien.models.loading import open_network
from mien.models.runtime import Network

EVERY, WARM_UP, ROUNDS = 8, 50, 3


class Timed:
    """A network that counts its own seconds."""

    def __init__(self, network: Network, name: str, seconds: dict[str, float]) -> None:
        self._network, self._name, self._seconds = network, name, seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def run(self, blob: Any) -> Any:
        """Run it."""
        start = time.perf_counter()
        outputs = self._network.run(blob)
        self._seconds[self._name] += time.perf_counter() - start
        return outputs


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("MIEN_BENCH_DATA"), type=Path)
    parser.add_argument("--embedder", default=Settings().embedder)
    parser.add_argument(
        "--mirror", action=argparse.BooleanOptionalAction, default=Settings().mirror
    )
    options = parser.parse_args()
    if options.data is None:
        print("expected --data or MIEN_BENCH_DATA: the folder that holds lfw/", file=sys.stderr)
        return 2
    folder = options.data / "lfw"
    pairs = read_pairs(folder / "pairs.txt", "lfw", folder / "images")
    names = sorted({path for pair in pairs for path in (pair.path1, pair.path2)})
    photos = [folder / "images" / name for name in names[::EVERY]]
    seconds: dict[str, float] = defaultdict(float)

    def timed(store: Any, card: Any, *more: Any) -> Any:
        return Timed(open_network(store, card, *more), str(getattr(card, "name", card)), seconds)

    # a stopwatch in place of the loader, on purpose: its types are not the loader's
    mien.detection.loading.open_network = timed  # type: ignore[assignment]
    mien.embedding.loading.open_network = timed  # type: ignore[assignment]
    recognizer = build_recognizer(
        Settings(
            embedder=options.embedder, mirror=options.mirror, runtime=RuntimeOptions(threads=1)
        )
    )
    list(recognizer.encode_photos(photos[:WARM_UP]))
    for _ in range(ROUNDS):
        seconds.clear()
        start = time.perf_counter()
        list(recognizer.encode_photos(photos))
        whole = time.perf_counter() - start
        own = sum(seconds.values())
        parts = ", ".join(f"{name} {1e3 * one / len(photos):.2f}" for name, one in seconds.items())
        print(
            f"{len(photos)} photos: {1e3 * whole / len(photos):.2f} ms each, networks "
            f"{1e3 * own / len(photos):.2f} ({parts}): {whole / own:.2f} times"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

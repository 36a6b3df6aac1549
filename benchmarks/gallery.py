"""How fast a large gallery is: ``python benchmarks/gallery.py [--templates 100000]``.

Builds a synthetic gallery of random unit vectors in a temporary folder (``--per-person 10``
templates each), then measures in a fresh process with one thread for the linear algebra.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def build(path: Path, templates: int, dimensions: int, per_person: int) -> None:
    """Enrol random vectors in one transaction."""
    import numpy as np

    from mien.gallery import Gallery

    rng = np.random.default_rng(20)
    vectors = rng.normal(size=(templates, dimensions)).astype(np.float32)
    start = time.perf_counter()
    with Gallery.open(path) as gallery:
        gallery.add_many(
            ((f"Person {row // per_person:06d}", vectors[row], None) for row in range(templates)),
            space(dimensions),
        )
    print(f"enrol {templates:,} in one transaction  {time.perf_counter() - start:8.2f} s")
    print(f"file                              {path.stat().st_size / 1e6:8.1f} MB")


def measure(path: Path, dimensions: int) -> None:
    """Open, search, add, remove; one line each."""
    import numpy as np

    from mien.gallery import Gallery

    rng = np.random.default_rng(21)
    probes = rng.normal(size=(200, dimensions)).astype(np.float32)
    before = peak_megabytes()
    start = time.perf_counter()
    gallery = Gallery.open(path)
    gallery.search(probes[0], space(dimensions))
    print(f"open and first search             {time.perf_counter() - start:8.3f} s")
    print(f"peak memory of the process        {peak_megabytes():8.1f} MB (before: {before:.1f})")
    report("search, one face", lambda i: gallery.search(probes[i], space(dimensions)), 100)
    report("scores, one face", lambda i: gallery.scores(probes[i], space(dimensions)), 100)
    report(
        "add one template, durable", lambda i: gallery.add("New", probes[i], space(dimensions)), 100
    )
    report(
        "add one template, then search",
        lambda i: (
            gallery.add("Newer", probes[i], space(dimensions)),
            gallery.search(probes[i], space(dimensions)),
        ),
        20,
    )
    print(f"peak memory of the process        {peak_megabytes():8.1f} MB")
    start = time.perf_counter()
    gallery.remove("New")
    print(f"remove one person and wipe        {time.perf_counter() - start:8.3f} s")
    start = time.perf_counter()
    problems = gallery.check()
    print(f"check, {len(problems)} problems                 {time.perf_counter() - start:8.3f} s")
    gallery.close()
    print(f"peak memory of the process        {peak_megabytes():8.1f} MB")


def report(what: str, work: object, times: int) -> None:
    """Median and worst time of ``work(0)``, ``work(1)``, ..."""
    seconds = []
    for index in range(times):
        start = time.perf_counter()
        work(index)  # type: ignore[operator]
        seconds.append(time.perf_counter() - start)
    median, worst = statistics.median(seconds) * 1e3, max(seconds) * 1e3
    print(f"{what:33} {median:8.2f} ms median, {worst:.2f} ms worst of {times}")


def space(dimensions: int) -> object:
    """A space for vectors that no network made."""
    from mien.records import EmbeddingSpace

    return EmbeddingSpace("synthetic", "0" * 64, "none", dimensions)


def peak_megabytes() -> float:
    """Peak resident memory of this process; from the system's own count where there is one."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the parent's memory before exec, too
        line = next(line for line in status.read_text().splitlines() if "VmHWM" in line)
        return int(line.split()[1]) * 1024 / 1e6
    import psutil

    information = psutil.Process().memory_info()
    return getattr(information, "peak_wset", information.rss) / 1e6


def main() -> None:
    """Build here, measure in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=128)
    parser.add_argument("--per-person", type=int, default=10)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.dimensions)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.gallery"
        command = [sys.executable, __file__, "--dimensions", str(options.dimensions)]
        build(path, options.templates, options.dimensions, options.per_person)
        sys.stdout.flush()
        subprocess.run(
            [*command, "--measure", str(path)], env={**os.environ, **THREADS}, check=True
        )


if __name__ == "__main__":
    main()

"""Run the tests as other machines would, and weigh each run: ``make portability``.

    python tests/portability.py [SETTING ...] [-- PYTEST ARGUMENTS]

Each setting gets a run of its own, told apart by nothing but the environment, which every process
of the run inherits; without names all of them do. The exit status is 1 if one run was red.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

TESTS = Path(__file__).parent
# oneDNN is in OpenVINO and in torch. What OpenVINO says it can do follows the limit.
SETTINGS = {
    "as-it-is": {},
    "avx2": {
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "OPENBLAS_CORETYPE": "Haswell",
    },
    "sse": {
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "ATEN_CPU_CAPABILITY": "default",
        "OPENBLAS_CORETYPE": "Nehalem",
    },
    "bf16": {"TESTS_PRETEND": "bf16"},
    "no-openvino": {"TESTS_PRETEND": "no-openvino"},
}


@dataclass
class Weight:
    """The most memory that the processes of a run held together, in bytes.

    Attributes:
        shared_once: what several processes share is counted once (Linux; else as ``each``).
        each: the sum of the resident sets.
    """

    shared_once: int = 0
    each: int = 0


def main() -> int:
    arguments, given = _arguments()
    rows = []
    for name in arguments.settings or SETTINGS:
        print(f"== {name}: {_said(SETTINGS[name])}", flush=True)
        start = time.monotonic()
        status, weight = _run(SETTINGS[name], given)
        rows.append((name, status, time.monotonic() - start, weight))
    for name, status, seconds, weight in rows:
        print(
            f"{name:12} {'green' if status == 0 else f'exit status {status}':14}"
            f"{seconds / 60:6.1f} min   {weight.shared_once / 1e9:.2f} GB at the most "
            f"({weight.each / 1e9:.2f} with what is shared counted for each process)"
        )
    return int(any(status for _, status, _, _ in rows))


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("settings", nargs="*", metavar="SETTING", help=", ".join(SETTINGS))
    arguments = parser.parse_args(words[:cut])
    if unknown := set(arguments.settings) - set(SETTINGS):
        parser.error(f"expected some of {', '.join(SETTINGS)}, got {', '.join(sorted(unknown))}")
    return arguments, words[cut + 1 :]


def _said(setting: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in setting.items()) or "nothing is changed"


def _run(setting: dict[str, str], given: list[str]) -> tuple[int, Weight]:
    path = [str(TESTS / "pretending"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, **setting, "PYTHONPATH": os.pathsep.join(path)}
    command = [sys.executable, "-m", "pytest", *given]
    with (
        subprocess.Popen(command, cwd=TESTS.parent, env=environment) as run,
        _weighed(run.pid) as weight,
    ):
        status = run.wait()
    return status, weight


@contextmanager
def _weighed(pid: int) -> Iterator[Weight]:
    weight, over = Weight(), threading.Event()

    def watch() -> None:
        while not over.wait(1.0):
            sizes = [_sizes(one) for one in _family(pid)]
            weight.shared_once = max(weight.shared_once, sum(size for size, _ in sizes))
            weight.each = max(weight.each, sum(size for _, size in sizes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield weight
    finally:
        over.set()
        watcher.join()


def _family(pid: int) -> list[psutil.Process]:
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def _sizes(process: psutil.Process) -> tuple[int, int]:
    """Of one process: what is its part of shared pages, and its resident set."""
    try:
        resident = int(process.memory_info().rss)
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii")
    except psutil.Error:
        return 0, 0  # it has ended
    except OSError:
        return resident, resident
    (line,) = (line for line in rollup.splitlines() if line.startswith("Pss:"))
    return 1024 * int(line.split()[1]), resident


if __name__ == "__main__":
    sys.exit(main())

"""Fresh Python processes with a time limit: one that hangs is killed, and told of."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIMIT_S = 120.0
"""Far beyond what a process needs on a busy machine: one that takes longer never ends."""

HERE = Path(__file__).parent


def run(program: str, *arguments: object, limit_s: float = LIMIT_S) -> str | None:
    """What went wrong with a program of this folder; None if nothing did."""
    command = [sys.executable, str(HERE / program), *map(str, arguments)]
    shown = " ".join([program, *map(str, arguments[:2])])
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return f"{shown}: hangs"
    return f"{shown}: {done.returncode}\n{done.stderr}" if done.returncode else None


def run_all(program: str, each: Iterable[tuple[object, ...]], at_once: int) -> list[str]:
    """What went wrong with many processes of a program, some at once."""
    with ThreadPoolExecutor(at_once) as pool:
        return [wrong for wrong in pool.map(lambda one: run(program, *one), each) if wrong]

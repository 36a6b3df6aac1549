"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

NOTABLE = ("avx", "avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd")


@dataclass(frozen=True)
class Machine:
    """The processor, the cores that this process may use, and the interpreter."""

    processor: str
    cores: int
    instructions: tuple[str, ...]
    system: str
    python: str


def this_machine() -> Machine:
    """Read the processor's name and instruction sets where the system shows them (Linux)."""
    fields = _cpuinfo()
    flags = (fields.get("flags") or fields.get("Features") or "").split()
    usable = getattr(os, "sched_getaffinity", None)
    return Machine(
        processor=fields.get("model name") or platform.processor() or platform.machine(),
        cores=len(usable(0)) if usable else (os.cpu_count() or 1),
        instructions=tuple(name for name in NOTABLE if name in flags),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
    )


def busy_seconds() -> float | None:
    """Processor time that all programs took since the system started; None where unknown.

    Time that a hypervisor took away counts too: it is missing all the same.
    """
    path = Path("/proc/stat")
    if not path.exists():
        return None
    user, nice, system, _idle, _iowait, irq, softirq, steal = (
        int(number) for number in path.read_text(encoding="ascii").split(maxsplit=9)[1:9]
    )
    ticks: int = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq + steal) / ticks


def children_seconds() -> float:
    """Processor time of the processes that this one has started and seen end."""
    times = os.times()
    return times.children_user + times.children_system


def _cpuinfo() -> dict[str, str]:
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}

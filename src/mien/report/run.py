"""Where the numbers come from: the command, the models with their hashes, the data, the machine."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """A network that took part.

    Attributes:
        role: ``detector`` or ``embedder``.
        name: its card's.
        sha256: of each published file, by its name.
        licence: of the weights.
        settings: everything else that changes its answers, in words.
    """

    role: str
    name: str
    sha256: dict[str, str]
    licence: str
    settings: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "role": self.role,
            "name": self.name,
            "sha256": dict(self.sha256),
            "licence": self.licence,
            "settings": self.settings,
        }


def processor_name() -> str:
    """The processor's name as the system gives it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 (not a file)
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _machine() -> dict[str, Any]:
    return {
        "processor": processor_name(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "mien": version("mien"),
    }


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an evaluation.

    Attributes:
        command: what to type to repeat it, word by word.
        data: what was measured on, in words and counts, e.g. ``{"photos": 7701}``.
        models: the networks that took part; empty where only scores were read.
        seconds: it took.
        started: UTC, ISO 8601.
        machine: processor, cores, system, versions.
    """

    command: tuple[str, ...]
    data: dict[str, Any]
    models: tuple[ModelUsed, ...] = ()
    seconds: float | None = None
    started: str = field(default_factory=_now)
    machine: dict[str, Any] = field(default_factory=_machine)

    def to_json(self) -> dict[str, Any]:
        return {
            "command": list(self.command),
            "data": dict(self.data),
            "models": [model.to_json() for model in self.models],
            "seconds": self.seconds,
            "started": self.started,
            "machine": dict(self.machine),
        }


def typed_command(arguments: Sequence[str] | None = None) -> tuple[str, ...]:
    """The command line of this process, to be repeated."""
    return ("mien", *(sys.argv[1:] if arguments is None else arguments))

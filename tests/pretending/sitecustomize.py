"""Lets every Python process of a run of the tests take this machine for another one.

``tests/portability.py`` puts this folder on PYTHONPATH, so that each interpreter imports this file
as it starts, and names in TESTS_PRETEND what is to be believed:

- ``no-openvino``: that OpenVINO is not installed.
- ``bf16``: that the processor computes in bf16 and that this is its fastest way. Where it cannot,
  OpenVINO computes in fp32 and the graph itself rounds to bf16 (``bf16_graph``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any


class WithoutOpenVino(PathFinder):
    """Finds neither OpenVINO nor what says that it is installed."""

    @classmethod
    def find_spec(cls, name: str, *where: Any) -> Any:
        return None if name.partition(".")[0] == "openvino" else super().find_spec(name, *where)

    @classmethod
    def find_distributions(cls, *where: Any) -> Any:
        return (one for one in super().find_distributions(*where) if one.name != "openvino")


class WithBf16(PathFinder):
    """Changes three modules of mien after their import."""

    @classmethod
    def find_spec(cls, name: str, *where: Any) -> Any:
        spec = super().find_spec(name, *where)
        if spec is not None and (change := CHANGES.get(name)) is not None:
            spec.loader.exec_module = _then(spec.loader.exec_module, change)
        return spec


def _then(
    run: Callable[[ModuleType], None], change: Callable[[Any], None]
) -> Callable[[ModuleType], None]:
    def both(module: ModuleType) -> None:
        run(module)
        change(module)

    return both


def _runtime(runtime: Any) -> None:
    """Every CPU has bf16; one that has it not is helped."""
    native, plain = runtime.cpu_has_bf16, runtime._compile_openvino

    def said() -> bool:
        return native() in (True, False)  # raises where OpenVINO is missing

    def compiled(model: bytes, plan: Any) -> Any:
        if plan.precision is runtime.Precision.BF16 and not native():
            from bf16_graph import rounded_to_bf16

            model = rounded_to_bf16(model)
        return plain(model, plan)

    runtime.cpu_has_bf16, runtime._compile_openvino = said, compiled


def _loading(loading: Any) -> None:
    """bf16 counts as the fastest plan, where it keeps the vectors."""
    fastest = loading.fastest_faithful

    def preferred(measured: Any) -> Any:
        bf16 = [one for one in measured if one.plan.precision is loading.Precision.BF16]
        return fastest([one for one in bf16 if one.faithful] or measured)

    loading.fastest_faithful = preferred


def _machine(machine: Any) -> None:
    """What is kept for this machine is not taken for the other's."""
    features = machine.cpu_features
    machine.cpu_features = lambda: f"{features()} pretended_bf16"


CHANGES = {
    "mien.models.runtime": _runtime,
    "mien.models.loading": _loading,
    "mien.models.machine": _machine,
}
FINDERS = {"no-openvino": WithoutOpenVino, "bf16": WithBf16}

if (pretended := os.environ.get("TESTS_PRETEND")) is not None:
    sys.meta_path[sys.meta_path.index(PathFinder)] = FINDERS[pretended]
